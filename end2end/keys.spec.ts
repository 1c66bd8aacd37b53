// The keyboard's short ways: the palette, single keys, and their list.
import { type Page } from "@playwright/test";

import { CREDENTIALS, FOOTER, NEW, REPORT, edit, field, filter, names, open, testOf } from "./support/pages.ts";
import { NOBODY, expect, phone, test } from "./support/test.ts";

const palette = (page: Page) => page.getByRole("dialog", { name: "Go to" });
const typed = (page: Page) => field(palette(page), "Page, account or action");
const matches = (page: Page) => palette(page).getByRole("link");
const shortcuts = (page: Page) => page.getByRole("dialog", { name: "Keyboard shortcuts" });

async function call(page: Page): Promise<void> {
  await page.keyboard.press("Control+k");
  await expect(typed(page)).toBeFocused();
}

test("the palette goes to pages by the keyboard alone", async ({ page }) => {
  await open(page, REPORT);
  await call(page);
  await page.keyboard.type("foot");
  await expect(palette(page).getByRole("status")).toHaveText("1 match.");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(FOOTER);
  await expect(palette(page)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Message footer" })).toBeFocused();
  await page.keyboard.press("Meta+k");
  await expect(typed(page)).toBeFocused();
  await page.keyboard.type("new ");
  await expect(matches(page)).toHaveText([/^New account/, /^New credential/, /^New network connector/]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(matches(page).nth(2), "it ends there").toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(matches(page).nth(1)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${CREDENTIALS}/new`);
  await call(page);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await expect(typed(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(palette(page)).toHaveCount(0);
  await expect(page).toHaveURL(`${CREDENTIALS}/new`);
});

test("the palette finds accounts, to edit and to test them", phone, async ({ page, api, isMobile }) => {
  await api.createAll([{ name: "Nordhavn billing" }, { name: "Südhafen" }]);
  await open(page, REPORT);
  const go = page.getByRole("button", { name: "Go to" });
  if (isMobile) {
    await go.tap();
  } else {
    await go.click();
  }
  await typed(page).fill("NORD");
  await expect(matches(page)).toHaveText([/^Nordhavn billing\s*Account$/, /^Test setting: Nordhavn billing/]);
  await matches(page).first().click();
  await expect(page).toHaveURL(edit(1));
  await go.click();
  await typed(page).fill("süd");
  await matches(page).nth(1).click();
  await expect(page).toHaveURL(testOf(2));
});

test("what is done with a list is done with the one that is shown", async ({ page, api }) => {
  await api.createAll([{ name: "Nordhavn" }, { name: "Südhafen" }]);
  await api.post("save_view", { form: "New", "draft[name]": "Harbours", list: "name=hafen" });
  await open(page, `${REPORT}?name=nord`);
  await call(page);
  await page.keyboard.type("export csv");
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  expect(new URL((await download).url()).search).toBe("?name=nord");
  await call(page);
  await page.keyboard.type("harb");
  await page.keyboard.press("Enter");
  await expect(names(page)).toHaveText(["Südhafen"]);
});

test("nothing that is typed is lost by the palette", async ({ page, api }) => {
  await api.create();
  await open(page, edit(1));
  await field(page, "Port").fill("2525");
  await call(page);
  await page.keyboard.type("foot");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Stay" })).toBeVisible();
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Port")).toHaveValue("2525");
});

test("single keys filter, begin a new one and list themselves, and can be switched off", async ({ page, api }) => {
  await api.create({ name: "Nordhavn" });
  await open(page, REPORT);
  await page.keyboard.press("/");
  await expect(filter(page, "Name")).toBeFocused();
  await page.keyboard.type("n/?");
  await expect(filter(page, "Name"), "who types means letters").toHaveValue("n/?");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await open(page, REPORT);
  await page.keyboard.press("n");
  await expect(page).toHaveURL(NEW);
  await page.keyboard.press("?");
  await expect(shortcuts(page)).toBeVisible();
  const switchedOn = shortcuts(page).getByRole("checkbox");
  await expect(switchedOn).toBeChecked();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  await expect(switchedOn).not.toBeChecked();
  await page.keyboard.press("Escape");
  await expect(shortcuts(page)).toHaveCount(0);
  await open(page, CREDENTIALS);
  for (const key of ["n", "/", "?"]) {
    await page.keyboard.press(key);
  }
  await call(page);
  await expect(page).toHaveURL(CREDENTIALS);
  await expect(shortcuts(page)).toHaveCount(0);
});

test.describe("signed out", () => {
  test.use({ storageState: NOBODY });

  test("there is no palette", async ({ page }) => {
    await open(page, "/sign-in");
    await expect(page.getByRole("button", { name: "Go to" })).toHaveCount(0);
    await page.keyboard.press("Control+k");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
});

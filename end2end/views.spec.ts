// Views: a list kept under a name, as a tab over the report.
import { type Locator, type Page } from "@playwright/test";

import { REPORT, answer, expectError, field, filter, names, open, question, save, tabTo, toast } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";
import { draft } from "./support/api.ts";

const tabs = (page: Page) => page.getByRole("navigation", { name: "Views" }).getByRole("link");
const tab = (page: Page, name: string) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name, exact: true });

async function startSaving(page: Page) {
  await page.locator("summary", { hasText: "Actions" }).click();
  await page.getByRole("link", { name: "Save view", exact: true }).click();
  await expect(field(page, "View name")).toBeVisible();
}

test.beforeEach(async ({ api }) => {
  for (const [name, enabled] of [["Nordhavn", "Yes"], ["Südhafen", "No"], ["Nordlicht", "Yes"]] as const) {
    await api.create(draft({ name, enabled }));
  }
});

test("what the list shows is saved under a name, and is a tab", phone, async ({ page }) => {
  await open(page, `${REPORT}?columns=name,enabled&sort=-name`);
  await expect(page.getByRole("navigation", { name: "Views" })).toHaveCount(0);
  await filter(page, "Name").fill("nord");
  await expect(names(page)).toHaveText(["Nordlicht", "Nordhavn"]);
  await startSaving(page);
  await expect(page.getByText("Name contains “nord”; by Name, descending")).toBeVisible();
  await save(page).click();
  await expectError(field(page, "View name"), /Enter a view name\./);
  await field(page, "View name").fill("North");
  await save(page).click();
  await expect(toast(page)).toContainText("The view “North” is saved.");
  await expect(tab(page, "North")).toHaveAttribute("aria-current", "page");
  await expect(tab(page, "All accounts")).not.toHaveAttribute("aria-current");
  await expect(names(page)).toHaveText(["Nordlicht", "Nordhavn"]);
  await tab(page, "All accounts").click();
  await expect(page).toHaveURL(REPORT);
  await expect(names(page)).toHaveCount(3);
  await expect(tab(page, "All accounts")).toHaveAttribute("aria-current", "page");
  await tab(page, "North").click();
  await expect(names(page)).toHaveText(["Nordlicht", "Nordhavn"]);
  await filter(page, "Name").fill("süd");
  await expect(names(page)).toHaveText(["Südhafen"]);
  await expect(tab(page, "North"), "another list").not.toHaveAttribute("aria-current");
});

test("a view is renamed, made the default, and deleted", async ({ page, api }) => {
  await api.post("save_view", { form: "New", "draft[name]": "Off", list: "enabled=No&columns=name" });
  await open(page, `${REPORT}?enabled=No&columns=name`);
  await page.getByRole("link", { name: "Edit view", exact: true }).click();
  await expect(field(page, "View name")).toHaveValue("Off");
  await field(page, "View name").fill("Switched off");
  await answer(page, "Open with it", "Yes");
  await save(page).click();
  await expect(tab(page, "Switched off")).toHaveAttribute("aria-current", "page");
  await page.goto("/");
  await expect(page, "Posthouse opens with it").toHaveURL(/\?enabled=No&columns=name$/);
  await page.goto(REPORT);
  await expect(names(page), "a bare address shows all").toHaveCount(3);
  await page.getByRole("link", { name: "Posthouse", exact: true }).click();
  await expect(names(page)).toHaveText(["Südhafen"]);
  await page.getByRole("link", { name: "Edit view", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Delete “Switched off”?" })).toBeVisible();
  await page.getByRole("button", { name: "Delete view" }).click();
  await expect(toast(page)).toContainText("The view “Switched off” is deleted.");
  await expect(tabs(page)).toHaveCount(0);
  await page.goto("/");
  await expect(page).toHaveURL(REPORT);
});

test("a view is saved, opened, changed and deleted with the keyboard alone", phone, async ({ page }) => {
  await open(page, `${REPORT}?name=nord&columns=name`);
  const press = async (control: Locator, key = "Enter") => {
    await tabTo(page, control);
    await page.keyboard.press(key);
  };
  await press(page.locator("summary", { hasText: "Actions" }));
  await press(page.getByRole("link", { name: "Save view", exact: true }));
  await expect(page.getByRole("heading", { name: "Save view" })).toBeFocused();
  await tabTo(page, field(page, "View name"));
  await page.keyboard.type("North");
  await press(question(page, "Shared").getByRole("radio", { name: "No" }), "ArrowLeft");
  await press(save(page));
  await expect(tab(page, "North")).toHaveAttribute("aria-current", "page");
  await press(tab(page, "All accounts"));
  await expect(names(page)).toHaveCount(3);
  await press(tab(page, "North"));
  await expect(names(page)).toHaveCount(2);
  await press(page.getByRole("link", { name: "Edit view", exact: true }));
  await expect(question(page, "Shared").getByRole("radio", { name: "Yes" })).toBeChecked();
  await press(page.getByRole("button", { name: "Delete view" }));
  await expect(toast(page)).toContainText("The view “North” is deleted.");
});

test("a view shows another list from then on", phone, async ({ page, api }) => {
  await api.post("save_view", { form: "New", "draft[name]": "Off", list: "enabled=No&columns=name" });
  await open(page, `${REPORT}?name=licht&columns=name`);
  await startSaving(page);
  await page.getByRole("button", { name: "Replace “Off”" }).click();
  await expect(toast(page)).toContainText("The view “Off” shows this list from now on.");
  await expect(tab(page, "Off")).toHaveAttribute("aria-current", "page");
  await expect(names(page)).toHaveText(["Nordlicht"]);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a view is saved and opened", phone, async ({ page }) => {
    await page.goto(`${REPORT}?name=nord`);
    await startSaving(page);
    await field(page, "View name").fill("North");
    await save(page).click();
    await expect(tab(page, "North")).toHaveAttribute("aria-current", "page");
    await tab(page, "All accounts").click();
    await expect(names(page)).toHaveCount(3);
    await tab(page, "North").click();
    await expect(names(page)).toHaveCount(2);
  });
});

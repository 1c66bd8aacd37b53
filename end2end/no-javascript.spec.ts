// Every page with JavaScript switched off: what it would do is said, and all else works.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { ADMIN, Office } from "./support/office.ts";
import { FOOTER, REPORT, count, expectError, field, filter, names, save, summary } from "./support/pages.ts";
import { NOBODY, expect, phone, test } from "./support/test.ts";

test.use({ javaScriptEnabled: false });

test.afterEach(async ({ page }) => {
  await expect(page.locator("html"), "no script has run").not.toHaveAttribute("data-hydrated");
});

const search = (page: Page) => page.getByRole("button", { name: "Search", exact: true });

test.describe("signing in", () => {
  test.use({ storageState: NOBODY });

  test("works, and so does signing out", phone, async ({ page }) => {
    await page.goto(`${REPORT}?name=nord`);
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill("not the right words");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(page)).toContainText("E-mail or password is wrong");
    await expect(page).toHaveTitle("Error: Sign in · Posthouse");
    await expect(field(page, "E-mail")).toHaveValue(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    await page.locator(`summary[aria-label="${ADMIN.email}"]`).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL("/sign-in");
  });

  test("begins with the set-up link", async ({ page }) => {
    const dataDir = await mkdtemp(join(tmpdir(), "posthouse-end2end-"));
    const office = await Office.start({ dataDir, fresh: true });
    await page.goto(office.setUpLink);
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill("short");
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(summary(page)).toContainText("The password has 5 characters");
    await expect(field(page, "E-mail")).toHaveValue(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(page).toHaveURL(`${office.url}${REPORT}`);
    await expect(page.getByText("You are the first administrator.")).toBeVisible();
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
    await page.goto("about:blank");
    expect(await office.stop()).toBe(0);
    await rm(dataDir, { recursive: true });
  });
});

test.describe("the report", () => {
  test.beforeEach(async ({ api, page }) => {
    await api.createAll([
      { name: "Nordhavn billing" },
      { name: "Nordhavn careers", enabled: "No", sender: "jobs@nordhavn.example" },
      { name: "Südhafen" },
    ]);
    await page.goto(REPORT);
  });

  test("is filtered by the Search button, which shows, and by Enter", phone, async ({ page }) => {
    await expect(search(page)).toBeVisible();
    await filter(page, "Name").fill("NORD");
    await search(page).click();
    await expect(page, "every list has one short address").toHaveURL(`${REPORT}?name=NORD`);
    await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers"]);
    await expect(count(page)).toHaveText("2 of 3 accounts");
    await expect(page.locator("mark")).toHaveText(["Nord", "Nord"]);
    await filter(page, "Enabled").selectOption("No");
    await filter(page, "Name").press("Enter");
    await expect(page).toHaveURL(`${REPORT}?name=NORD&enabled=No`);
    await expect(names(page)).toHaveText(["Nordhavn careers"]);
    await page.getByRole("link", { name: "Remove filter: Enabled is No" }).click();
    await expect(names(page)).toHaveCount(2);
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page).toHaveURL(REPORT);
    await filter(page, "ID").fill("x");
    await search(page).click();
    await expectError(filter(page, "ID"), /ID takes whole numbers/);
    await expect(names(page)).toHaveCount(3);
  });

  test("opens More, and filters by what stands there", phone, async ({ page }) => {
    await expect(filter(page, "Sender e-mail")).toBeHidden();
    await page.locator("summary", { hasText: "More" }).click();
    await filter(page, "Sender e-mail").fill("jobs");
    await search(page).click();
    await expect(names(page)).toHaveText(["Nordhavn careers"]);
    await expect(filter(page, "Sender e-mail"), "it is open where the address holds one").toBeVisible();
    await expect(page.locator("summary", { hasText: "More" })).toHaveText(/1 active/);
  });

  test("is sorted by its heads, and keeps filters and what the address says of columns", async ({ page }) => {
    await page.goto(`${REPORT}?name=h&columns=id%2Cname%2Csender&page_size=10`);
    const head = page.getByRole("columnheader", { name: "Name", exact: true });
    await head.getByRole("button").click();
    await expect(page).toHaveURL(`${REPORT}?name=h&sort=name&page_size=10&columns=id%2Cname%2Csender`);
    await expect(head).toHaveAttribute("aria-sort", "ascending");
    await head.getByRole("button").click();
    await expect(head).toHaveAttribute("aria-sort", "descending");
    await expect(names(page)).toHaveText(["Südhafen", "Nordhavn careers", "Nordhavn billing"]);
    await filter(page, "Name").fill("nord");
    await search(page).click();
    await expect(page, "the order stays with the filter").toHaveURL(`${REPORT}?name=nord&sort=-name&page_size=10&columns=id%2Cname%2Csender`);
  });

  test("on cards is sorted by the list of orders", phone, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("combobox", { name: "Sort by" }).selectOption({ label: "By Name, descending" });
    await search(page).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(names(page)).toHaveText(["Südhafen", "Nordhavn careers", "Nordhavn billing"]);
  });

  test("has pages", async ({ page, api }) => {
    await api.createAll(Array.from({ length: 22 }, (_, n) => ({ name: `Account ${n}` })));
    await page.goto(`${REPORT}?page_size=10`);
    await page.getByRole("link", { name: "Next page" }).click();
    await expect(page.getByText("11 to 20 of 25")).toBeVisible();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "3", exact: true }).click();
    await expect(names(page)).toHaveCount(5);
  });

  test("has its columns and rows on a page of their own", phone, async ({ page }) => {
    await page.goto(`${REPORT}?name=nord`);
    await page.getByRole("link", { name: "Columns and rows" }).click();
    await expect(page).toHaveURL(`${REPORT}/preferences?name=nord`);
    await page.getByRole("checkbox", { name: "Reply e-mail" }).uncheck();
    await page.getByLabel("Rows a page").selectOption("50");
    await save(page).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    await expect(page.getByRole("cell", { name: "answers@nordhavn.example" })).toHaveCount(0);
    await page.goto(`${REPORT}/preferences`);
    await expect(page.getByRole("checkbox", { name: "Reply e-mail" })).not.toBeChecked();
    await expect(page.getByLabel("Rows a page")).toHaveValue("50");
  });
});

test("the appearance is chosen, and right from the first paint", phone, async ({ page }) => {
  await page.goto(FOOTER);
  for (const [choice, scheme] of [["Dark", "dark"], ["Light", "light"], ["As the device", "light dark"]] as const) {
    await page.locator(`summary[aria-label="${ADMIN.email}"]`).click();
    await page.getByRole("button", { name: choice }).click();
    await expect(page).toHaveURL(FOOTER);
    await expect(page.locator('meta[name="color-scheme"]')).toHaveAttribute("content", scheme);
  }
});

test("a page that is not there says so", async ({ page, watch }) => {
  watch.allow(/status of 404/);
  expect((await page.goto("/nothing/here"))?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await page.getByRole("link", { name: "To the SMTP accounts" }).click();
  await expect(page).toHaveURL(REPORT);
});

test("the side menu is reached on a phone", phone, async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(REPORT);
  const menu = page.getByRole("navigation", { name: /Email/ });
  await expect(menu).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(menu).toBeVisible();
  await expect(menu.getByRole("link", { name: "SMTP configuration" })).toHaveAttribute("aria-current", "page");
  await menu.getByRole("link", { name: "Message footer" }).click();
  await expect(page).toHaveURL(FOOTER);
});

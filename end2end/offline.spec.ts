// Without a connection: that is said, nothing typed is lost, and the page goes on by itself when it is back.
import type { Page } from "@playwright/test";

import { draft } from "./support/api.ts";
import { expectShown, fill } from "./support/form.ts";
import { NEW, REPORT, count, filter, names, open, save, summary } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const banner = (page: Page) => page.getByRole("status").filter({ hasText: "The server cannot be reached." });

test.beforeEach(({ watch }) => watch.allow(/ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/));

test("a device that is offline is told so, in an element that was there before", phone, async ({ page, context }) => {
  await open(page, REPORT);
  await expect(banner(page)).toHaveCount(0);
  const before = await page.locator(".offline").elementHandle();
  await context.setOffline(true);
  await expect(banner(page)).toBeVisible();
  expect(await before?.evaluate((element) => element.isConnected)).toBe(true);
  await context.setOffline(false);
  await expect(banner(page)).toHaveCount(0);
});

test("a list that could not be asked for is asked for once more when the connection is back", phone, async ({ page, api, context }) => {
  await api.createAll([{ name: "Nordhavn billing" }, { name: "Südhafen" }]);
  await open(page, REPORT);
  await context.setOffline(true);
  await filter(page, "Name").fill("nord");
  await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeVisible();
  await context.setOffline(false);
  await expect(names(page)).toHaveText(["Nordhavn billing"]);
  await expect(count(page)).toHaveText("1 of 2 accounts");
  await expect(banner(page)).toHaveCount(0);
});

test("a server that does not answer is told as well, and tried again", async ({ page, api }) => {
  await api.createAll([{ name: "Nordhavn billing" }, { name: "Südhafen" }]);
  await open(page, REPORT);
  await page.route("**/api/list_accounts", (route) => route.abort());
  await filter(page, "Name").fill("nord");
  await expect(banner(page)).toBeVisible();
  await page.unroute("**/api/list_accounts");
  await expect(names(page), "without a press").toHaveText(["Nordhavn billing"]);
  await expect(banner(page)).toHaveCount(0);
});

test("a form keeps what was typed, and is saved once the connection is back", phone, async ({ page, api, context }) => {
  await open(page, NEW);
  await fill(page, draft());
  await context.setOffline(true);
  await save(page).click();
  await expect(summary(page)).toContainText("did not answer");
  await expect(banner(page)).toBeVisible();
  await expectShown(page, draft());
  await context.setOffline(false);
  await expect(banner(page)).toHaveCount(0);
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
  expect(await api.count()).toBe(1);
});

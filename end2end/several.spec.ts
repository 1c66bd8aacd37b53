// Several accounts tested together: chosen, begun, watched, cancelled.
import type { Page } from "@playwright/test";

import { REPORT, expectError, field, names, open, summary } from "./support/pages.ts";
import { sendTest, test } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

const SEVERAL = `${REPORT}/test`;

const choose = (page: Page, name: string) => page.getByRole("checkbox", { name: `Choose ${name}`, exact: true });
const outcomes = (page: Page) => page.locator("[data-label=Outcome]");

async function begin(page: Page, chosen: string[]) {
  await open(page, REPORT);
  for (const name of chosen) {
    await choose(page, name).check();
  }
  await page.locator(".selection-bar").getByRole("button", { name: "Test", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`${SEVERAL}\\?`));
}

test("chosen accounts are tested without a message, and the sum is told", phone, async ({ page, api, serve, isMobile }) => {
  const [works, refuses] = [await serve(), await serve({ says: { mail: "553 5.7.1 Not yours to use" } })];
  await api.create({ ...works.account, name: "Works" });
  await api.create({ ...refuses.account, name: "Refuses" });
  await api.create({ host: "127.0.0.1", port: "1", name: "Nobody listens" });
  await api.create({ name: "Left out" });
  await begin(page, ["Works", "Refuses", "Nobody listens"]);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Test 3 accounts");
  await expect(page.getByRole("listitem").filter({ hasText: /^(Works|Refuses|Nobody listens)$/ })).toHaveCount(3);
  await expect(field(page, "Stop on purpose")).toHaveValue("sign-in");
  await field(page, "Stop on purpose").selectOption("After the recipient");
  await page.getByRole("button", { name: "Test 3 accounts" }).click();
  await expect(page).toHaveURL(new RegExp(`${SEVERAL}/1`));
  await expect(page.getByRole("status").filter({ hasText: "All have ended: 1 well, 2 failed." })).toBeVisible();
  await expect(outcomes(page)).toContainText(["Checked", "Failed at MAIL", "Failed at TCP"]);
  expect(works.received, "no message was sent").toEqual([]);
  await page.getByRole("link", { name: "Test of Refuses" }).click();
  await expect(page.getByRole("dialog").getByRole("heading", { name: /^Failed at MAIL/ })).toBeVisible();
  if (!isMobile) {
    await expect(names(page), "the report lies below").toHaveText(["Works", "Refuses", "Nobody listens", "Left out"]);
  }
});

test("messages are sent where that is asked for, to whom it says", phone, async ({ page, api, serve }) => {
  const server = await serve();
  for (const name of ["One", "Two"]) {
    await api.create({ ...server.account, name });
  }
  await begin(page, ["One", "Two"]);
  await field(page, "Stop on purpose").selectOption({ label: "No: send a message through each account" });
  await field(page, "Send to").fill("to@example.test");
  await page.getByRole("button", { name: "Test 2 accounts" }).click();
  await expect(page.getByRole("status").filter({ hasText: "All have ended: 2 well." })).toBeVisible();
  expect(server.received.map(({ to }) => to)).toEqual(["RCPT TO:<to@example.test>", "RCPT TO:<to@example.test>"]);
});

test("it is watched while it goes on, and cancelled", phone, async ({ page, api, serve }) => {
  const server = await serve({ holds: "ehlo" });
  for (const name of ["One", "Two"]) {
    await api.create({ ...server.account, name });
  }
  await begin(page, ["One", "Two"]);
  await page.getByRole("button", { name: "Test 2 accounts" }).click();
  await expect(page.getByRole("status").filter({ hasText: "0 of 2 have ended." })).toBeVisible();
  await expect(outcomes(page)).toContainText(["Running", "Running"]);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(outcomes(page)).toContainText(["Cancelled", "Cancelled"]);
  await expect(page.getByRole("status").filter({ hasText: "All have ended: 2 without a result." })).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel" })).toHaveCount(0);
});

test("a recipient that is none is refused beside its field, and nothing is tested", phone, async ({ page, api, watch }) => {
  watch.allow(/status of 422/);
  await api.create({ name: "One" });
  await begin(page, ["One"]);
  await field(page, "Send to").fill("nobody");
  await page.getByRole("button", { name: "Test 1 account" }).click();
  await expect(summary(page)).toContainText("Nothing was tested");
  await expectError(field(page, "Send to"), /Send to/);
  await expect(field(page, "Send to")).toHaveValue("nobody");
});

test("a test that was greylisted begins again by itself, and can be called off", phone, async ({ page, api, serve }) => {
  const server = await serve({ says: { rcpt: "450 4.2.0 Greylisted, come back in 3 minutes" } });
  await sendTest(page, api, server.account, "Later");
  await page.getByRole("button", { name: "Test again in 3 minutes, by itself" }).click();
  await expect(page).toHaveURL(new RegExp(`${SEVERAL}/1`));
  await expect(page.getByRole("status").filter({ hasText: "It begins by itself on" })).toBeVisible();
  await expect(outcomes(page)).toContainText(["Waiting"]);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(outcomes(page)).toContainText(["Not tested"]);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("several are tested all the same", async ({ page, api, serve }) => {
    const server = await serve();
    await api.create({ ...server.account, name: "One" });
    await page.goto(REPORT);
    await choose(page, "One").check();
    await page.locator(".selection-bar").getByRole("button", { name: "Test", exact: true }).click();
    await page.getByRole("button", { name: "Test 1 account" }).click();
    await expect(async () => {
      await page.reload();
      await expect(outcomes(page)).toContainText(["Checked"], { timeout: 500 });
    }).toPass();
  });
});

// Several accounts at once: chosen, previewed, changed together, and taken back.
import type { Page } from "@playwright/test";

import { CHANGE, REPORT, count, filter, head, names, open, started, toast } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const choose = (page: Page, name: string) => page.getByRole("checkbox", { name: `Choose ${name}`, exact: true });
const bar = (page: Page) => page.locator(".selection-bar");
const act = (page: Page, kind: "Enable" | "Disable" | "Delete") => bar(page).getByRole("button", { name: kind, exact: true });

const FOUR = [{ name: "First" }, { name: "Second" }, { name: "Third", enabled: "No" }, { name: "Fourth" }] as const;

test.describe("with rows chosen", () => {
  test("a bar says how many, and shows nothing where none is", phone, async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, REPORT);
    await expect(bar(page)).toBeHidden();
    await choose(page, "Second").check();
    await expect(bar(page).getByRole("status")).toHaveText("1 account chosen");
    await choose(page, "Fourth").check();
    await expect(bar(page).getByRole("status")).toHaveText("2 accounts chosen");
    await expect(bar(page), "wherever the row stands").toBeInViewport();
    await choose(page, "Second").uncheck();
    await choose(page, "Fourth").uncheck();
    await expect(bar(page)).toBeHidden();
  });

  test("they are disabled after a preview, and Undo brings them back", phone, async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, `${REPORT}?sort=-name`);
    await choose(page, "Second").check();
    await choose(page, "Fourth").check();
    await choose(page, "Third").check();
    await act(page, "Disable").click();
    await expect(page).toHaveURL(new RegExp(`${CHANGE}\\?`));
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Disable 2 accounts");
    await expect(page.getByRole("listitem").filter({ hasText: /^(Second|Fourth)$/ })).toHaveText(["Second", "Fourth"]);
    await expect(page.getByText("1 is already disabled.")).toBeVisible();
    expect((await api.find(2)).enabled, "nothing is done yet").toBe("Yes");
    await page.getByRole("main").getByRole("button", { name: "Disable 2 accounts" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(toast(page)).toContainText("2 accounts are disabled.");
    expect((await api.find(2)).enabled).toBe("No");
    expect((await api.find(4)).enabled).toBe("No");
    expect((await api.find(1)).enabled).toBe("Yes");
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("2 accounts are as they were.");
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    expect((await api.find(2)).enabled).toBe("Yes");
    expect((await api.find(3)).enabled, "it was disabled before").toBe("No");
  });

  test("they are enabled", async ({ page, api }) => {
    await api.createAll([...FOUR, { name: "Fifth", enabled: "No" }]);
    await open(page, REPORT);
    await choose(page, "Third").check();
    await choose(page, "Fifth").check();
    await act(page, "Enable").click();
    await page.getByRole("main").getByRole("button", { name: "Enable 2 accounts" }).click();
    await expect(toast(page)).toContainText("2 accounts are enabled.");
    await expect(names(page)).toHaveCount(5);
    expect((await api.find(3)).enabled).toBe("Yes");
  });

  test("they are deleted, and Undo brings them back", phone, async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, REPORT);
    await choose(page, "Second").check();
    await choose(page, "Third").check();
    await act(page, "Delete").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Delete 2 accounts");
    await expect(page.getByText("Each can be restored for 30 days.")).toBeVisible();
    await page.getByRole("main").getByRole("button", { name: "Delete 2 accounts" }).click();
    await expect(toast(page)).toContainText("2 accounts are deleted.");
    await expect(names(page)).toHaveText(["First", "Fourth"]);
    await started(page);
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("2 accounts are as they were.");
    await expect(names(page)).toHaveText(["First", "Second", "Third", "Fourth"]);
  });

  test("the default is kept, and that is said before and after", phone, async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, REPORT);
    await choose(page, "First").check();
    await choose(page, "Second").check();
    await act(page, "Delete").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Delete 1 account");
    await expect(page.getByText("“First” is the default and stays as it is.")).toBeVisible();
    await page.getByRole("main").getByRole("button", { name: "Delete 1 account" }).click();
    await expect(toast(page)).toContainText("1 account is deleted. “First” is the default and stays as it is.");
    await expect(names(page)).toHaveText(["First", "Third", "Fourth"]);
  });

  test("the preview of what would change nothing offers nothing but Cancel", async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, `${REPORT}?name=third`);
    await choose(page, "Third").check();
    await act(page, "Disable").click();
    await expect(page.getByText("None of the chosen accounts would change.")).toBeVisible();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=third`);
  });

  test("what is no longer shown is no longer chosen", async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await open(page, REPORT);
    await choose(page, "Second").check();
    await choose(page, "Fourth").check();
    await filter(page, "Name").fill("fo");
    await expect(names(page)).toHaveText(["Fourth"]);
    await expect(bar(page).getByRole("status")).toHaveText("1 account chosen");
    await filter(page, "Name").fill("");
    await expect(names(page)).toHaveCount(4);
    await expect(choose(page, "Second")).not.toBeChecked();
    await expect(choose(page, "Fourth")).toBeChecked();
  });
});

test.describe("a choice belongs to the account", () => {
  const MANY = Array.from({ length: 12 }, (_, n) => ({ name: `Account ${String(n + 1).padStart(2, "0")}` }));
  const ticked = (page: Page) => page.getByRole("checkbox", { name: /^Choose Account/, checked: true });
  const change = {
    "another page": (page: Page) => page.getByRole("link", { name: "Next page" }).click(),
    "another order": (page: Page) => head(page, "Name").getByRole("button").click(),
    "another filter": (page: Page) => filter(page, "Name").fill("3"),
  };
  for (const [what, act] of Object.entries(change)) {
    test(`whatever stands in its place after ${what}`, async ({ page, api }) => {
      await api.createAll(MANY);
      await open(page, `${REPORT}?page_size=10&sort=name`);
      await choose(page, "Account 01").check();
      await choose(page, "Account 02").check();
      const before = await names(page).allTextContents();
      await act(page);
      await expect(names(page)).not.toHaveText(before);
      await expect(ticked(page)).toHaveCount(0);
      await expect(bar(page)).toBeHidden();
    });
  }
});

test.describe("many at once", () => {
  test.beforeEach(async ({ api }) => {
    await api.createAll([...Array.from({ length: 12 }, (_, n) => ({ name: `Account ${n + 1}` })), { name: "Another" }]);
  });

  test("this page is chosen by the box in the head", async ({ page, api }) => {
    await open(page, `${REPORT}?page_size=10&page=2`);
    const all = page.getByRole("checkbox", { name: "Choose all on this page" });
    await all.check();
    await expect(bar(page).getByRole("status")).toHaveText("3 accounts chosen");
    await choose(page, "Another").uncheck();
    await expect(all).not.toBeChecked();
    await choose(page, "Another").check();
    await expect(all).toBeChecked();
    await act(page, "Disable").click();
    await page.getByRole("main").getByRole("button", { name: "Disable 3 accounts" }).click();
    await expect(page).toHaveURL(`${REPORT}?page=2&page_size=10`);
    await expect(toast(page)).toContainText("3 accounts are disabled.");
    expect((await api.find(1)).enabled).toBe("Yes");
    expect((await api.find(13)).enabled).toBe("No");
    await started(page);
    await all.check();
    await all.uncheck();
    await expect(bar(page)).toBeHidden();
  });

  test("all that match are chosen, on every page", phone, async ({ page, api }) => {
    await open(page, `${REPORT}?name=account&page_size=10`);
    await expect(count(page)).toHaveText("12 of 13 accounts");
    await choose(page, "Account 3").check();
    await bar(page).getByRole("checkbox", { name: "All 12 that match" }).check();
    await act(page, "Disable").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Disable 11 accounts");
    await expect(page.getByText("and 1 more", { exact: true })).toBeVisible();
    await expect(page.getByText("“Account 1” is the default and stays as it is.")).toBeVisible();
    await page.getByRole("main").getByRole("button", { name: "Disable 11 accounts" }).click();
    await expect(toast(page)).toContainText("11 accounts are disabled.");
    expect((await api.find(13)).enabled, "it does not match").toBe("Yes");
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("11 accounts are as they were.");
    expect((await api.find(12)).enabled).toBe("Yes");
  });

  test("Undo leaves alone what was changed meanwhile, and says so", async ({ page, api }) => {
    await open(page, `${REPORT}?name=account+2`);
    await choose(page, "Account 2").check();
    await act(page, "Delete").click();
    await page.getByRole("main").getByRole("button", { name: "Delete 1 account" }).click();
    await expect(toast(page)).toContainText("1 account is deleted.");
    await api.create({ name: "Account 2" });
    await started(page);
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("0 accounts are as they were. 1 was left: it was changed meanwhile, its name was taken, or it is the default.");
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the same is done, and undone", phone, async ({ page, api }) => {
    await api.createAll([...FOUR]);
    await page.goto(`${REPORT}?sort=-name`);
    await expect(bar(page)).toBeHidden();
    await choose(page, "Second").check();
    await choose(page, "Fourth").check();
    await expect(bar(page)).toBeVisible();
    await act(page, "Delete").click();
    await page.getByRole("main").getByRole("button", { name: "Delete 2 accounts" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(names(page)).toHaveText(["Third", "First"]);
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("2 accounts are as they were.");
    await expect(names(page)).toHaveText(["Third", "Second", "Fourth", "First"]);
  });
});

test("a choice of nothing, or of what cannot be read, changes nothing and says what to do", async ({ page, api, watch }) => {
  watch.allow(/status of (400|422)/);
  await api.create();
  const answer = await page.goto(`${CHANGE}?kind=Delete&list=`);
  expect(answer?.status()).toBe(400);
  await expect(page.getByText("No account was chosen. Go back and choose some.")).toBeVisible();
  expect((await api.post("change_accounts", { kind: "Delete", chosen: "id=x&all=Yes" })).status).toBe(400);
  expect(await api.count()).toBe(1);
});

// Saving happens once, and survives a server that does not answer; leaving with unsaved changes asks first.
import type { Page } from "@playwright/test";

import { draft } from "./support/api.ts";
import { NEW, REPORT, answer, edit, field, names, open, save, summary } from "./support/pages.ts";
import { OTHER, expectShown, fill } from "./support/form.ts";
import { expect, phone, test } from "./support/test.ts";

const leaving = (page: Page) => page.getByRole("dialog", { name: /not saved/ });

test.describe("Save", () => {
  test("pressed twice saves once", phone, async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft());
    let posts = 0;
    await page.route("**/api/save_account", async (route) => {
      posts += 1;
      await route.continue();
    });
    await save(page).dblclick();
    await expect(page).toHaveURL(REPORT);
    expect(posts).toBe(1);
    expect(await api.count()).toBe(1);
  });

  test("by Enter in a field saves as well", async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft());
    await field(page, "Port").press("Enter");
    await expect(page).toHaveURL(REPORT);
    expect(await api.count()).toBe(1);
  });

  for (const [what, status] of [["is gone", 0], ["says that its database is locked", 503]] as const) {
    test(`keeps the draft when the server ${what} in the middle of it`, async ({ page, api, watch }) => {
      watch.allow(/ERR_FAILED/, /status of 503/);
      await open(page, NEW);
      await fill(page, OTHER);
      const words = "The database did not answer in time. Nothing was changed; try again.";
      await page.route("**/api/save_account", (route) =>
        status === 0
          ? route.abort()
          : route.fulfill({ status, headers: { serverfnerror: "error" }, json: { Unavailable: words } }),
      );
      await save(page).click();
      await expect(summary(page)).toBeFocused();
      await expect(summary(page)).toContainText(/^Not (saved|done)/);
      await expect(summary(page)).toContainText(status === 0 ? /did not answer/ : words);
      await expectShown(page, OTHER);
      expect(await api.count()).toBe(0);
      await page.unroute("**/api/save_account");
      await save(page).click();
      await expect(page).toHaveURL(REPORT);
      expect(await api.find(1)).toEqual(OTHER);
    });
  }
});

test.describe("leaving with unsaved changes", () => {
  test("by a link asks first", phone, async ({ page, api }) => {
    await api.create();
    await open(page, edit(1, "?name=nord"));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await answer(page, "Enable footnote", "Yes");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(leaving(page).getByRole("heading")).toHaveText("2 changes are not saved");
    await leaving(page).getByRole("button", { name: "Stay" }).click();
    await expect(leaving(page)).toBeHidden();
    await expect(page).toHaveURL(edit(1, "?name=nord"));
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.keyboard.press("Escape");
    await expect(leaving(page)).toBeHidden();
    await expect(page.getByRole("link", { name: "Cancel" }), "the focus is back").toBeFocused();
    await page.getByRole("link", { name: "Cancel" }).click();
    await leaving(page).getByRole("button", { name: "Leave without saving" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    expect((await api.find(1)).host).toBe("smtp.nordhavn.example");
  });

  test("by Back asks first", async ({ page, api }) => {
    await api.create();
    await open(page, `${REPORT}?name=nord`);
    await page.getByRole("link", { name: "Edit Nordhavn billing" }).click();
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await page.evaluate(() => history.back());
    await expect(leaving(page)).toBeVisible();
    await leaving(page).getByRole("button", { name: "Stay" }).click();
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    await page.evaluate(() => history.back());
    await leaving(page).getByRole("button", { name: "Leave without saving" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    await expect(names(page)).toHaveText(["Nordhavn billing"]);
  });

  test("by closing the page asks first", async ({ page, api }) => {
    await api.create();
    await open(page, edit(1));
    await field(page, "Host SMTP").pressSequentially("x");
    const asked = page.waitForEvent("dialog");
    const closed = page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.accept();
    await closed;
  });

  test("asks nothing once everything is as it was", async ({ page, api }) => {
    await api.create();
    await open(page, edit(1));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await expect(page.getByText("1 change, not saved")).toBeVisible();
    await field(page, "Host SMTP").fill("smtp.nordhavn.example");
    await expect(page.getByText("1 change, not saved")).toHaveCount(0);
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page).toHaveURL(REPORT);
  });
});

// The list of credentials: filtered while one types, counted, sorted, and what it says when it has nothing to show.
import type { Page } from "@playwright/test";

import { CREDENTIALS, count, filter, head, names, open, row } from "./support/pages.ts";
import { NEW_CREDENTIAL } from "./support/records.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("the list", () => {
  const list = async (page: Page, expected: string[]) => expect(names(page)).toHaveText(expected);

  test.beforeEach(async ({ page, api }, { title }) => {
    if (!title.startsWith("without")) {
      await api.register({ name: "Relay", user_name: "zoe", hosts: "smtp.nordhavn.example" });
      await api.register({ name: "100%_x", user_name: "NORDHAVN\\bob", hosts: "mail.südhafen.example" });
      await api.register({ name: "backup", user_name: "amy", hosts: "mx.nordhavn.example mx2.nordhavn.example a.example" });
    }
    await open(page, CREDENTIALS);
  });

  test("without credentials offers the way to the first", phone, async ({ page }) => {
    await expect(page.getByRole("heading", { name: "No credentials yet" })).toBeVisible();
    await expect(count(page, "List")).toHaveText("0 credentials");
    await page.getByRole("link", { name: "New credential" }).click();
    await expect(page).toHaveURL(NEW_CREDENTIAL);
  });

  test("is filtered while one types, and counted", phone, async ({ page }) => {
    const cases: [string, string, string[]][] = [
      ["Name", "REL", ["Relay"]],
      ["Name", "%_", ["100%_x"]],
      ["User name", "\\", ["100%_x"]],
      ["Host", "nordhavn", ["backup", "Relay"]],
      ["Host", "SÜD", ["100%_x"]],
      ["Host", "mx2", ["backup"]],
    ];
    await expect(count(page, "List")).toHaveText("3 credentials");
    for (const [label, typed, found] of cases) {
      await filter(page, label).pressSequentially(typed);
      await list(page, found);
      await expect(count(page, "List")).toHaveText(`${found.length} of 3 credentials`);
      await expect(filter(page, label)).toBeFocused();
      await filter(page, label).fill("");
      await expect(count(page, "List")).toHaveText("3 credentials");
    }
  });

  test("offers to clear the filters where nothing matches", phone, async ({ page }) => {
    await filter(page, "Name").fill("nobody");
    await expect(page.getByRole("heading", { name: "No credential matches" })).toBeVisible();
    await expect(page.getByText("3 credentials exist.")).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).last().click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(names(page)).toHaveCount(3);
    await expect(filter(page, "Name")).toHaveValue("");
  });

  test("is sorted by its heads, and one comes back to the same list", async ({ page }) => {
    await list(page, ["100%_x", "backup", "Relay"]);
    await head(page, "Name").getByRole("button").click();
    await list(page, ["Relay", "backup", "100%_x"]);
    await expect(head(page, "Name")).toHaveAttribute("aria-sort", "descending");
    await head(page, "User name").getByRole("button").click();
    await expect(page).toHaveURL(`${CREDENTIALS}?sort=user_name`);
    await list(page, ["backup", "100%_x", "Relay"]);
    await head(page, "ID").getByRole("button").click();
    await list(page, ["Relay", "100%_x", "backup"]);
    await head(page, "Changed").getByRole("button").click();
    await filter(page, "Host").fill("nordhavn");
    await expect(names(page)).toHaveCount(2);
    const address = page.url();
    for (const end of ["Save", "Cancel"]) {
      await page.getByRole("link", { name: "Edit Relay" }).click();
      await expect(page).toHaveURL(/\/1\/edit\?host=nordhavn&sort=saved$/);
      await page.getByRole("main").getByText(end, { exact: true }).click();
      await expect(page).toHaveURL(address);
    }
  });

  test("says in short what each may be used with, and where the secret is", async ({ page }) => {
    await expect(row(page, "backup")).toContainText("and 1 more; 587");
    await expect(row(page, "Relay")).toContainText("smtp.nordhavn.example; 587");
    await expect(row(page, "Relay")).toContainText("Nothing");
  });
});

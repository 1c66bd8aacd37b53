// What the report shows: columns and rows as the reader chose, risks, and what it says when there is nothing to show.
import type { Page } from "@playwright/test";

import { REPORT, count, edit, filter, names, open, row, started } from "./support/pages.ts";
import { ACCOUNTS } from "./support/accounts.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("columns and rows", () => {
  const dialog = (page: Page) => page.getByRole("dialog", { name: "Columns and rows" });
  const opener = (page: Page) => page.getByRole("link", { name: "Columns and rows" });
  /** All but the head of the boxes, which has no words. */
  const shown = (page: Page) => page.getByRole("columnheader").filter({ hasText: /\S/ });

  test("are chosen in a dialog, kept with the person, and the address wins", async ({ page, api, visit }) => {
    await api.createAll(Array.from({ length: 12 }, (_, n) => ({ name: `Account ${n + 1}` })));
    await open(page, `${REPORT}?name=account`);
    await opener(page).click();
    await expect(dialog(page)).toBeVisible();
    await expect(dialog(page).getByRole("checkbox", { name: /^Name/ })).toBeDisabled();
    await expect(dialog(page).getByRole("checkbox", { name: /^Name/ })).toBeChecked();
    for (const name of ["Reply e-mail", "Return e-mail", "Confirmation mail", "Uses config", "Read conf", "Last test"]) {
      await dialog(page).getByRole("checkbox", { name }).uncheck();
    }
    await dialog(page).getByLabel("Rows a page").selectOption("10");
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=account`);
    await started(page);
    const chosen = ["ID", "Name", "Sender e-mail", "Enabled", "Default", "Secure connection", "Footer", "Actions"];
    await expect(shown(page)).toHaveText(chosen);
    await expect(names(page)).toHaveCount(10);
    await expect(page.getByText("1 to 10 of 12")).toBeVisible();

    const elsewhere = await visit();
    await open(elsewhere, REPORT);
    await expect(shown(elsewhere), "also in another browser of the same person").toHaveText(chosen);
    await open(elsewhere, `${REPORT}?columns=id%2Cname%2Cfooter&page_size=25`);
    await expect(shown(elsewhere)).toHaveText(["ID", "Name", "Footer", "Actions"]);
    await expect(names(elsewhere)).toHaveCount(12);
    await open(elsewhere, REPORT);
    await expect(shown(elsewhere), "the address changes nothing that is kept").toHaveText(chosen);
  });

  test("bring credential and connector, which do not show by themselves", phone, async ({ page, api }) => {
    await api.connect();
    await api.register({ connectors: [1] });
    await api.create({ authentication: "Yes", credential: "1", use_connector: "Yes", connector: "1" });
    await open(page, REPORT);
    await expect(row(page, "Nordhavn billing")).not.toContainText("Nordhavn relay");
    await opener(page).click();
    for (const name of ["Credential", "Network connector"]) {
      await expect(dialog(page).getByRole("checkbox", { name })).not.toBeChecked();
      await dialog(page).getByRole("checkbox", { name }).check();
    }
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await started(page);
    await expect(row(page, "Nordhavn billing").getByRole("cell", { name: "Nordhavn relay" })).toBeVisible();
    await expect(row(page, "Nordhavn billing").getByRole("cell", { name: "Way out" })).toBeVisible();
  });

  test("give the focus back to what opened them", async ({ page, api }) => {
    await api.create();
    await open(page, REPORT);
    for (const close of ["Escape", "Cancel"]) {
      await opener(page).click();
      await expect(dialog(page)).toBeVisible();
      expect(await dialog(page).evaluate((element) => element.contains(document.activeElement))).toBe(true);
      if (close === "Escape") {
        await page.keyboard.press("Escape");
      } else {
        await dialog(page).getByRole("link", { name: "Cancel" }).click();
      }
      await expect(dialog(page)).toBeHidden();
      await expect(opener(page)).toBeFocused();
    }
  });
});

test.describe("with nothing to show", () => {
  test("the way to the first account is offered", phone, async ({ page }) => {
    await open(page, REPORT);
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
    await expect(page.getByRole("table")).toHaveCount(0);
    await expect(count(page)).toHaveText("0 accounts");
    await page.getByRole("link", { name: "New account" }).click();
    await expect(page).toHaveURL(`${REPORT}/new`);
  });

  test("the way to clear the filters is offered", phone, async ({ page, api }) => {
    await api.createAll(ACCOUNTS);
    await open(page, `${REPORT}?name=nobody&sort=name`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
    await expect(page.getByText("11 accounts exist.")).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).last().click();
    await expect(page).toHaveURL(`${REPORT}?sort=name`);
    await expect(names(page)).toHaveCount(11);
    await expect(filter(page, "Name")).toHaveValue("");
  });
});

test.describe("a list that fails to load", () => {
  for (const [how, status] of [["cannot be reached", 0], ["answers that its database is gone", 503]] as const) {
    test(`says so, with Retry, when the server ${how}`, async ({ page, api, watch }) => {
      watch.allow(/ERR_FAILED/, /status of 503/);
      await api.createAll(ACCOUNTS);
      await open(page, REPORT);
      await page.route("**/api/list_accounts", (route) =>
        status === 0
          ? route.abort()
          : route.fulfill({ status, headers: { serverfnerror: "error" }, json: { Unavailable: "The database is gone." } }),
      );
      await filter(page, "Name").fill("nord");
      await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeVisible();
      await expect(page.getByRole("alert")).toContainText(status === 0 ? "did not answer" : "The database is gone.");
      await expect(page.getByText("No account")).toHaveCount(0);
      await expect(count(page), "no count of what is not known").toHaveText("");
      await expect(filter(page, "Name")).toBeFocused();
      await page.unroute("**/api/list_accounts");
      await page.getByRole("link", { name: "Retry" }).click();
      await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers"]);
      await expect(count(page)).toHaveText("2 of 11 accounts");
    });
  }

  test("asks to sign in again when the session has ended", async ({ page, api, context, watch }) => {
    watch.allow(/status of 401/);
    await api.createAll(ACCOUNTS);
    await open(page, REPORT);
    await context.clearCookies();
    await filter(page, "Name").fill("nord");
    const dialog = page.getByRole("dialog", { name: "Sign in to go on" });
    await dialog.getByRole("button", { name: "Not now" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("alert")).toContainText("You are signed out");
    await page.getByRole("alert").getByRole("link", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
  });
});

test("each row leads to its form and its test, and back to the same list", async ({ page, api }) => {
  await api.createAll(ACCOUNTS);
  await open(page, `${REPORT}?name=nord`);
  await expect(page.getByRole("link", { name: "Edit Nordhavn careers" })).toHaveAttribute("href", edit(2, "?name=nord"));
  await expect(page.getByRole("link", { name: "Test setting Nordhavn careers" })).toHaveAttribute("href", `${REPORT}/2/test?name=nord`);
  await expect(row(page, "Nordhavn careers").getByRole("cell", { name: "2", exact: true })).toBeVisible();
  await expect(row(page, "Nordhavn careers")).toContainText("smtp.nordhavn.example");
});

test("a clear-text or unchecked connection is shown as the risk that it is", async ({ page, api }) => {
  await api.createAll([
    { name: "Clear", safe_connection: "No", port: "2525" },
    { name: "Unchecked", ignore_certificate: "Yes" },
    { name: "Implicit", tls_type: "SSL" },
    { name: "Usual", port: "587" },
  ]);
  await open(page, REPORT);
  await expect(row(page, "Clear")).toContainText("No clear text");
  await expect(row(page, "Clear")).toContainText("smtp.nordhavn.example:2525");
  await expect(row(page, "Unchecked")).toContainText("TLS unchecked");
  await expect(row(page, "Implicit")).toContainText("SSL implicit TLS");
  await expect(row(page, "Usual")).toContainText("TLS STARTTLS");
  await expect(row(page, "Usual")).not.toContainText(":587");
});

// The report: each filter, the order, the pages, the columns, and what it says when there is nothing to show.
import type { Page } from "@playwright/test";

import { type Draft, draft } from "./support/api.ts";
import { REPORT, count, edit, filter, names, open, row, started } from "./support/pages.ts";
import { expect, test } from "./support/test.ts";

const phone = { tag: "@phone" };

const ACCOUNTS: Partial<Draft>[] = [
  { name: "Nordhavn billing", sender: "billing@nordhavn.example", reply: "ar@nordhavn.example" },
  { name: "Nordhavn careers", sender: "jobs@nordhavn.example", return_path: "careers-bounces@nordhavn.example", enabled: "No" },
  { name: "100% discount", confirmation: "100%_\\x@marketing.example".replace("\\x", "x") },
  { name: "a_b", reply: "a_b@under.example" },
  { name: "axb", reply: "axb@under.example" },
  { name: "back\\slash" },
  { name: "Großstraße", sender: "grüße@straße.example", enabled: "No" },
  { name: "Καλημέρα κόσμε", sender: "κόσμε@παράδειγμα.example" },
  { name: "Почта России" },
  { name: "請求書 経理部" },
  { name: "حسابات البريد" },
];

const all = ACCOUNTS.map((account) => account.name ?? "");
const chips = (page: Page) => page.getByRole("link", { name: /^Remove filter: / });
const more = (page: Page) => page.getByRole("group").filter({ has: page.getByText("More", { exact: false }) }).locator("summary").filter({ hasText: "More" });
const head = (page: Page, name: string) => page.getByRole("columnheader", { name, exact: true });

test.describe("each filter alone", () => {
  test.beforeEach(async ({ api, page }) => {
    await api.createAll(ACCOUNTS);
    await open(page, REPORT);
    await expect(names(page)).toHaveText(all);
  });

  test("finds by name, whatever the case and the script, with nothing special about %, _ and \\", phone, async ({ page }) => {
    const cases: [string, string[]][] = [
      ["NORD", ["Nordhavn billing", "Nordhavn careers"]],
      ["n c", ["Nordhavn careers"]],
      ["100%", ["100% discount"]],
      ["%", ["100% discount"]],
      ["_", ["a_b"]],
      ["a_b", ["a_b"]],
      ["\\", ["back\\slash"]],
      ["k\\s", ["back\\slash"]],
      ["GROSSSTRASSE", ["Großstraße"]],
      ["ß", ["Großstraße"]],
      ["ΚΑΛΗΜΈΡΑ", ["Καλημέρα κόσμε"]],
      ["почта р", ["Почта России"]],
      ["経理", ["請求書 経理部"]],
      ["البريد", ["حسابات البريد"]],
      ["'; drop table accounts; --", []],
      ['"', []],
      ["  careers  ", ["Nordhavn careers"]],
    ];
    for (const [typed, found] of cases) {
      await filter(page, "Name").fill(typed);
      await expect(names(page), typed).toHaveText(found);
      await expect(count(page), typed).toHaveText(`${found.length} of 11 accounts`);
    }
    await filter(page, "Name").fill("");
    await expect(names(page)).toHaveText(all);
    await expect(page).toHaveURL(REPORT);
  });

  test("finds by each of the four addresses, anywhere in it", async ({ page }) => {
    await more(page).click();
    const cases: [string, string, string[]][] = [
      ["Sender e-mail", "JOBS@", ["Nordhavn careers"]],
      ["Sender e-mail", "g@nord", all.filter((name) => !["Nordhavn careers", "Großstraße", "Καλημέρα κόσμε"].includes(name))],
      ["Sender e-mail", "GRÜSSE@STRASSE", ["Großstraße"]],
      ["Sender e-mail", "ΠΑΡΆΔΕΙΓΜΑ", ["Καλημέρα κόσμε"]],
      ["Reply e-mail", "ar@", ["Nordhavn billing"]],
      ["Reply e-mail", "a_b@", ["a_b"]],
      ["Return e-mail", "careers-b", ["Nordhavn careers"]],
      ["Confirmation e-mail", "100%_", ["100% discount"]],
      ["Confirmation e-mail", "marketing", ["100% discount"]],
    ];
    for (const [label, typed, found] of cases) {
      await filter(page, label).fill(typed);
      await expect(names(page), `${label} ${typed}`).toHaveText(found);
      await expect(chips(page)).toHaveCount(1);
      await filter(page, label).fill("");
      await expect(count(page)).toHaveText("11 accounts");
    }
  });

  test("finds by numbers, separated by commas", phone, async ({ page }) => {
    const cases: [string, string[]][] = [
      ["2", ["Nordhavn careers"]],
      ["4, 1,,5", ["Nordhavn billing", "a_b", "axb"]],
      ["77", []],
    ];
    for (const [typed, found] of cases) {
      await filter(page, "ID").fill(typed);
      await expect(names(page), typed).toHaveText(found);
    }
  });

  test("finds the enabled and the disabled ones", phone, async ({ page }) => {
    await filter(page, "Enabled").selectOption("No");
    await expect(names(page)).toHaveText(["Nordhavn careers", "Großstraße"]);
    await expect(page).toHaveURL(`${REPORT}?enabled=No`);
    await filter(page, "Enabled").selectOption("Yes");
    await expect(count(page)).toHaveText("9 of 11 accounts");
    await filter(page, "Enabled").selectOption("Any");
    await expect(names(page)).toHaveText(all);
  });

  test("and all together narrow the list", async ({ page }) => {
    await open(page, `${REPORT}?id=1%2C2%2C3&name=nordhavn&sender=nordhavn&enabled=Yes`);
    await expect(names(page)).toHaveText(["Nordhavn billing"]);
    await expect(chips(page)).toHaveCount(4);
    await expect(count(page)).toHaveText("1 of 11 accounts");
  });
});

test("the matched text is marked, and nothing else", phone, async ({ page, api }) => {
  await api.createAll(ACCOUNTS);
  await open(page, `${REPORT}?name=HAVN+B`);
  await expect(page.locator("mark")).toHaveText(["havn b"]);
  await open(page, `${REPORT}?sender=g%40NORD&name=nord`);
  await expect(row(page, "Nordhavn billing").locator("mark")).toHaveText(["Nord", "g@", "nord"]);
  await open(page, `${REPORT}?name=STRASSE`);
  await expect(page.locator("mark")).toHaveText(["straße"]);
  await open(page, REPORT);
  await expect(names(page).first()).toBeVisible();
  await expect(page.locator("mark")).toHaveCount(0);
});

test.describe("an ID that is no number", () => {
  test("is a message beside the field, and the list is unchanged", phone, async ({ page, api }) => {
    await api.createAll(ACCOUNTS);
    await open(page, `${REPORT}?name=nord`);
    await filter(page, "ID").fill("1;x");
    const words = "ID takes whole numbers, separated by commas. The list is unchanged.";
    await expect(filter(page, "ID")).toHaveAccessibleDescription(words);
    await expect(filter(page, "ID")).toHaveAttribute("aria-invalid", "true");
    await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers"]);
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    await filter(page, "ID").fill("1");
    await expect(filter(page, "ID")).not.toHaveAttribute("aria-invalid");
    await expect(names(page)).toHaveText(["Nordhavn billing"]);
  });

  test("in a shared address says so, and shows the list without it", async ({ page, api }) => {
    await api.createAll(ACCOUNTS);
    await open(page, `${REPORT}?id=abc&name=nord`);
    await expect(filter(page, "ID")).toHaveValue("abc");
    await expect(filter(page, "ID")).toHaveAccessibleDescription(/ID takes whole numbers/);
    await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers"]);
  });
});

test.describe("chips", () => {
  test.beforeEach(async ({ api, page }) => {
    await api.createAll(ACCOUNTS);
    await open(page, `${REPORT}?name=nord&sender=nordhavn&enabled=No&sort=-name`);
    await expect(names(page)).toHaveText(["Nordhavn careers"]);
  });

  test("are taken off one by one", phone, async ({ page }) => {
    await expect(chips(page)).toHaveCount(3);
    await page.getByRole("link", { name: "Remove filter: Enabled is No" }).click();
    await expect(names(page)).toHaveText(["Nordhavn careers", "Nordhavn billing"]);
    await expect(filter(page, "Enabled")).toHaveValue("");
    await page.getByRole("link", { name: "Remove filter: Sender e-mail contains nordhavn" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord&sort=-name`);
    await page.getByRole("link", { name: "Remove filter: Name contains nord" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(filter(page, "Name")).toHaveValue("");
    await expect(filter(page, "Name"), "the focus is not lost with the chip").toBeFocused();
    await expect(chips(page)).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Clear filters" })).toHaveCount(0);
  });

  test("are taken off all together, and the order stays", async ({ page }) => {
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(count(page)).toHaveText("11 accounts");
    for (const label of ["ID", "Name", "Sender e-mail"]) {
      await expect(filter(page, label)).toHaveValue("");
    }
    await page.goBack();
    await expect(names(page)).toHaveText(["Nordhavn careers"]);
    await expect(filter(page, "Name")).toHaveValue("nord");
    await expect(filter(page, "Enabled")).toHaveValue("No");
  });
});

test.describe("More", () => {
  test("opens the other fields, and says how many of them are active", phone, async ({ page, api }) => {
    await api.createAll(ACCOUNTS);
    await open(page, REPORT);
    await expect(filter(page, "Reply e-mail")).toBeHidden();
    await more(page).click();
    await filter(page, "Reply e-mail").fill("nordhavn");
    await filter(page, "Confirmation e-mail").fill("receipts");
    await more(page).click();
    await expect(filter(page, "Reply e-mail")).toBeHidden();
    await expect(more(page)).toHaveText(/More\s+2 active/);
    await expect(page).toHaveURL(`${REPORT}?reply=nordhavn&confirmation=receipts`);
  });

  test("is open by itself when the address holds one of them", async ({ page, api }) => {
    await api.createAll(ACCOUNTS);
    await open(page, `${REPORT}?return_path=careers`);
    await expect(filter(page, "Return e-mail")).toBeVisible();
    await expect(filter(page, "Return e-mail")).toHaveValue("careers");
  });
});

test("the number of hits is announced in an element that was there before", async ({ page, api }) => {
  await api.createAll(ACCOUNTS);
  await open(page, REPORT);
  await expect(count(page)).toHaveText("11 accounts");
  const before = await count(page).elementHandle();
  await filter(page, "Name").fill("nord");
  await expect(count(page)).toHaveText("2 of 11 accounts");
  await filter(page, "Name").fill("nothing like it");
  await expect(count(page)).toHaveText("0 of 11 accounts");
  expect(await before?.evaluate((element) => element.isConnected)).toBe(true);
  expect(await before?.textContent()).toBe("0 of 11 accounts");
});

test.describe("sorting", () => {
  const flags = (yes: boolean) => (yes ? "Yes" : "No") as "Yes" | "No";
  const sorted: Draft[] = ["Delta", "alpha", "Bravo", "charlie"].map((name, n) =>
    draft({
      name,
      enabled: flags(n !== 2),
      default: "No",
      sender: `${["d", "b", "c", "a"][n]}@x.example`,
      reply: `${["b", "d", "a", "c"][n]}@x.example`,
      return_path: `${["c", "a", "d", "b"][n]}@x.example`,
      confirmation: `${["a", "c", "b", "d"][n]}@x.example`,
      force_settings: flags(n === 1),
      read_receipt: flags(n === 0),
      footer: flags(n > 1),
      safe_connection: flags(n !== 3),
      tls_type: n === 1 ? "SSL" : "TLS",
    }),
  );
  const by: [string, string, (account: Draft, n: number) => string | number][] = [
    ["Name", "name", (account) => account.name.toLowerCase()],
    ["Sender e-mail", "sender", (account) => account.sender],
    ["Reply e-mail", "reply", (account) => account.reply],
    ["Return e-mail", "return_path", (account) => account.return_path],
    ["Confirmation mail", "confirmation", (account) => account.confirmation],
    ["Enabled", "enabled", (account) => (account.enabled === "Yes" ? 1 : 0)],
    ["Default", "default", (_, n) => (n === 0 ? 1 : 0)],
    ["Secure connection", "security", (account) => (account.safe_connection === "No" ? "No" : account.tls_type)],
    ["Uses config", "force_settings", (account) => (account.force_settings === "Yes" ? 1 : 0)],
    ["Read conf", "read_receipt", (account) => (account.read_receipt === "Yes" ? 1 : 0)],
    ["Footer", "footer", (account) => (account.footer === "Yes" ? 1 : 0)],
    ["Last test", "last_test", () => 0],
    ["ID", "id", () => 0],
  ];
  const expected = (key: (account: Draft, n: number) => string | number) =>
    sorted
      .map((account, n) => ({ name: account.name, key: key(account, n), n }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.n - b.n))
      .map(({ name }) => name);

  test("works by every column, both ways, with ties broken by ID", async ({ page, api }) => {
    await api.createAll(sorted);
    await open(page, REPORT);
    await expect(head(page, "ID")).toHaveAttribute("aria-sort", "ascending");
    for (const [label, key, value] of by) {
      const ascending = expected(value);
      await head(page, label).getByRole("button").click();
      await expect(head(page, label)).toHaveAttribute("aria-sort", "ascending");
      await expect(names(page), label).toHaveText(ascending);
      await expect(page).toHaveURL(key === "id" ? REPORT : `${REPORT}?sort=${key}`);
      await expect(page.locator("[aria-sort]"), "on the sorted head alone").toHaveCount(1);
      await head(page, label).getByRole("button").click();
      await expect(head(page, label)).toHaveAttribute("aria-sort", "descending");
      await expect(names(page), label).toHaveText([...ascending].reverse());
      await expect(page).toHaveURL(`${REPORT}?sort=-${key}`);
      await expect(head(page, label).getByRole("button"), "the focus stays").toBeFocused();
    }
  });

  test("by the last test puts those that were never tested at one end", async ({ page, api }) => {
    const saved = await api.createAll(sorted.map((account) => ({ ...account, host: "127.0.0.1", port: "1", safe_connection: "No" })));
    for (const n of [2, 0]) {
      const sent = await api.post("send_test", {
        account: saved[n]?.id ?? 0,
        "draft[recipient]": "to@example.test",
        "draft[subject]": "A test",
        "draft[message]": "A test",
      });
      expect(sent.status).toBe(200);
    }
    await open(page, `${REPORT}?sort=last_test`);
    await expect(names(page)).toHaveText(["alpha", "charlie", "Bravo", "Delta"]);
    await open(page, `${REPORT}?sort=-last_test`);
    await expect(names(page)).toHaveText(["Delta", "Bravo", "charlie", "alpha"]);
    await expect(row(page, "Delta").getByRole("link", { name: "Failed at TCP" })).toBeVisible();
    await expect(row(page, "alpha")).toContainText("Never tested");
  });

  test("on cards is chosen from a list", phone, async ({ page, api }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await api.createAll(sorted);
    await open(page, REPORT);
    const sort = page.getByRole("combobox", { name: "Sort by" });
    await sort.selectOption({ label: "By Name, descending" });
    await expect(names(page)).toHaveText(["Delta", "charlie", "Bravo", "alpha"]);
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await page.reload();
    await started(page);
    await expect(sort).toHaveValue("-name");
    await page.goBack();
    await expect(sort).toHaveValue("id");
  });
});

test.describe("pages", () => {
  const many = Array.from({ length: 60 }, (_, n) => ({ name: `Account ${String(n + 1).padStart(2, "0")}` }));
  const from = (first: number, last: number) => many.slice(first - 1, last).map(({ name }) => name);

  test("are numbered, and keep filters and order", phone, async ({ page, api }) => {
    await api.createAll(many);
    await open(page, `${REPORT}?name=account&sort=name`);
    const pages = page.getByRole("navigation", { name: "Pages" });
    await expect(names(page)).toHaveText(from(1, 25));
    await expect(page.getByText("1 to 25 of 60")).toBeVisible();
    await expect(pages.getByRole("link", { name: "1", exact: true })).toHaveAttribute("aria-current", "page");
    await expect(pages.getByRole("link", { name: "Previous page" })).toHaveCount(0);
    await pages.getByRole("link", { name: "Next page" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=account&sort=name&page=2`);
    await expect(names(page)).toHaveText(from(26, 50));
    await pages.getByRole("link", { name: "3", exact: true }).click();
    await expect(names(page)).toHaveText(from(51, 60));
    await expect(page.getByText("51 to 60 of 60")).toBeVisible();
    await expect(pages.getByRole("link", { name: "Next page" })).toHaveCount(0);
    await page.goBack();
    await expect(names(page)).toHaveText(from(26, 50));
    await filter(page, "Name").fill("account 0");
    await expect(names(page)).toHaveText(from(1, 9));
    await expect(page, "another filter begins at the first page").toHaveURL(`${REPORT}?name=account+0&sort=name`);
    await expect(pages).toHaveCount(0);
  });

  test("beyond the last show the last, and nonsense counts as absent", async ({ page, api }) => {
    await api.createAll(many.slice(0, 12));
    await open(page, `${REPORT}?page=999&page_size=10`);
    await expect(names(page)).toHaveText(from(11, 12));
    await page.goto(`${REPORT}?page=-3&page_size=7&sort=nothing&enabled=maybe&columns=x&id=&name=+`);
    await expect(page).toHaveURL(REPORT);
    await expect(names(page)).toHaveText(from(1, 12));
  });
});

test.describe("columns and rows", () => {
  const dialog = (page: Page) => page.getByRole("dialog", { name: "Columns and rows" });
  const opener = (page: Page) => page.getByRole("link", { name: "Columns and rows" });
  const shown = (page: Page) => page.getByRole("columnheader");

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

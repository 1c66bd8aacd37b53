// Finding accounts: each filter alone and all together, marks, chips, More, and the count.
import { REPORT, chips, count, filter, more, names, open, row } from "./support/pages.ts";
import { ACCOUNTS, ALL } from "./support/accounts.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("each filter alone", () => {
  test.beforeEach(async ({ api, page }) => {
    await api.createAll(ACCOUNTS);
    await open(page, REPORT);
    await expect(names(page)).toHaveText(ALL);
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
    await expect(names(page)).toHaveText(ALL);
    await expect(page).toHaveURL(REPORT);
  });

  test("finds by each of the four addresses, anywhere in it", async ({ page }) => {
    await more(page).click();
    const cases: [string, string, string[]][] = [
      ["Sender e-mail", "JOBS@", ["Nordhavn careers"]],
      ["Sender e-mail", "g@nord", ALL.filter((name) => !["Nordhavn careers", "Großstraße", "Καλημέρα κόσμε"].includes(name))],
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
    await expect(names(page)).toHaveText(ALL);
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

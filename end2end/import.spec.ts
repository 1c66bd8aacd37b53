// Actions: accounts from a file, with what it would do before it is done.
import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { draft } from "./support/api.ts";
import { REPORT, names, open } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const IMPORT = `${REPORT}/import`;

const choose = async (page: Page, text: string, name = "accounts.csv") => {
  await page.getByLabel("File").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Show what would change" }).click();
};
const rows = (page: Page) => page.locator("tbody tr");
const importNow = (page: Page) => page.getByRole("button", { name: "Import", exact: true });

test.beforeEach(async ({ api }) => {
  for (const name of ["Nordhavn", "Südhafen"]) {
    await api.create(draft({ name }));
  }
});

test("a file is shown before it is imported, as a whole", phone, async ({ page }) => {
  await open(page, `${REPORT}?sort=-name`);
  await page.locator("summary", { hasText: "Actions" }).click();
  await page.getByRole("link", { name: "Import accounts" }).click();
  await expect(page.getByRole("heading", { name: "Import accounts", level: 1 })).toBeVisible();
  await choose(page, "ID,Name,Enabled\n1,Nordhavn,Yes\n2,Osthafen,No\n");
  await expect(page.getByRole("status").filter({ hasText: "refused" })).toHaveText("0 new, 1 changed, 1 unchanged, 0 refused.");
  await expect(rows(page).first()).toContainText("Line 3");
  await expect(rows(page).first()).toContainText("Name: Südhafen → Osthafen");
  await expect(rows(page).first()).toContainText("Enabled: Yes → No");
  await importNow(page).click();
  await expect(page).toHaveURL(`${REPORT}?sort=-name`);
  await expect(page.getByText("Imported: 0 created, 1 changed, 1 unchanged.")).toBeVisible();
  await expect(names(page)).toHaveText(["Osthafen", "Nordhavn"]);
});

test("an import is undone from the page behind it", phone, async ({ page }) => {
  await open(page, IMPORT);
  await choose(page, "ID,Name\n1,Westhafen\n");
  await importNow(page).click();
  await expect(page.getByText("Imported: 0 created, 1 changed, 0 unchanged.")).toBeVisible();
  await expect(names(page)).toHaveText(["Westhafen", "Südhafen"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("1 account is as it was.")).toBeVisible();
  await expect(names(page)).toHaveText(["Nordhavn", "Südhafen"]);
});

test("a row that is refused says why, and nothing can be imported", phone, async ({ page }) => {
  await open(page, IMPORT);
  await choose(page, "ID,Name,Port\n1,Nordhavn,99999\n2,Osthafen,25\n");
  await expect(page.getByRole("heading", { name: "Nothing can be imported yet" })).toBeVisible();
  await expect(rows(page).first()).toContainText("Port: Port is a number from 1 to 65535.");
  await expect(importNow(page)).toHaveCount(0);
  await page.getByRole("link", { name: "Choose another file" }).click();
  await choose(page, "ID,Name,Colour\n1,Nordhavn,red\n");
  await expect(page.getByRole("heading", { name: "The file cannot be imported" })).toBeVisible();
  await expect(page.getByText("Column 3 of the head is “Colour”")).toBeVisible();
  await choose(page, "anything", "accounts.pdf");
  await expect(page.getByText("does not end in .csv, .xlsx or .json")).toBeVisible();
});

test("a file as a spreadsheet writes it is read, and what stands above its head is named", phone, async ({ page }) => {
  await open(page, IMPORT);
  await choose(page, "sep=;\r\nSMTP accounts, 2026;;\r\nID;Name;\r\n1;Westhafen;\r\n;;\r\n");
  await expect(page.getByText("0 new, 1 changed, 0 unchanged, 0 refused.")).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText("Line 4");
  await expect(page.getByText("Line 2 stands above the head and was not read.")).toBeVisible();
  await importNow(page).click();
  await expect(names(page)).toHaveText(["Westhafen", "Südhafen"]);
});

test("what was exported as a whole comes back unchanged, with the keyboard alone", phone, async ({ page }) => {
  await open(page, IMPORT);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export all as XLSX" }).focus();
  await page.keyboard.press("Enter");
  const buffer = await readFile(await (await download).path());
  const file = page.getByLabel("File");
  await file.setInputFiles({ name: "all.xlsx", mimeType: "application/octet-stream", buffer });
  await file.focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Show what would change" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("0 new, 0 changed, 2 unchanged, 0 refused.")).toBeVisible();
  await expect(importNow(page)).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a new account is imported", phone, async ({ page }) => {
    await page.goto(IMPORT);
    const addresses = "a@x.example,b@x.example,c@x.example,d@x.example";
    const head = "Name,Sender e-mail,Reply e-mail,Return e-mail,Confirmation mail,Host SMTP,Credential";
    await choose(page, `${head}\nNeu,${addresses},smtp.x.example,\n`);
    await expect(rows(page)).toContainText("New");
    await importNow(page).click();
    await expect(names(page)).toHaveText(["Nordhavn", "Südhafen", "Neu"]);
  });
});

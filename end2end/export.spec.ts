// Actions: the report as a file, with what the filters and columns show now.
import { readFile } from "node:fs/promises";

import type { Download, Page } from "@playwright/test";

import { draft } from "./support/api.ts";
import { REPORT, filter, names, open } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const actions = (page: Page) => page.locator("summary", { hasText: "Actions" });
const action = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

const text = async (download: Download) => await readFile(await download.path(), "utf8");

async function fetched(page: Page, press: () => Promise<void>): Promise<Download> {
  const download = page.waitForEvent("download");
  await press();
  return await download;
}

test.beforeEach(async ({ api }) => {
  for (const name of ["Nordhavn", "Südhafen", "Nordlicht"]) {
    await api.create(draft({ name }));
  }
});

test("Export CSV gives what the filters show, under a name that says report and time", phone, async ({ page }) => {
  await open(page, `${REPORT}?sort=-name&columns=name,enabled`);
  await filter(page, "Name").fill("nord");
  await expect(names(page)).toHaveText(["Nordlicht", "Nordhavn"]);
  await actions(page).click();
  const file = await fetched(page, () => action(page, "Export CSV").click());
  expect(file.suggestedFilename()).toMatch(/^smtp-configuration-\d{8}T\d{6}Z\.csv$/);
  expect(await text(file)).toBe("\uFEFFName,Enabled\r\nNordlicht,Yes\r\nNordhavn,Yes\r\n");
  await expect(page, "the list stays").toHaveURL(/name=nord/);
  await expect(names(page)).toHaveCount(2);
});

test("Export XLSX gives a workbook of the same name", phone, async ({ page }) => {
  await open(page, `${REPORT}?name=nord&columns=name,enabled`);
  await actions(page).click();
  const file = await fetched(page, () => action(page, "Export XLSX").click());
  expect(file.suggestedFilename()).toMatch(/^smtp-configuration-\d{8}T\d{6}Z\.xlsx$/);
  const octets = await readFile(await file.path());
  expect(octets.subarray(0, 4).toString("latin1"), "a zip file").toBe("PK\u0003\u0004");
});

test("Export JSON is reached with the keyboard alone", phone, async ({ page }) => {
  await open(page, `${REPORT}?columns=id,name`);
  await actions(page).focus();
  await page.keyboard.press("Enter");
  for (const before of ["Print report", "Export CSV", "Export XLSX"]) {
    await page.keyboard.press("Tab");
    await expect(action(page, before)).toBeFocused();
  }
  await page.keyboard.press("Tab");
  const file = await fetched(page, () => page.keyboard.press("Enter"));
  const rows = ["Nordhavn", "Südhafen", "Nordlicht"].map((name, n) => ({ id: n + 1, name }));
  expect(JSON.parse(await text(file))).toEqual(rows);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the menu opens and exports", phone, async ({ page }) => {
    await page.goto(`${REPORT}?name=s%C3%BCd&columns=name`);
    await actions(page).click();
    const file = await fetched(page, () => action(page, "Export CSV").click());
    expect(await text(file)).toBe("\uFEFFName\r\nSüdhafen\r\n");
  });
});

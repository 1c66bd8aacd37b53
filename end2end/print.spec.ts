// Actions, Print report: all that the filters show, on paper.
import { type Page } from "@playwright/test";

import { PRINT, REPORT, names, open, stubPrint } from "./support/pages.ts";
import { said, sheets } from "./support/pdf.ts";
import { expect, phone, test } from "./support/test.ts";

const actions = (page: Page) => page.locator("summary", { hasText: "Actions" });
const printAction = (page: Page) => page.getByRole("link", { name: "Print report", exact: true });
const heads = (page: Page) => page.getByRole("columnheader");
const rows = (page: Page) => page.getByRole("rowheader");
const expectDialogues = (page: Page, times: number) =>
  expect(page.locator("html")).toHaveAttribute("data-printed", String(times));

/** The nth of many accounts, told by every text that it has. */
const numbered = (n: number) => ({
  name: `Begins${n} with a name that is long enough to stand on several lines and that Ends${n}`,
  sender: `s${n}@nordhavn.example`,
  reply: `r${n}@nordhavn.example`,
  return_path: `b${n}@a-domain-of-some-length.nordhavn.example`,
  confirmation: `c${n}@nordhavn.example`,
  footer: n % 2 ? ("Yes" as const) : ("No" as const),
});

const many = Array.from({ length: 60 }, (_, n) => numbered(n + 1));

test("the menu leads to all rows with the keyboard alone, and the dialogue opens", phone, async ({ page, api }) => {
  await api.createAll(many);
  await stubPrint(page);
  await open(page, `${REPORT}?name=begins&sort=-id&columns=id,name,sender`);
  await expect(names(page), "a page of the list").toHaveCount(25);
  await actions(page).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(printAction(page), "the first of the actions").toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/print\?name=begins&sort=-id&columns=/);
  await expectDialogues(page, 1);
  await expect(page).toHaveTitle("SMTP configuration · Posthouse");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("SMTP configuration");
  await expect(page.getByText("Name contains “begins”; by ID, descending.")).toBeVisible();
  await expect(page.getByText(/^60 accounts\. Printed \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC by ops@nordhavn\.example\.$/)).toBeVisible();
  await expect(page.getByText("End of the report: 60 rows.")).toBeVisible();
  await expect(heads(page)).toHaveText(["ID", "Name", "Sender e-mail"]);
  await expect(rows(page)).toHaveCount(60);
  await expect(rows(page).first()).toContainText("Ends60");
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await page.getByRole("button", { name: "Print", exact: true }).click();
  await expectDialogues(page, 2);
  await page.getByRole("link", { name: "Back to the report" }).click();
  await expect(page).toHaveURL(/\/smtp\?name=begins&sort=-id&columns=/);
});

test("the columns are those of the address, or else the kept ones", async ({ page, api }) => {
  await api.create();
  const kept = { "columns[0]": "name", "columns[1]": "security", "columns[2]": "last_test", page_size: 25 };
  await api.post("save_preferences", kept);
  await stubPrint(page);
  await page.goto(PRINT);
  await expect(heads(page)).toHaveText(["Name", "Secure connection", "Last test"]);
  await expect(page.getByRole("row").nth(1)).toHaveText("Nordhavn billingsmtp.nordhavn.exampleTLSSTARTTLSNever tested");
  await page.goto(`${PRINT}?columns=name,enabled`);
  await expect(heads(page)).toHaveText(["Name", "Enabled"]);
});

test("a filter that is no list of numbers is told, and nothing is printed", async ({ page, watch }) => {
  watch.allow(/status of 400/);
  await page.goto(`${PRINT}?id=x`);
  await expect(page.getByText("ID takes whole numbers, separated by commas.")).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
});

for (const [format, width, height] of [["A4", 842, 595], ["Letter", 792, 612]] as const) {
  test(`on ${format} every sheet has the head, every row its sheet, and nothing is cut`, async ({ page, api }) => {
    await api.createAll(many);
    await stubPrint(page);
    await page.goto(PRINT);
    await expectDialogues(page, 1);
    const printed = await sheets(await page.pdf({ format, landscape: true }));
    expect(printed.length).toBeGreaterThan(2);
    const found: number[] = [];
    for (const [number, sheet] of printed.entries()) {
      const words = said(sheet);
      expect(Math.abs(sheet.width - width) + Math.abs(sheet.height - height), "its size").toBeLessThan(3);
      expect(words).toContain(`${number + 1} / ${printed.length}`);
      expect(words).toContain("Sender e-mail");
      for (const head of ["Confirmation", "connection", "Footer", "Last"]) {
        expect(words, `the head of sheet ${number + 1}`).toContain(head);
      }
      expect(words, "no navigation").not.toMatch(/Products|Network connectors|Back to|Sign out/);
      expect(sheet.words.filter(({ left, right }) => left < 20 || right > width - 20)).toEqual([]);
      // Poppler reads a table in an order of its own.
      const marks = (mark: RegExp) => [...words.matchAll(mark)].map(([, n]) => Number(n)).sort((a, b) => a - b);
      const begun = marks(/Begins(\d+)/g);
      for (const mark of [/Ends(\d+)/g, /\bs(\d+)@/g, /\br(\d+)@/g, /\bb(\d+)@/g, /\bc(\d+)@/g]) {
        expect(marks(mark), `${mark} of sheet ${number + 1}`).toEqual(begun);
      }
      found.push(...begun);
    }
    expect(found).toEqual(many.map((_, n) => n + 1));
    expect(said(printed[0]!)).toMatch(/SMTP configuration All accounts; by ID\. 60 accounts\. Printed .* UTC by ops@/);
    expect(said(printed.at(-1)!)).toContain("End of the report: 60 rows.");
  });
}

test("all columns there are stand on paper side by side", async ({ page, api }) => {
  await api.createAll(many.slice(0, 3));
  await stubPrint(page);
  const columns = "id,name,sender,reply,return_path,confirmation,enabled,default,security,force_settings,read_receipt";
  await page.goto(`${PRINT}?columns=${columns},footer,credential,connector,time_limit,last_test`);
  await expect(heads(page)).toHaveCount(16);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 960, height: 720 });
  const cut = await page.getByRole("columnheader").evaluateAll((cells) =>
    cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
  );
  expect(cut).toEqual([]);
  const [sheet] = await sheets(await page.pdf({ format: "Letter", landscape: true }));
  expect(sheet?.words.filter(({ right }) => right > 772)).toEqual([]);
  expect(said(sheet!)).toContain("Never");
});

test("the browser's own print of the report says how many more there are", async ({ page, api }) => {
  await api.createAll(many);
  await open(page, `${REPORT}?name=begins`);
  const [sheet] = await sheets(await page.pdf({ format: "A4", landscape: true }));
  expect(said(sheet!)).toContain("Page 1 of 3: 35 more stand on the others. Print report prints all.");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("all rows stand there, with the way to print them", phone, async ({ page, api }) => {
    await api.createAll(many.slice(0, 30));
    await page.goto(`${REPORT}?columns=name`);
    await actions(page).click();
    await printAction(page).click();
    await expect(rows(page)).toHaveCount(30);
    await expect(page.getByText("Print it with the browser: Ctrl+P, on a Mac Cmd+P.")).toBeVisible();
    await expect(page.getByRole("button")).toHaveCount(0);
  });
});

// Each page in each of its states, and what leads there.
import { type Page, expect } from "@playwright/test";

import { MANY, sendThrough } from "./accounts.ts";
import type { Api } from "./api.ts";
import { authority } from "./certificates.ts";
import { trust } from "./form.ts";
import { CHANGE, EXPLAIN, FOOTER, NEW, PASSWORD, PRINT, REPORT, SCHEDULES, answer, edit, field, filter, names, open, started, stubPrint, summary, testOf } from "./pages.ts";
import { MailServer } from "./mail-server.ts";
import { RECORDS } from "./record-states.ts";

/** Each state of each page, made by what leads there. */
export const STATES: Record<string, (page: Page, api: Api) => Promise<void>> = {
  ...RECORDS,
  "the report without accounts": async (page) => {
    await open(page, REPORT);
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
  },
  "the report": async (page, api) => {
    await listed(page, api, "");
  },
  "the report with filters, marks and chips": async (page, api) => {
    await listed(page, api, "?name=n&sender=nordhavn&enabled=Yes&sort=-name");
  },
  "the report with pages": async (page, api) => {
    await api.createAll(Array.from({ length: 21 }, (_, n) => ({ name: `Account ${n}` })));
    await open(page, `${REPORT}?page_size=10&page=2`);
    await expect(page.getByText("11 to 20 of 21")).toBeVisible();
  },
  "the report where nothing matches": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}?name=nobody`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
  },
  "the report with an ID that is no number": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}?id=x`);
    await expect(filter(page, "ID")).toHaveAttribute("aria-invalid", "true");
  },
  "the report that failed to load": async (page, api) => {
    await listed(page, api, "");
    await page.route("**/api/list_accounts", (route) => route.abort());
    await filter(page, "Name").fill("nord");
    await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeVisible();
  },
  "the report with tests": async (page, api) => {
    await sendThrough(api, { name: "Accepted" }, {});
    await sendThrough(api, { name: "Failed" }, { says: { rcpt: "550 5.1.1 Nobody here" } });
    await sendThrough(api, { name: "Not known" }, { drops: "dot" });
    await open(page, REPORT);
    await expect(names(page)).toHaveText(["Accepted", "Failed", "Not known"]);
  },
  "the report with a toast": async (page, api) => {
    await api.createAll(MANY);
    await open(page, edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  },
  "the palette": async (page, api) => {
    await listed(page, api, "");
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Go to" }).getByRole("textbox").fill("n");
    await expect(page.getByRole("dialog").getByRole("link", { name: /^Test setting: / })).not.toHaveCount(0);
  },
  "the palette where nothing matches": async (page) => {
    await open(page, FOOTER);
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Go to" }).getByRole("textbox").fill("zzz");
    await expect(page.getByText("Nothing matches.")).toBeVisible();
  },
  "the keyboard shortcuts": async (page, api) => {
    await listed(page, api, "");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  },
  "the form that saves a view, or over one": async (page, api) => {
    await api.post("save_view", { form: "New", "draft[name]": "Off", list: "enabled=No&columns=name" });
    await api.post("save_view", { form: "New", "draft[name]": "A name of a view that is longer than most of them are", list: "" });
    await open(page, `${REPORT}/views/new?name=nord`);
    await expect(page.getByRole("button", { name: "Replace “Off”" })).toBeVisible();
  },
  "the form of a schedule that follows a view": async (page, api) => {
    await api.post("save_view", { form: "New", "draft[name]": "Off", list: "enabled=No&columns=name" });
    await open(page, `${SCHEDULES}/new`);
    await field(page, "Follows a view").selectOption("Off");
  },
  "the dialog of columns and rows": async (page, api) => {
    await listed(page, api, "");
    await page.getByRole("link", { name: "Columns and rows" }).click();
    await expect(page.getByRole("dialog", { name: "Columns and rows" })).toBeVisible();
  },
  "the page of columns and rows": async (page) => {
    await open(page, `${REPORT}/preferences`);
    await expect(page.getByRole("checkbox").first()).toBeVisible();
  },
  "the report on paper": async (page, api) => {
    await api.createAll(MANY);
    await printed(page, "?name=a&sort=-name");
  },
  "the report on paper with two columns": async (page, api) => {
    await api.createAll(MANY);
    await printed(page, "?columns=name,sender");
  },
  "the menu of actions": async (page, api) => {
    await listed(page, api, "");
    await page.locator("summary", { hasText: "Actions" }).click();
    await expect(page.getByRole("link", { name: "Print report" })).toBeVisible();
  },
  "the person's menu": async (page, api) => {
    await listed(page, api, "");
    await page.locator('summary[aria-label="ops@nordhavn.example"]').click();
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  },
  "the form for a new account": async (page) => {
    await open(page, NEW);
    await field(page, "Sender e-mail").fill("ops@nordhavn.example");
  },
  "the form of an account": async (page, api) => {
    await api.createAll(MANY);
    await open(page, edit(4));
  },
  "the form with fields that do not apply": async (page) => {
    await open(page, NEW);
    await answer(page, "Use safe connection?", "No");
  },
  "the form with errors": async (page) => {
    await open(page, NEW);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "the form that went stale": async (page, api) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await field(page, "Host SMTP").fill("mine.nordhavn.example");
    await api.update(saved, { host: "theirs.nordhavn.example", default: "Yes" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("button", { name: "Keep mine" })).toBeVisible();
  },
  "the question before leaving": async (page) => {
    await open(page, NEW);
    await field(page, "Port").fill("25");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page.getByRole("button", { name: "Stay" })).toBeVisible();
  },
  "a form that is not found": async (page) => {
    await open(page, edit(77));
    await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  },
  "restoring under another name": async (page, api) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await api.delete(2);
    await open(page, `${REPORT}/2/restore`);
    await expect(field(page, "Account name")).toHaveValue("Second");
  },
  "the message footer": async (page, api) => {
    await api.post("save_footer", { "draft[text]": "Nordhavn A/S", "draft[html]": "<b>Nordhavn A/S</b>", "draft[version]": 0 });
    await open(page, FOOTER);
  },
  "the test window": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await expect(field(page, "Send to")).toBeVisible();
  },
  "the test window with errors": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await field(page, "Send to").fill("");
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(summary(page)).toBeVisible();
  },
  "a test that was accepted": async (page, api) => {
    await sendThrough(api, {}, {});
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: "The server accepted the message" })).toBeVisible();
  },
  "a test that stopped on purpose": async (page, api) => {
    const server = await MailServer.start();
    await api.create(server.account);
    await api.post("send_test", { account: 1, "draft[recipient]": "a@b.example", "draft[subject]": "x", "draft[message]": "x", "draft[stop_after]": "sign-in" });
    await server.stop();
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: "Checked, as far as was asked" })).toBeVisible();
  },
  "a test that failed": async (page, api) => {
    await sendThrough(api, {}, { says: { mail: "550 5.1.8 Who are you" } });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /^Failed at MAIL/ })).toBeVisible();
  },
  "a test that goes on": async (page, api) => {
    const server = await MailServer.start({ holds: "rcpt" });
    await api.create(server.account);
    await open(page, testOf(1));
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(page.getByRole("heading", { name: "Naming the recipient" })).toBeVisible();
  },
  "a failure with a fix that one press makes": async (page, api) => {
    await sendThrough(api, { safe_connection: "Yes", tls_type: "SSL" }, {});
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("button", { name: /and test again$/ })).toBeVisible();
  },
  "a failure at a known provider": async (page, api) => {
    await sendThrough(api, {}, { says: { greeting: "220 smtp.gmail.com ESMTP", mail: "530 5.7.0 Authentication Required" } });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: "What is known of Gmail" })).toBeVisible();
  },
  "the tests of an account": async (page, api) => {
    await sendThrough(api, {}, {});
    await sendThrough(api, { name: "Another" }, { says: { rcpt: "550 5.1.1 Nobody here" } });
    await api.post("send_test", { account: 1, "draft[recipient]": "to@example.test", "draft[subject]": "x", "draft[message]": "x" });
    await open(page, `${REPORT}/1/tests`);
    await expect(page.getByRole("figure")).toBeVisible();
  },
  "the tests of an account where none matches": async (page, api) => {
    await sendThrough(api, {}, {});
    await open(page, `${REPORT}/1/tests?ended=cancelled&from=2026-01-01`);
    await expect(page.getByRole("heading", { name: "No test matches" })).toBeVisible();
  },
  "the form that tests several accounts": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}/test?chosen=1&chosen=2&chosen=3`);
    await expect(page.getByRole("button", { name: "Test 3 accounts" })).toBeVisible();
  },
  "a test of several accounts": async (page, api) => {
    await sendThrough(api, {}, {});
    await api.createAll(MANY.map((account) => ({ ...account, name: `${account.name} 2`, host: "127.0.0.1", port: "1" })));
    await api.post("begin_batch", { chosen: "all=Yes", "draft[recipient]": "to@example.test", "draft[subject]": "x", "draft[message]": "x" });
    await open(page, `${REPORT}/test/1`);
    await expect(page.getByText(/^All have ended/)).toBeVisible();
  },
  "a test with inspected certificates that end soon": async (page, api) => {
    await sendThrough(api, { ignore_certificate: "Yes" }, { tls: authority().sign("127.0.0.1") });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("region", { name: "Encryption" })).toBeVisible();
  },
  "a test that was cancelled": async (page, api) => {
    const server = await MailServer.start({ holds: "ehlo" });
    await api.create(server.account);
    await open(page, testOf(1));
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByRole("button", { name: "Cancel test" }).click();
    await expect(page.getByRole("heading", { name: "Cancelled" })).toBeVisible();
    await server.stop();
  },
  "the form of one's own password": async (page) => {
    await open(page, PASSWORD);
    await expect(field(page, "New password")).toBeVisible();
  },
  "the form of one's own password with errors": async (page) => {
    await open(page, PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(summary(page)).toBeVisible();
    await started(page);
  },
  "the networks": async (page) => {
    await open(page, "/settings/email/networks");
    await field(page, "Closed networks").fill("10.0.0.0/8");
  },
  "the page that explains": async (page) => {
    await open(page, EXPLAIN);
    await expect(page.getByRole("heading", { name: "Paste what went wrong" })).toBeVisible();
  },
  "the page that explains, with an answer": async (page) => {
    await open(page, EXPLAIN);
    await page.getByRole("button", { name: "A reply", exact: true }).click();
    await expect(page.getByRole("heading", { name: /at AUTH: / })).toBeVisible();
    await page.locator("summary", { hasText: "What the text does not say" }).click();
  },
  "the page that explains, where nothing failed": async (page) => {
    await open(page, EXPLAIN);
    await field(page, "What the server or the program said").fill("250 2.0.0 Ok: queued");
    await expect(page.getByRole("heading", { name: "No error found in this text" })).toBeVisible();
  },
  "the page that explains, with errors": async (page) => {
    await open(page, EXPLAIN);
    await page.locator("summary", { hasText: "What the text does not say" }).click();
    await field(page, "Mail server").fill("https://smtp.example");
    await expect(field(page, "Mail server")).toHaveAttribute("aria-invalid", "true");
  },
  "a test whose outcome is not known": async (page, api) => {
    await sendThrough(api, {}, { drops: "dot" });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /is not known/ })).toBeVisible();
  },
  "the report with rows chosen": async (page, api) => {
    await listed(page, api, "?page_size=10");
    await page.getByRole("checkbox", { name: "Choose Südhafen" }).check();
    await page.getByRole("checkbox", { name: "Choose Nordhavn billing" }).check();
    await expect(page.getByText("2 accounts chosen")).toBeVisible();
  },
  "the preview of a change": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${CHANGE}?chosen=1&chosen=2&chosen=3&kind=Disable&list=`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Disable 1 account");
  },
  "the preview of a change of nothing": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${CHANGE}?chosen=1&kind=Enable&list=`);
    await expect(page.getByText("None of the chosen accounts would change.")).toBeVisible();
  },
  "the choice of a file to import": async (page) => {
    await open(page, `${REPORT}/import`);
    await expect(page.getByLabel("File")).toBeVisible();
  },
  "the preview of an import": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}/import`);
    const buffer = Buffer.from("ID,Name,Port,Enabled\n1,Renamed,25,Yes\n2,,99999,Perhaps\n");
    await page.getByLabel("File").setInputFiles({ name: "accounts.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "Show what would change" }).click();
    await expect(page.getByRole("heading", { name: "Nothing can be imported yet" })).toBeVisible();
    await started(page);
  },
  "the form with a certificate of its own": async (page, api) => {
    await api.create({ trust: "Certificate", pin: "0a".repeat(32) });
    await open(page, edit(1));
    await trust(page).getByRole("radio", { name: /^This CA/ }).check();
  },
  "the dialog of an ended session": async (page, api) => {
    await api.create();
    await open(page, edit(1));
    await page.context().clearCookies();
    await field(page, "Port").fill("25");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("dialog", { name: "Sign in to go on" })).toBeVisible();
  },
  "a page that is offline": async (page, api) => {
    await listed(page, api, "");
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  },
  "a page that is not there": async (page) => {
    await open(page, "/nothing/here");
    await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  },
};

export const SIGNED_OUT: Record<string, (page: Page) => Promise<void>> = {
  "the sign-in page": async (page) => open(page, "/sign-in"),
  "the sign-in page with an error": async (page) => {
    await open(page, "/sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(page)).toBeVisible();
    await started(page);
  },
  "the set-up page": async (page) => open(page, "/set-up?token=abc"),
};

/** Opens the page that is printed. */
async function printed(page: Page, query: string) {
  await stubPrint(page);
  await page.goto(PRINT + query);
  await expect(page.getByText(/^End of the report: /)).toBeVisible();
}

export async function listed(page: Page, api: Api, query: string) {
  await api.createAll(MANY);
  await open(page, REPORT + query);
  await expect(names(page).first()).toBeVisible();
}

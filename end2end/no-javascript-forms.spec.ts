// Every form with JavaScript switched off: saved, refused with its answers kept, undone, and sent.
import { draft } from "./support/api.ts";
import { MailServer } from "./support/mail-server.ts";
import { FOOTER, NEW, REPORT, answer, edit, expectError, field, names, question, row, save, summary, testOf, toast } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

test.use({ javaScriptEnabled: false });

test.afterEach(async ({ page }) => {
  await expect(page.locator("html"), "no script has run").not.toHaveAttribute("data-hydrated");
});

test.describe("the form", () => {
  test("is saved, shown again and changed", phone, async ({ page, api }) => {
    await page.goto(REPORT);
    await page.getByRole("link", { name: "New account" }).click();
    const answers = draft({ read_receipt: "Yes", tls_type: "SSL", port: "4650" });
    await field(page, "Account name").fill(answers.name);
    await field(page, "Sender e-mail").fill(answers.sender);
    await field(page, "Reply e-mail").fill(answers.reply);
    await field(page, "Reply e-mail (Return-Path)").fill(answers.return_path);
    await field(page, "Confirmation mail").fill(answers.confirmation);
    await answer(page, "Send read receipt", "Yes");
    await answer(page, "User authentication", "No");
    await field(page, "Host SMTP").fill(answers.host);
    await field(page, "Port").fill(answers.port);
    await page.getByText("SSL", { exact: false }).first().click();
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    await expect(toast(page)).toContainText("“Nordhavn billing” is saved. It is the default.");
    expect(await api.find(1)).toEqual({ ...answers, default: "Yes" });
    await page.reload();
    await expect(toast(page), "it is told once").toBeEmpty();

    await page.getByRole("link", { name: "Edit Nordhavn billing" }).click();
    await expect(field(page, "Port")).toHaveValue("4650");
    await expect(question(page, "Send read receipt").getByRole("radio", { name: "Yes" })).toBeChecked();
    await answer(page, "Send read receipt", "No");
    await field(page, "Port").fill("");
    await save(page).click();
    expect(await api.find(1)).toEqual({ ...answers, default: "Yes", port: "", read_receipt: "No" });
  });

  test("says what is wrong, and keeps every answer", phone, async ({ page, api }) => {
    await api.create({ name: "Taken" });
    await page.goto(`${NEW}?name=x`);
    await field(page, "Account name").fill("Taken");
    await field(page, "Sender e-mail").fill("ops@");
    await field(page, "Port").fill("99999");
    await answer(page, "Enabled", "No");
    await answer(page, "Enable footnote", "Yes");
    await answer(page, "Use safe connection?", "No");
    await save(page).click();
    await expect(page).toHaveURL(`${NEW}?name=x`);
    await expect(page).toHaveTitle("Error: New account · SMTP server settings · Posthouse");
    await expect(summary(page).getByRole("heading")).toHaveText("Not saved: seven answers need a change");
    await expectError(field(page, "Sender e-mail"), /Sender e-mail has no domain/);
    await expectError(field(page, "Port"), /Port is a number from 1 to 65535/);
    await expect(field(page, "Account name")).toHaveValue("Taken");
    await expect(field(page, "Sender e-mail")).toHaveValue("ops@");
    await expect(field(page, "Port")).toHaveValue("99999");
    for (const [name, choice] of [["Enabled", "No"], ["Enable footnote", "Yes"], ["Use safe connection?", "No"]] as const) {
      await expect(question(page, name).getByRole("radio", { name: choice }), name).toBeChecked();
    }
    await summary(page).getByRole("link", { name: /Sender e-mail has no domain/ }).click();
    await expect(field(page, "Sender e-mail")).toBeFocused();
    for (const label of ["Sender e-mail", "Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail"]) {
      await field(page, label).fill("ops@nordhavn.example");
    }
    await field(page, "Host SMTP").fill("smtp.nordhavn.example");
    await field(page, "Port").fill("25");
    await answer(page, "User authentication", "No");
    await save(page).click();
    await expectError(field(page, "Account name"), /“Taken” exists already/);
    await field(page, "Account name").fill("Free");
    await save(page).click();
    await expect(page).toHaveURL(`${REPORT}?name=x`);
    expect(await api.count()).toBe(2);
  });

  test("says from the first paint which fields apply, and what needs the page to have started", phone, async ({ page }) => {
    await page.goto(NEW);
    const applies = page.getByText("Applies when Use safe connection? is Yes.");
    await expect(applies.first()).toBeHidden();
    await answer(page, "Use safe connection?", "No");
    await expect(applies).toHaveCount(2);
    await expect(applies.first()).toBeVisible();
    await expect(applies.last()).toBeVisible();
    const buttons = await page.getByRole("button", { disabled: true }).all();
    expect(buttons).not.toEqual([]);
    for (const button of buttons) {
      await expect(button).toHaveAccessibleDescription("Available once the page has started");
    }
  });

  test("that went stale shows what differs, and a second Save keeps mine", async ({ page, api }) => {
    const saved = await api.create();
    await page.goto(edit(saved.id));
    await field(page, "Host SMTP").fill("mine.nordhavn.example");
    await api.update(saved, { host: "theirs.nordhavn.example", default: "Yes" });
    await save(page).click();
    await expect(page).toHaveURL(edit(saved.id));
    await expect(summary(page)).toContainText("someone else saved this meanwhile");
    await expect(summary(page).getByRole("row", { name: /Host SMTP/ })).toContainText("theirs.nordhavn.example");
    await expect(field(page, "Host SMTP")).toHaveValue("mine.nordhavn.example");
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    expect((await api.find(saved.id)).host).toBe("mine.nordhavn.example");
  });

  test("is duplicated, deleted, brought back by Undo, and by another name where its own was taken", phone, async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await page.goto(edit(2, "?sort=-name"));
    await page.getByRole("link", { name: "Duplicate" }).click();
    await expect(field(page, "Account name")).toHaveValue("Second (copy)");
    await page.goBack();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(names(page)).toHaveText(["First"]);
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("“Second” is back.");
    await expect(names(page)).toHaveText(["Second", "First"]);

    await page.goto(edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await api.create({ name: "Second" });
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expectError(field(page, "Account name"), /“Second” exists already/);
    await field(page, "Account name").fill("Second, restored");
    await page.getByRole("button", { name: "Restore" }).click();
    await expect(toast(page)).toContainText("“Second, restored” is back.");
    expect((await api.find(2)).name).toBe("Second, restored");
  });

  test("says why the default cannot be deleted", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await page.goto(edit(1));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(edit(1));
    await expect(page.getByText("Make another account the default first, then delete this one.")).toBeVisible();
  });
});

test("the message footer is saved and previewed", phone, async ({ page }) => {
  await page.goto(FOOTER);
  await field(page, "Plain text").fill("Nordhavn A/S");
  await field(page, "HTML").fill("<b>Nordhavn A/S</b>");
  await page.getByRole("button", { name: "Preview what is typed" }).click();
  const preview = page.frameLocator("iframe");
  await expect(preview.locator("b")).toHaveText("Nordhavn A/S");
  await save(page).click();
  await expect(toast(page)).toContainText("The message footer is saved.");
  await page.reload();
  await expect(field(page, "HTML")).toHaveValue("<b>Nordhavn A/S</b>");
  await field(page, "Plain text").fill("x".repeat(10_001));
  await save(page).click();
  await expectError(field(page, "Plain text"), /Plain text has 10001 characters/);
  await expect(field(page, "HTML")).toHaveValue("<b>Nordhavn A/S</b>");
  await expect(page).toHaveTitle("Error: Message footer · Posthouse");
});

test("a test is composed, refused with its answers kept, sent, and its result shown", phone, async ({ page, api }) => {
  const server = await MailServer.start();
  await api.create(server.account);
  await page.goto(REPORT);
  await page.getByRole("link", { name: "Test setting Nordhavn billing" }).click();
  await expect(page).toHaveURL(testOf(1));
  await field(page, "Send to").fill("nobody");
  await field(page, "Subject").fill("Without a script");
  await page.getByRole("button", { name: "Send test" }).click();
  await expectError(field(page, "Send to"), /Send to has no @/);
  await expect(page).toHaveTitle(/^Error: /);
  await expect(field(page, "Subject")).toHaveValue("Without a script");
  await field(page, "Send to").fill("to@example.test");
  await page.getByRole("button", { name: "Send test" }).click();
  await expect(page).toHaveURL(`${REPORT}/1/tests/1`);
  await expect(page.getByRole("heading", { name: "The server accepted the message" })).toBeVisible();
  await expect(page.getByText("4QZx7Y1").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Copy/ }), "what needs a script does not show").toHaveCount(0);
  expect(server.received[0]?.data).toContain("Subject: Without a script");
  await page.getByRole("link", { name: "Close" }).click();
  await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Accepted" })).toBeVisible();
  await expect(row(page, "Nordhavn billing").getByRole("time"), "the exact time").toHaveText(/^\d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC$/);
  await server.stop();
});

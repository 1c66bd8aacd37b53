// The words of the product page that Posthouse follows: each stands on its page, whatever its case.
import type { Page } from "@playwright/test";

import { NEW, REPORT, open, testOf } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const SEARCH_FIELDS = ["ID", "Name", "Sender e-mail", "Reply e-mail", "Return e-mail", "Confirmation e-mail", "Enabled"];

const COLUMNS = [
  ...["ID", "Name", "Sender e-mail", "Reply e-mail", "Return e-mail", "Confirmation mail", "Enabled", "Default"],
  ...["Secure connection", "Uses config", "Read Conf", "Footer"],
];

const TEXT_FIELDS = [
  ...["Account Name", "Sender e-mail", "Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail", "Host SMTP"],
  "Port",
];

const QUESTIONS = [
  ...["Enabled", "Default account", "Send Read Receipt", "Force settings use", "Enable footnote"],
  ...["Use safe connection?", "Ignore certificate error", "User Authentication", "Use Network Connector"],
];

const CHOICES = ["Credential for Authentication", "Network Connector"];

const whole = (words: string) => new RegExp(`^${words.replace(/[?().]/g, "\\$&")}$`, "i");

async function openMore(page: Page) {
  await page.getByText("More", { exact: true }).click();
}

test("the report has every search field", phone, async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  await expect(page.getByRole("textbox", { name: whole("Return e-mail") })).toBeHidden();
  await openMore(page);
  for (const label of SEARCH_FIELDS) {
    const role = label === "Enabled" ? "combobox" : "textbox";
    await expect(page.getByRole("search").getByRole(role, { name: whole(label) }), label).toBeVisible();
  }
  await expect(page.getByRole("combobox", { name: "Enabled" }).getByRole("option")).toHaveText(["Any", "Yes", "No"]);
});

test("the report has every column, New, Edit and Test setting", async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  for (const label of COLUMNS) {
    await expect(page.getByRole("columnheader").getByRole("button", { name: whole(label) }), label).toBeVisible();
  }
  await expect(page.getByRole("columnheader", { name: whole("Last test") })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: whole("Actions") })).toBeVisible();
  await expect(page.getByRole("link", { name: whole("New") })).toBeVisible();
  await expect(page.getByRole("link", { name: /^edit/i })).toHaveText(/^edit$/i);
  await expect(page.getByRole("link", { name: /^test setting/i })).toHaveText(/^test setting$/i);
  await expect(page.getByRole("heading", { name: "SMTP configuration" })).toBeVisible();
});

test("on a phone each value of the report stands beside its label", phone, async ({ page, api }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await api.create();
  await open(page, REPORT);
  const labels = await page
    .getByRole("cell")
    .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, "::before").content));
  for (const label of COLUMNS.filter((label) => !["ID", "Name"].includes(label))) {
    expect(labels.some((content) => content.toLowerCase().includes(`"${label.toLowerCase()}"`)), label).toBe(true);
  }
  await expect(page.getByRole("link", { name: /^edit/i })).toBeVisible();
  await expect(page.getByRole("link", { name: /^test setting/i })).toBeVisible();
});

test("the settings window has every field", phone, async ({ page }) => {
  await open(page, NEW);
  for (const label of TEXT_FIELDS) {
    await expect(page.getByRole("textbox", { name: whole(label) }), label).toBeVisible();
  }
  for (const label of QUESTIONS) {
    const question = page.getByRole("radiogroup", { name: whole(label) });
    await expect(question, label).toBeVisible();
    await expect(question.getByRole("radio"), label).toHaveCount(2);
    await expect(question.getByRole("radio", { name: "Yes" }), label).toHaveCount(1);
    await expect(question.getByRole("radio", { name: "No" }), label).toHaveCount(1);
  }
  const type = page.getByRole("radiogroup", { name: whole("Secure connection type") });
  await expect(type.getByRole("radio", { name: /^TLS/ })).toHaveCount(1);
  await expect(type.getByRole("radio", { name: /^SSL/ })).toHaveCount(1);
  for (const label of CHOICES) {
    await expect(page.getByRole("combobox", { name: whole(label) }), label).toBeVisible();
  }
  await expect(page.getByText("SMTP server settings")).toBeVisible();
});

test("the test window has its fields, prefilled", phone, async ({ page, api }) => {
  const { id } = await api.create();
  await open(page, testOf(id));
  await expect(page.getByText("Test Email - Account")).toBeVisible();
  const expected = { "Send to": "ops@nordhavn.example", Subject: "TEST MESSAGE!" };
  for (const [label, value] of Object.entries({ ...expected, Message: "ATTENTION: THIS IS A TEST MESSAGE!" })) {
    await expect(page.getByRole("textbox", { name: whole(label) }), label).toHaveValue(value);
  }
});

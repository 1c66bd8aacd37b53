// The form "SMTP server settings": its fields, how a person fills them in, and what they show.
import { type Page, expect } from "@playwright/test";

import type { Draft } from "./api.ts";
import { answer, field, question } from "./pages.ts";

export const TEXTS = {
  name: "Account name",
  sender: "Sender e-mail",
  reply: "Reply e-mail",
  return_path: "Reply e-mail (Return-Path)",
  confirmation: "Confirmation mail",
  host: "Host SMTP",
  port: "Port",
  time_limit: "Time limit",
} as const;

/** Texts that apply to one answer of "Trusted certificates" alone. */
export const TRUSTED = { pin: "Certificate’s fingerprint", ca: "CA’s certificate" } as const;

export const CHOICES = {
  credential: "Credential for authentication",
  mechanism: "Mechanism",
  connector: "Network connector",
} as const;

export const QUESTIONS = {
  enabled: "Enabled",
  default: "Default account",
  force_settings: "Force settings use",
  read_receipt: "Send read receipt",
  footer: "Enable footnote",
  safe_connection: "Use safe connection?",
  ignore_certificate: "Ignore certificate error",
  authentication: "User authentication",
  use_connector: "Use network connector",
} as const;

const TRUST = { Machine: "Those of the machine", Certificate: "This certificate", Ca: "This CA" } as const;

/** The radio buttons under "Trusted certificates". */
export const trust = (page: Page) => page.getByRole("radiogroup", { name: "Trusted certificates" });

export const keys = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

export async function fill(page: Page, answers: Partial<Draft>) {
  for (const key of keys(TEXTS)) {
    if (answers[key] !== undefined) {
      await field(page, TEXTS[key]).fill(answers[key]);
    }
  }
  for (const key of keys(QUESTIONS)) {
    if (answers[key] !== undefined) {
      await answer(page, QUESTIONS[key], answers[key]);
    }
  }
  if (answers.tls_type) {
    await page.getByRole("radiogroup", { name: "Secure connection type" }).getByText(answers.tls_type).first().click();
  }
  // What comes below applies after one of the answers above alone.
  if (answers.trust && (await trust(page).getByRole("radio").first().isEnabled())) {
    await trust(page).getByRole("radio", { name: new RegExp(`^${TRUST[answers.trust]}`) }).check();
  }
  for (const key of keys(TRUSTED)) {
    if (answers[key]) {
      await field(page, TRUSTED[key]).fill(answers[key]);
    }
  }
  for (const key of keys(CHOICES)) {
    if (answers[key] && (await field(page, CHOICES[key]).isEnabled())) {
      await field(page, CHOICES[key]).selectOption(answers[key]);
    }
  }
}

export async function expectShown(page: Page, answers: Draft) {
  for (const key of keys(TEXTS)) {
    await expect(field(page, TEXTS[key]), key).toHaveValue(answers[key]);
  }
  for (const key of keys(QUESTIONS)) {
    await expect(question(page, QUESTIONS[key]).getByRole("radio", { name: answers[key] }), key).toBeChecked();
  }
  const type = page.getByRole("radiogroup", { name: "Secure connection type" });
  await expect(type.getByRole("radio", { name: new RegExp(`^${answers.tls_type}`) })).toBeChecked();
  await expect(trust(page).getByRole("radio", { name: new RegExp(`^${TRUST[answers.trust]}`) })).toBeChecked();
  for (const key of keys(TRUSTED)) {
    await expect(field(page, TRUSTED[key]), key).toHaveValue(answers[key]);
  }
  for (const key of keys(CHOICES)) {
    await expect(field(page, CHOICES[key]), key).toHaveValue(answers[key]);
  }
}

/** Answers that differ from the form's beginning in every field. */
export const OTHER: Draft = {
  name: "Südhafen Straße · Καλημέρα",
  enabled: "No",
  default: "No",
  sender: "südhafen@straße.example",
  reply: "answers+tag@sud.example",
  return_path: "bounces@sud.example",
  confirmation: "receipts@sud.example",
  force_settings: "Yes",
  read_receipt: "Yes",
  footer: "Yes",
  host: "smtp.südhafen.example",
  port: "2525",
  safe_connection: "Yes",
  tls_type: "SSL",
  ignore_certificate: "Yes",
  trust: "Machine",
  pin: "",
  ca: "",
  authentication: "No",
  credential: "",
  mechanism: "Auto",
  use_connector: "No",
  connector: "",
  time_limit: "90",
};

// The pages of credentials and of network connectors: their fields, and how a person fills them in.
import { type Locator, type Page, expect } from "@playwright/test";

import type { Connector, Credential } from "./api.ts";
import { keys } from "./form.ts";
import { CONNECTORS, CREDENTIALS, answer, field, question } from "./pages.ts";

export const NEW_CREDENTIAL = `${CREDENTIALS}/new`;
export const NEW_CONNECTOR = `${CONNECTORS}/new`;
export const editCredential = (id: number, list = "") => `${CREDENTIALS}/${id}/edit${list}`;
export const deleteCredential = (id: number) => `${CREDENTIALS}/${id}/delete`;
export const editConnector = (id: number, list = "") => `${CONNECTORS}/${id}/edit${list}`;
export const deleteConnector = (id: number) => `${CONNECTORS}/${id}/delete`;
export const checkOf = (id: number) => `${CONNECTORS}/${id}/check`;

const CREDENTIAL_TEXTS = {
  name: "Credential name",
  user_name: "User name",
  hosts: "Hosts",
  ports: "Ports",
  certificates: "Own certificates",
} as const;

const CREDENTIAL_QUESTIONS = {
  direct: "Without a network connector",
  verified_only: "Only over verified TLS",
  plain_in_clear: "Allow PLAIN and LOGIN in clear text",
} as const;

export const secretField = (page: Page) => field(page, "Password or other secret");
export const referenceField = (page: Page) => field(page, "Where the secret is");
export const pastedField = (page: Page) => page.getByRole("radiogroup", { name: "Characters that were pasted along" });
/** Says what becomes of characters that were pasted along: by the words of the form. */
export const decidePasted = (page: Page, label: string) => pastedField(page).getByRole("radio", { name: new RegExp(`^${label}`) }).check();
const fates = (page: Page) => page.getByRole("radiogroup", { name: "What becomes of the secret" });
export const fate = (page: Page, label: string) => fates(page).getByRole("radio", { name: new RegExp(`^${label}`) });

/** Says what is to become of the secret: by the words of the form. */
export const decide = (page: Page, label: string) => fate(page, label).check();

export async function fillCredential(page: Page, answers: Partial<Credential>) {
  for (const key of keys(CREDENTIAL_TEXTS)) {
    if (answers[key] !== undefined) {
      await field(page, CREDENTIAL_TEXTS[key]).fill(answers[key]);
    }
  }
  for (const key of keys(CREDENTIAL_QUESTIONS)) {
    const applies = question(page, CREDENTIAL_QUESTIONS[key]).getByRole("radio").first();
    if (answers[key] !== undefined && (await applies.isEnabled())) {
      await answer(page, CREDENTIAL_QUESTIONS[key], answers[key]);
    }
  }
}

export async function expectCredential(page: Page, answers: Credential) {
  for (const key of keys(CREDENTIAL_TEXTS)) {
    await expect(field(page, CREDENTIAL_TEXTS[key]), key).toHaveValue(answers[key]);
  }
  for (const key of keys(CREDENTIAL_QUESTIONS)) {
    await expect(question(page, CREDENTIAL_QUESTIONS[key]).getByRole("radio", { name: answers[key] }), key).toBeChecked();
  }
}

const CONNECTOR_TEXTS = { name: "Connector name", host: "Proxy host", port: "Port" } as const;
const KINDS = { Socks5: "SOCKS5", HttpConnect: "HTTP CONNECT" } as const;

const kinds = (page: Page) => page.getByRole("radiogroup", { name: "Kind" });

export async function fillConnector(page: Page, answers: Partial<Connector>) {
  for (const key of keys(CONNECTOR_TEXTS)) {
    if (answers[key] !== undefined) {
      await field(page, CONNECTOR_TEXTS[key]).fill(answers[key]);
      // Its message stands before anything else is pressed.
      await field(page, CONNECTOR_TEXTS[key]).blur();
    }
  }
  if (answers.kind) {
    await kinds(page).getByText(KINDS[answers.kind]).first().click();
  }
  if (answers.resolves_names) {
    await answer(page, "Resolves names itself", answers.resolves_names);
  }
  if (answers.authentication) {
    await answer(page, "Proxy authentication", answers.authentication);
  }
  if (answers.credential) {
    await field(page, "Credential").selectOption(answers.credential);
  }
}

export async function expectConnector(page: Page, answers: Connector) {
  for (const key of keys(CONNECTOR_TEXTS)) {
    await expect(field(page, CONNECTOR_TEXTS[key]), key).toHaveValue(answers[key]);
  }
  await expect(kinds(page).getByRole("radio", { name: new RegExp(`^${KINDS[answers.kind]}`) })).toBeChecked();
  await expect(question(page, "Resolves names itself").getByRole("radio", { name: answers.resolves_names })).toBeChecked();
  await expect(question(page, "Proxy authentication").getByRole("radio", { name: answers.authentication })).toBeChecked();
  await expect(field(page, "Credential")).toHaveValue(answers.credential);
}

/** The page's own link of this name, and not one of the menus. */
export const link = (page: Page | Locator, name: string) => page.getByRole("main").getByRole("link", { name, exact: true });

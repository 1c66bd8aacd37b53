// The window "Test Email - Account".
import type { Page } from "@playwright/test";

import type { Api, Draft } from "./api.ts";
import { field, open, testOf } from "./pages.ts";

export { test } from "./network.ts";

export const win = (page: Page) => page.getByRole("dialog");
export const heading = (page: Page, name: string | RegExp) => win(page).getByRole("heading", { name });
export const message = (page: Page) => win(page).getByRole("textbox", { name: "Message" });
export const send = (page: Page) => win(page).getByRole("button", { name: "Send test" });
export const stages = (page: Page) => win(page).getByRole("list", { name: "Stages" }).getByRole("listitem");
export const talk = (page: Page) => win(page).locator(".transcript");

/** Opens the window of a new account, fills it in and sends. */
export async function sendTest(page: Page, api: Api, account: Partial<Draft>, subject: string, body = "Is this read?") {
  const { id } = await api.create(account);
  await open(page, testOf(id));
  await field(page, "Send to").fill("to@example.test");
  await field(page, "Subject").fill(subject);
  await message(page).fill(body);
  await send(page).click();
  return id;
}

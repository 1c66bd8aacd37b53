// The pages' addresses, and how one comes to them.
import { type Locator, type Page, expect } from "@playwright/test";

export const REPORT = "/settings/email/smtp";
export const NEW = `${REPORT}/new`;
export const PRINT = `${REPORT}/print`;
export const CREDENTIALS = "/settings/email/credentials";
export const CONNECTORS = "/settings/email/connectors";
export const SCHEDULES = "/settings/email/schedules";
export const CHANGE = `${REPORT}/change`;
export const FOOTER = "/settings/email/footer";
export const EXPLAIN = "/settings/email/explain";
export const PASSWORD = "/settings/password";
export const edit = (id: number, list = "") => `${REPORT}/${id}/edit${list}`;
export const testOf = (id: number, list = "") => `${REPORT}/${id}/test${list}`;

/** Opens a page, and waits until WebAssembly has taken it over. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await started(page);
}

export async function started(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

/** Counts the print dialogues instead of opening them. */
export async function stubPrint(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.print = () => {
      const { dataset } = document.documentElement;
      dataset.printed = String(Number(dataset.printed ?? 0) + 1);
    };
  });
}

/** Keeps WebAssembly from arriving until the answer is called. */
export async function holdWasm(page: Page): Promise<() => void> {
  let start = () => {};
  const held = new Promise<void>((resolve) => (start = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  return start;
}

/** The two answers of a Yes/No question. */
export const question = (page: Page | Locator, name: string) => page.getByRole("radiogroup", { name, exact: true });

/** Answers it as a person does: by pressing the word. */
export async function answer(page: Page | Locator, name: string, choice: string): Promise<void> {
  await question(page, name).getByText(choice, { exact: true }).click();
}

export const field = (page: Page | Locator, label: string) => page.getByLabel(label, { exact: true });

/** A field of the report's search. */
export const filter = (page: Page, label: string) => page.getByRole("search").getByLabel(label, { exact: true });

/** The message beside a field, as it is described to a screen reader. */
export async function expectError(control: Locator, message: string | RegExp): Promise<void> {
  await expect(control).toHaveAttribute("aria-invalid", "true");
  await expect(control).toHaveAccessibleDescription(message);
}

/** The rows' names, in their order. */
export const names = (page: Page) => page.getByRole("rowheader").getByRole("link");

/** The row of an account. */
export const row = (page: Page, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader").getByRole("link", { name, exact: true }) });

/** Goes on with the Tab key until this has the focus. */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let n = 0; n < 80; n++) {
    if (await control.evaluate((element) => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  await expect(control).toBeFocused();
}

export const summary = (page: Page) => page.getByRole("alert");

/** The line that says how many there are. */
export const count = (page: Page, list = "Report") =>
  page.getByRole("region", { name: list, exact: true }).locator(".list-state").getByRole("status");

export const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true });

/** What was done last, told at the foot of the page. */
export const toast = (page: Page) => page.locator(".toasts");

/** The report's active filters. */
export const chips = (page: Page) => page.getByRole("link", { name: /^Remove filter: / });

export const more = (page: Page) => page.locator("summary", { hasText: "More" });

/** A head of the report's table. */
export const head = (page: Page, name: string) => page.getByRole("columnheader", { name, exact: true });

// What a page has copied.
import type { Page } from "@playwright/test";

/** Pasted into a page beside it: the pages themselves may not read the clipboard. */
export async function clipboardText(page: Page): Promise<string> {
  const beside = await page.context().newPage();
  await beside.setContent("<textarea></textarea>");
  const field = beside.locator("textarea");
  await field.focus();
  await field.press("ControlOrMeta+V");
  const text = await field.inputValue();
  await beside.close();
  await page.bringToFront();
  return text;
}

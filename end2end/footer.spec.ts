// The message footer: two texts, and a preview that runs nothing.
import type { Page } from "@playwright/test";

import { FOOTER, REPORT, expectError, field, open, save, started, summary, toast } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const preview = (page: Page) => page.frameLocator('iframe[title="Preview of the message footer"]');

test("both texts are saved and shown again, and previewed as they are saved", phone, async ({ page }) => {
  await open(page, FOOTER);
  await expect(preview(page).getByText("No plain text.")).toBeVisible();
  await field(page, "Plain text").fill("Nordhavn A/S\nHavnegade 1 · København");
  await field(page, "HTML").fill('<p style="color: green">Nordhavn <b>A/S</b></p>');
  await save(page).click();
  await expect(toast(page)).toContainText("The message footer is saved.");
  await expect(page).toHaveURL(FOOTER);
  await started(page);
  await expect(field(page, "Plain text")).toHaveValue("Nordhavn A/S\nHavnegade 1 · København");
  await expect(field(page, "HTML")).toHaveValue('<p style="color: green">Nordhavn <b>A/S</b></p>');
  await expect(preview(page).locator("pre")).toHaveText("Nordhavn A/S\nHavnegade 1 · København");
  await expect(preview(page).locator("b")).toHaveText("A/S");
  await expect(preview(page).locator("p", { hasText: "Nordhavn" })).toHaveCSS("color", "rgb(0, 128, 0)");
});

test("what is typed is previewed before it is saved, and nothing is asked or lost by that", phone, async ({ page }) => {
  await open(page, FOOTER);
  await field(page, "HTML").fill("<i>Not saved yet</i>");
  await page.getByRole("button", { name: "Preview what is typed" }).click();
  await expect(preview(page).locator("i")).toHaveText("Not saved yet");
  await expect(page).toHaveURL(FOOTER);
  await expect(field(page, "HTML")).toHaveValue("<i>Not saved yet</i>");
  await expect(save(page)).toBeEnabled();
  await page.reload();
  await started(page);
  await expect(field(page, "HTML")).toHaveValue("");
});

test("the preview runs no script and loads nothing from elsewhere", async ({ page, watch }) => {
  watch.allow(/sandboxed/i, /Content Security Policy/i);
  watch.dialogsOf(page);
  await open(page, FOOTER);
  await field(page, "HTML").fill(
    '<script>top.document.title = "x"</script><img src="https://127.0.0.2:9/x.png" onerror="alert(1)"><b>shown</b>',
  );
  const blocked = page.waitForEvent("requestfailed", (request) => request.url() === "https://127.0.0.2:9/x.png");
  await page.getByRole("button", { name: "Preview what is typed" }).click();
  expect((await blocked).failure()?.errorText, "the policy stopped it").toMatch(/csp|BLOCKED/i);
  await expect(preview(page).locator("b")).toHaveText("shown");
  await expect(page).toHaveTitle("Message footer · Posthouse");
});

test("a footer that is too long is refused beside the field, and nothing is lost", async ({ page }) => {
  await open(page, FOOTER);
  await field(page, "Plain text").fill("x".repeat(10_001));
  await field(page, "HTML").fill("<b>kept</b>");
  await save(page).click();
  await started(page);
  await expect(page).toHaveTitle("Error: Message footer · Posthouse");
  await expect(summary(page)).toBeFocused();
  await expectError(field(page, "Plain text"), /Plain text has 10001 characters\. Use at most 10000\./);
  await expect(field(page, "HTML")).toHaveValue("<b>kept</b>");
});

test("leaving with unsaved changes asks first", async ({ page }) => {
  await open(page, FOOTER);
  await field(page, "Plain text").fill("Nordhavn");
  await expect(page.getByText("1 change, not saved")).toBeVisible();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay" }).click();
  await expect(field(page, "Plain text")).toHaveValue("Nordhavn");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave without saving" }).click();
  await expect(page).toHaveURL(REPORT);
});

test("a footer that someone else saved meanwhile is not overwritten, and what was typed stays", async ({ page, api }) => {
  await open(page, FOOTER);
  await field(page, "Plain text").fill("Mine");
  const version = await page.locator('input[name="draft[version]"]').inputValue();
  const theirs = await api.post("save_footer", { "draft[text]": "Theirs", "draft[html]": "", "draft[version]": version });
  expect(theirs.status).toBeLessThan(400);
  await save(page).click();
  await started(page);
  await expect(summary(page)).toBeVisible();
  await expect(summary(page).getByRole("heading")).toHaveText("Not saved: someone else saved this meanwhile");
  await expect(summary(page).getByRole("row", { name: /^Plain text/ }).getByRole("cell")).toHaveText(["Mine", "Theirs"]);
  await expect(field(page, "Plain text")).toHaveValue("Mine");
  await expect(preview(page).getByText("Theirs")).toBeVisible();
  await save(page).click();
  await started(page);
  await expect(toast(page)).toContainText("The message footer is saved.");
  await expect(preview(page).getByText("Mine")).toBeVisible();
});

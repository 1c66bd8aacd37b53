// One's own password: changed on a page of its own, with and without WebAssembly.
import { ADMIN } from "./support/office.ts";
import { PASSWORD, REPORT, expectError, field, open, started, summary, toast } from "./support/pages.ts";
import { NOBODY, expect, phone, test } from "./support/test.ts";

const NEW_PASSWORD = "another long password";

const change = "Change password";

test("a new password leaves this browser signed in, and ends every other session", phone, async ({ page, office, visit }) => {
  const answer = await office.api().post("sign_in", ADMIN);
  const other = answer.headers.get("set-cookie")?.match(/posthouse=([^;]+)/)?.[1] ?? "";
  expect((await office.api(other).ask("load_preferences", {})).status).toBe(200);
  await open(page, REPORT);
  await page.locator(`summary[aria-label="${ADMIN.email}"]`).click();
  await page.getByRole("link", { name: change }).click();
  await expect(page).toHaveURL(PASSWORD);
  await expect(page).toHaveTitle("Change password · Posthouse");
  await expect(field(page, "Current password")).toHaveAttribute("autocomplete", "current-password");
  await expect(field(page, "New password")).toHaveAttribute("autocomplete", "new-password");
  await field(page, "Current password").fill(ADMIN.password);
  await field(page, "New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Show new password" }).click();
  await expect(field(page, "New password")).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: change }).click();
  await expect(toast(page)).toContainText("Your password is changed. You are signed out everywhere else.");
  await expect(page).toHaveURL(PASSWORD);
  await started(page);
  await expect(field(page, "New password")).toHaveValue("");
  await open(page, REPORT);
  await expect(page).toHaveURL(REPORT);
  expect((await office.api(other).ask("load_preferences", {})).status).toBe(401);

  const late = await visit({ storageState: NOBODY });
  await open(late, "/sign-in");
  await field(late, "E-mail").fill(ADMIN.email);
  await field(late, "Password").fill(ADMIN.password);
  await late.getByRole("button", { name: "Sign in" }).click();
  await expect(summary(late)).toContainText("E-mail or password is wrong");
  await field(late, "Password").fill(NEW_PASSWORD);
  await late.getByRole("button", { name: "Sign in" }).click();
  await expect(late).toHaveURL(REPORT);
});

test("what is wrong is said beside its field, and no password comes back", async ({ page }) => {
  await open(page, PASSWORD);
  await field(page, "New password").fill("short");
  await page.getByRole("button", { name: change }).click();
  await expect(page).toHaveTitle("Error: Change password · Posthouse");
  await started(page);
  await expect(summary(page)).toBeFocused();
  await expect(summary(page).getByRole("heading")).toHaveText("Not changed: two answers need a change");
  await expectError(field(page, "Current password"), /Enter your current password\./);
  await expectError(field(page, "New password"), /The password has 5 characters\. Use 12 to 128\./);
  await expect(field(page, "New password")).toHaveValue("");

  await field(page, "Current password").fill("not the right words");
  await field(page, "New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: change }).click();
  await started(page);
  await expectError(field(page, "Current password"), /This is not your current password\. Enter it again\./);
  await expect(field(page, "Current password")).toHaveValue("");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the password is changed as well", phone, async ({ page, office }) => {
    await page.goto(PASSWORD);
    await field(page, "Current password").fill("not the right words");
    await field(page, "New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: change }).click();
    await expectError(field(page, "Current password"), /This is not your current password\./);
    await field(page, "Current password").fill(ADMIN.password);
    await field(page, "New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: change }).click();
    await expect(page.getByText("Your password is changed.")).toBeVisible();
    expect((await office.api().post("sign_in", ADMIN)).status).toBe(403);
  });
});

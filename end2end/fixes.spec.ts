// What a failed test offers to change by itself: one press makes the change and tests again.
import { edit, field, open, testOf } from "./support/pages.ts";
import { heading, send, sendTest, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

const STARTTLS = /^Use STARTTLS on port \d+ and test again$/;

test("a port that speaks clear text is tested with STARTTLS by one press", phone, async ({ page, api, serve }) => {
  const server = await serve();
  const id = await sendTest(page, api, { ...server.account, safe_connection: "Yes", tls_type: "SSL" }, "One press");
  await expect(heading(page, "Failed at TLS: the port speaks clear text")).toBeVisible();
  await win(page).getByRole("button", { name: STARTTLS }).click();
  // This server offers no STARTTLS either; but the way is another one now, and is saved.
  await expect(heading(page, "Failed at TLS: the server does not offer STARTTLS here")).toBeVisible();
  await expect(page).toHaveURL(/\/tests\/2$/);
  await open(page, edit(id));
  await expect(page.getByRole("radio", { name: /^TLS/ })).toBeChecked();
  await expect(field(page, "Port")).toHaveValue(String(server.port));
});

test("on the form the change is made on the screen, and nothing is saved", phone, async ({ page, api, serve }) => {
  const server = await serve({ says: { mail: "530 5.7.0 Must issue a STARTTLS command first" } });
  const { id } = await api.create({ ...server.account });
  await open(page, edit(id));
  await page.getByRole("link", { name: "Test setting" }).click();
  await send(page).click();
  await expect(heading(page, "Failed at MAIL: the server wants the connection to be encrypted first")).toBeVisible();
  await win(page).getByRole("button", { name: STARTTLS }).click();
  await expect(heading(page, /^Failed at (TCP|TLS)/), "the usual port is another one").toBeVisible();
  await win(page).getByRole("button", { name: "Back to the form" }).click();
  await expect(page.getByText(/changes?, not saved/)).toBeAttached();
  await expect(page.getByRole("radio", { name: "Yes" }).and(page.locator("[name='draft[safe_connection]']"))).toBeChecked();
});

test("a change that was made meanwhile is not overwritten", async ({ page, api, serve }) => {
  const server = await serve();
  const saved = await api.create({ ...server.account, safe_connection: "Yes", tls_type: "SSL" });
  await open(page, testOf(saved.id));
  await send(page).click();
  await expect(heading(page, "Failed at TLS: the port speaks clear text")).toBeVisible();
  await api.update(saved, { ...server.account, safe_connection: "Yes", tls_type: "SSL", port: "1" });
  await win(page).getByRole("button", { name: STARTTLS }).click();
  await expect(win(page)).toContainText("The account was pointed elsewhere since this test.");
});

// The account's form tests what stands on the screen, saved or not.
import { fill } from "./support/form.ts";
import { NEW, REPORT, edit, field, open, row, summary } from "./support/pages.ts";
import { heading, send, talk, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

const opener = "Test setting";

test("what was typed is tested, and nothing is saved", phone, async ({ page, api, serve }) => {
  const server = await serve();
  const { id } = await api.create({ host: "mail.nowhere.example", safe_connection: "No" });
  await open(page, edit(id));
  await field(page, "Host SMTP").fill("127.0.0.1");
  await field(page, "Port").fill(String(server.port));
  await field(page, "Sender e-mail").fill("typed@nordhavn.example");
  await page.getByRole("link", { name: opener }).click();
  await expect(win(page)).toContainText("Settings on the screen: 127.0.0.1");
  expect(await win(page).evaluate((dialog) => dialog.matches(":modal"))).toBe(true);
  await field(page, "Send to").fill("to@example.test");
  await send(page).click();
  await expect(heading(page, "The server accepted the message")).toBeVisible();
  await expect(win(page)).toContainText(`Settings on the screen, not saved: 127.0.0.1:${server.port} in clear text`);
  expect(server.received[0]?.data).toContain("From: typed@nordhavn.example");
  await win(page).getByRole("button", { name: "Back to the form" }).click();
  await expect(win(page)).toHaveCount(0);
  await expect(field(page, "Host SMTP")).toHaveValue("127.0.0.1");
  await expect(page.getByText("3 changes, not saved")).toBeAttached();
  await expect(page).toHaveURL(edit(id));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page).toHaveURL(REPORT);
  await expect(row(page, "Nordhavn billing"), "what is saved was not tested").toContainText("Never tested");
});

test("a new account is tested before it is saved, and before it has a name", async ({ page, serve }) => {
  const server = await serve({ holds: "rcpt" });
  await open(page, NEW);
  const addresses = { sender: "a@nordhavn.example", reply: "b@nordhavn.example", return_path: "c@nordhavn.example" };
  await fill(page, { ...addresses, confirmation: "d@nordhavn.example", ...server.account, authentication: "No" });
  await page.getByRole("button", { name: opener }).click();
  await expect(heading(page, "New account")).toBeVisible();
  await send(page).click();
  await expect(heading(page, "Naming the recipient")).toBeVisible();
  await expect(talk(page)).toContainText("RCPT TO:");
  await win(page).getByRole("button", { name: "Cancel test" }).click();
  await expect(heading(page, "Cancelled")).toBeVisible();
  await win(page).getByRole("button", { name: "Test again" }).click();
  server.letGo();
  await send(page).click();
  await expect(heading(page, "The server accepted the message")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(win(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: opener })).toBeFocused();
});

test("an answer that is wrong is told in the form, and no window opens", phone, async ({ page, api }) => {
  const { id } = await api.create();
  await open(page, edit(id));
  await field(page, "Host SMTP").fill("");
  await page.getByRole("link", { name: opener }).click();
  await expect(summary(page)).toContainText("Enter a host name or IP address.");
  await expect(win(page)).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("what is saved is tested", async ({ page, api }) => {
    const { id } = await api.create();
    await page.goto(edit(id));
    await page.getByRole("link", { name: opener }).click();
    await expect(win(page)).toContainText("Saved settings: smtp.nordhavn.example:587");
  });
});

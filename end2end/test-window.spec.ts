// The window "Test Email - Account": how it opens and closes, what it checks, and what it says while a test runs.
import type { Page } from "@playwright/test";

import { REPORT, expectError, field, names, open, row, started, summary, testOf } from "./support/pages.ts";
import { heading, message, send, sendTest, stages, talk, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

test.describe("the window", () => {
  test("is a dialog over the list, and gives the focus back to what opened it", async ({ page, api, serve }) => {
    const server = await serve();
    await api.createAll([{ name: "First", ...server.account }, { name: "Second" }]);
    await open(page, `${REPORT}?sort=-name`);
    const opener = page.getByRole("link", { name: "Test setting First" });
    const ways: (() => Promise<void>)[] = [
      () => page.keyboard.press("Escape"),
      () => win(page).getByRole("link", { name: "Close" }).click(),
      () => win(page).getByRole("link", { name: "Cancel" }).click(),
    ];
    for (const close of ways) {
      await opener.click();
      await expect(page).toHaveURL(testOf(1, "?sort=-name"));
      await expect(page).toHaveTitle("First: Test Email - Account · Posthouse");
      await expect(win(page)).toBeVisible();
      expect(await win(page).evaluate((dialog) => dialog.matches(":modal"))).toBe(true);
      expect(await win(page).evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true);
      await page.locator("#f-name").focus();
      await expect(page.locator("#f-name"), "what is behind it is out of reach").not.toBeFocused();
      await close();
      await expect(win(page)).toHaveCount(0);
      await expect(page).toHaveURL(`${REPORT}?sort=-name`);
      await expect(page).toHaveTitle("SMTP configuration · Posthouse");
      await expect(names(page)).toHaveText(["Second", "First"]);
      await expect(opener).toBeFocused();
    }
    await opener.click();
    await page.goBack();
    await expect(win(page)).toHaveCount(0);
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
  });

  test("by the keyboard alone: opened, sent and closed", async ({ page, api, serve }) => {
    const server = await serve();
    await api.create({ name: "First", ...server.account });
    await open(page, REPORT);
    await page.getByRole("link", { name: "Test setting First" }).focus();
    await page.keyboard.press("Enter");
    await expect(field(page, "Send to")).toBeVisible();
    await field(page, "Subject").press("Enter");
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(REPORT);
    await expect(row(page, "First").getByRole("link", { name: "Accepted" })).toBeVisible();
  });

  test("is a page of its own where there is no room for a dialog", phone, async ({ page, api, serve }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    const server = await serve();
    await api.create({ name: "First", ...server.account });
    await open(page, REPORT);
    await page.getByRole("link", { name: "Test setting First" }).click();
    await expect(win(page)).toBeVisible();
    expect(await win(page).evaluate((dialog) => dialog.matches(":modal"))).toBe(false);
    await expect(page.getByRole("heading", { name: "SMTP configuration" })).toBeHidden();
    await expect(page.getByRole("banner"), "the bar stays").toBeVisible();
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(page).toHaveURL(REPORT);
    await expect(row(page, "First").getByRole("link", { name: "Accepted" })).toBeVisible();
  });

  test("opened by its address is the same window", async ({ page, api }) => {
    await api.create({ name: "First" });
    await open(page, testOf(1));
    await expect(win(page)).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(REPORT);
    await expect(names(page)).toHaveText(["First"]);
  });

  test("shows the stages that will come, in their order", async ({ page, api }) => {
    await api.createAll([{ name: "STARTTLS" }, { name: "SSL", tls_type: "SSL" }, { name: "Clear", safe_connection: "No" }]);
    const begin = ["Settings", "Connector", "DNS", "TCP"];
    const end = ["AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    await open(page, testOf(1));
    await expect(stages(page)).toHaveText([...begin, "Greeting", "EHLO", "TLS", "EHLO again", ...end]);
    await expect(win(page)).toContainText("smtp.nordhavn.example:587 with STARTTLS");
    await open(page, testOf(2));
    await expect(stages(page)).toHaveText([...begin, "TLS", "Greeting", "EHLO", ...end]);
    await expect(win(page)).toContainText("smtp.nordhavn.example:465 with implicit TLS");
    await open(page, testOf(3));
    await expect(win(page)).toContainText("smtp.nordhavn.example:25 in clear text");
  });
});

test.describe("what was typed", () => {
  test("is checked when a field is left and when it is sent", phone, async ({ page, api }) => {
    await api.create();
    await open(page, testOf(1));
    await field(page, "Send to").fill("nobody");
    await field(page, "Subject").focus();
    await expectError(field(page, "Send to"), /Send to has no @/);
    await expect(summary(page), "the summary belongs to the button").toHaveCount(0);
    await field(page, "Subject").fill("");
    await message(page).fill(" ");
    await send(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(summary(page).getByRole("link")).toHaveText([
      "Send to has no @. Write it as name@example.org.",
      "Enter a subject.",
      "Enter a message.",
    ]);
    await expect(page).toHaveTitle(/^Error: /);
    await summary(page).getByRole("link", { name: "Enter a subject." }).click();
    await expect(field(page, "Subject")).toBeFocused();
    await field(page, "Subject").fill("Now it has one");
    await expect(field(page, "Subject"), "the message goes as soon as the value is right").not.toHaveAttribute("aria-invalid");
    await expect(field(page, "Send to")).toHaveValue("nobody");
  });

  test("is kept when the server does not answer", async ({ page, api, watch }) => {
    watch.allow(/ERR_FAILED/);
    await page.route("**/api/send_test", (route) => route.abort());
    await sendTest(page, api, {}, "Kept, I hope");
    await expect(summary(page)).toContainText("did not answer");
    await expect(field(page, "Subject")).toHaveValue("Kept, I hope");
    await expect(field(page, "Send to")).toHaveValue("to@example.test");
  });
});

test("line breaks and NUL are refused in what reaches a mail server", async ({ api }) => {
  const { id } = await api.create();
  for (const [name, value] of [
    ["recipient", "to@example.test\r\nRCPT TO:<b@evil.example>"],
    ["recipient", "to@example.test\0"],
    ["subject", "A\r\nBcc: b@evil.example"],
    ["subject", "A\nB"],
    ["subject", "A\0B"],
    ["message", "A\0B"],
  ] as const) {
    const typed = { recipient: "to@example.test", subject: "A", message: "B", [name]: value };
    const form = Object.fromEntries(Object.entries(typed).map(([key, text]) => [`draft[${key}]`, text]));
    const answer = await api.post("send_test", { account: id, ...form });
    expect(answer.status, `${name} ${JSON.stringify(value)}`).toBe(422);
    expect(await answer.text()).toContain(`"field":"${name}"`);
  }
});

test.describe("while it runs", () => {
  const status = (page: Page, text: string) => win(page).getByRole("status").filter({ hasText: text });

  test("each stage and line is shown as it comes", phone, async ({ page, api, serve }) => {
    const server = await serve({ holds: "rcpt" });
    await sendTest(page, api, server.account, "Live");
    await expect(status(page, "Naming the recipient")).toContainText("You can close this window: the test goes on.");
    await expect(status(page, "Naming the recipient")).toContainText(/Stage 10 of 12\./);
    await expect(page).toHaveURL(/\/smtp\/1\/tests\/1$/);
    await expect(stages(page).filter({ hasText: "running" })).toContainText(/RCPT.*\d\.\d s.*At most 60 s/s);
    await expect(stages(page).filter({ hasText: /^MAIL/ })).toContainText("done");
    await expect(stages(page).filter({ hasText: /^DATA/ })).toContainText("not reached");
    await expect(talk(page).getByRole("listitem").last()).toContainText("RCPT TO:<to@example.test>");
    const before = await stages(page).filter({ hasText: "running" }).innerText();
    await expect.poll(() => stages(page).filter({ hasText: "running" }).innerText(), "its time counts").not.toBe(before);
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    expect(server.connections).toBe(1);
    expect(server.received).toHaveLength(1);
  });

  test("who is slow is said after some seconds, and the test goes on", phone, async ({ page, api, serve }) => {
    const server = await serve({ holds: "greeting" });
    await sendTest(page, api, server.account, "Slow");
    const slow = status(page, "Waiting for the greeting");
    await expect(slow).toBeVisible();
    await expect(slow).toContainText(`127.0.0.1:${server.port} has not answered yet`);
    await expect(slow).toContainText("Posthouse goes on waiting: some servers greet late on purpose. “Cancel test” stops it.");
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    await expect(win(page)).not.toContainText("has not answered yet");
  });

  test("a double press sends once", phone, async ({ page, api, serve }) => {
    const server = await serve({ holds: "greeting" });
    let pass = () => {};
    const held = new Promise<void>((resolve) => (pass = resolve));
    await page.route("**/api/send_test", async (route) => {
      await held;
      await route.continue();
    });
    await sendTest(page, api, server.account, "Once");
    const button = win(page).getByRole("button", { name: "Sending" });
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await button.dblclick({ force: true });
    await field(page, "Subject").press("Enter");
    pass();
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    expect(server.connections).toBe(1);
    expect(server.received).toHaveLength(1);
  });

  test("where the server's events do not come through, it is asked instead", async ({ page, api, serve, watch }) => {
    watch.allow(/ERR_FAILED/);
    await page.route("**/events", (route) => route.abort());
    const server = await serve({ holds: "rcpt" });
    await sendTest(page, api, server.account, "Asked for");
    await expect(status(page, "Naming the recipient")).toBeVisible();
    await expect(talk(page).getByRole("listitem").last()).toContainText("RCPT TO:<to@example.test>");
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
  });

  test("the window can be closed: the test goes on, and is there when it is opened again", phone, async ({ page, api, serve }) => {
    const server = await serve({ holds: "rcpt" });
    await sendTest(page, api, server.account, "Goes on");
    await expect(status(page, "Naming the recipient")).toBeVisible();
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(page).toHaveURL(REPORT);
    await page.reload();
    await started(page);
    await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Running" })).toBeVisible();

    await row(page, "Nordhavn billing").getByRole("link", { name: "Test setting" }).click();
    await expect(status(page, "Naming the recipient")).toBeVisible();
    await expect(page).toHaveURL(/\/smtp\/1\/tests\/1$/);
    await open(page, testOf(1));
    await expect(status(page, "Naming the recipient"), "also by its address").toBeVisible();
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    expect(server.received).toHaveLength(1);
  });

  test("two windows show the same test", async ({ page, api, serve, context }) => {
    const server = await serve({ holds: "mail" });
    await sendTest(page, api, server.account, "Shown twice");
    await expect(status(page, "Naming the sender")).toBeVisible();
    const other = await context.newPage();
    await open(other, `${REPORT}/1/tests/1`);
    await expect(status(other, "Naming the sender")).toBeVisible();
    await expect(talk(other)).toContainText("220 mail.example.test ESMTP");
    server.letGo();
    for (const window of [page, other]) {
      await expect(heading(window, "The server accepted the message")).toBeVisible();
    }
  });

  test("it can be cancelled: nothing is sent, and the account is as untested as before", phone, async ({ page, api, serve }) => {
    const server = await serve({ holds: "rcpt" });
    await sendTest(page, api, server.account, "Cancelled");
    await expect(status(page, "Naming the recipient")).toBeVisible();
    await win(page).getByRole("button", { name: "Cancel test" }).click();
    await expect(heading(page, "Cancelled")).toBeVisible();
    await expect(win(page)).toContainText("No message was sent.");
    await expect(stages(page).filter({ hasText: /^RCPT, cancelled/ })).toContainText("Cancelled");
    server.letGo();
    expect(server.received).toHaveLength(0);
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(row(page, "Nordhavn billing")).toContainText("Never tested");
  });

  test("what was handed over cannot be cancelled any more", async ({ page, api, serve, watch }) => {
    watch.allow(/status of 409/);
    const server = await serve({ holds: "dot" });
    await sendTest(page, api, server.account, "Too late");
    await expect(talk(page).getByRole("listitem").last()).toHaveText(/\.$/);
    await expect.poll(() => server.received.length).toBe(1);
    await win(page).getByRole("button", { name: "Cancel test" }).click();
    await expect(heading(page, "Not cancelled")).toBeVisible();
    await expect(win(page)).toContainText("The message has been handed over");
    server.letGo();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
  });
});

test("a test of an account that is gone, and a result that never was, say so", async ({ page, api, watch }) => {
  watch.allow(/status of 404/);
  await api.create();
  for (const path of [testOf(9), `${REPORT}/1/tests/77`]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await started(page);
    await expect(heading(page, "Not found")).toBeVisible();
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(page).toHaveURL(REPORT);
  }
});

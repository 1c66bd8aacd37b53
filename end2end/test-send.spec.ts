// A test send: a real message, and the truth about what came of it.
import type { Draft } from "./support/api.ts";
import { clipboardText } from "./support/clipboard.ts";
import type { Script } from "./support/mail-server.ts";
import { REPORT, field, open, row, testOf } from "./support/pages.ts";
import { delivered, postfix } from "./support/postfix.ts";
import { heading, send, sendTest, stages, talk, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

test.describe("through a real mail server", () => {
  const at = (port: string) => ({ host: "127.0.0.1", port });
  const ways: [string, () => Partial<Draft>, RegExp | undefined][] = [
    ["in clear text", () => ({ ...at(postfix().plain), safe_connection: "No" }), undefined],
    ["by STARTTLS", () => ({ ...at(postfix().plain), ignore_certificate: "Yes" }), /Encrypted from here|TLS 1\.3/],
    ["by implicit TLS", () => ({ ...at(postfix().tls), tls_type: "SSL", ignore_certificate: "Yes" }), /TLS 1\.3/],
  ];

  for (const [way, account, encrypted] of ways) {
    test(`a message arrives ${way}, with everything the account says of it`, phone, async ({ page, api, context }) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await api.post("save_footer", { "draft[text]": "Nordhavn A/S · Havnegade 1", "draft[html]": "<b>Nordhavn A/S</b>", "draft[version]": 0 });
      const subject = `Prøve ${way}: 請求書, Счёт, حساب ${test.info().project.name} ${Date.now()}`;
      const body = "Første linje\n.\n.. to prikker\nПривет, 世界";
      await sendTest(page, api, { ...account(), read_receipt: "Yes", footer: "Yes", return_path: "back@example.test" }, subject, body);
      await expect(heading(page, "The server accepted the message")).toBeVisible();
      await expect(win(page).getByRole("status").filter({ hasText: "accepted the message" })).toContainText("to@example.test");
      if (encrypted) {
        await expect(talk(page)).toContainText(encrypted);
      }
      const queueId = win(page).locator("dl div", { hasText: "Queue ID" }).locator("dd");
      await expect(queueId).toHaveText(/^\s*\S+\s*$/);
      await win(page).getByRole("button", { name: "Copy the queue ID" }).click();
      await expect(win(page).getByRole("button", { name: "Copied the queue ID" })).toBeVisible();
      const copied = await clipboardText(page);
      expect((await queueId.innerText()).trim()).toBe(copied);
      await expect(win(page).locator("dl div", { hasText: "words" })).toContainText(`250 2.0.0 Ok: queued as ${copied}`);

      const mail = await delivered(subject);
      expect(mail.header("From")).toBe("billing@nordhavn.example");
      expect(mail.header("Reply-To")).toBe("answers@nordhavn.example");
      expect(mail.header("Return-Path")).toBe("<back@example.test>");
      expect(mail.header("Disposition-Notification-To")).toBe("receipts@nordhavn.example");
      expect(mail.header("To")).toBe("to@example.test");
      expect(mail.text).toBe(`${body}\n\nNordhavn A/S · Havnegade 1`);
      expect(mail.raw).toContain(copied);
    });
  }

  for (const [type, port] of [["TLS", () => postfix().plain], ["SSL", () => postfix().tls]] as const) {
    test(`a certificate that is not trusted stops the message, with ${type}`, async ({ page, api }) => {
      const subject = `Untrusted ${type} ${Date.now()}`;
      await sendTest(page, api, { ...at(port()), tls_type: type }, subject);
      await expect(heading(page, "Failed at TLS: the certificate is self-signed")).toBeVisible();
      await expect(win(page)).toContainText("Posthouse, by its own rules");
      await expect(win(page).locator("dl div", { hasText: "Message accepted" })).toContainText("No");
      await expect(heading(page, "To fix it")).toBeVisible();
      await expect(stages(page).filter({ hasText: ", failed" })).toContainText("TLS");
      await expect(stages(page).filter({ hasText: /^MAIL/ })).toContainText("not reached");
      await win(page).getByRole("link", { name: "Close" }).click();
      await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Failed at TLS" })).toBeVisible();
    });
  }

  test("a test that stops on purpose checks everything before, and sends nothing", phone, async ({ page, api }) => {
    const { id } = await api.create({ ...at(postfix().plain), ignore_certificate: "Yes" });
    await open(page, testOf(id));
    await field(page, "Send to").fill("to@example.test");
    await field(page, "Stop on purpose").selectOption("After the recipient");
    await send(page).click();
    await expect(heading(page, "Checked, as far as was asked")).toBeVisible();
    await expect(win(page)).toContainText("Everything up to the recipient works. No message was sent, on purpose.");
    await expect(stages(page).filter({ hasText: /^RCPT/ })).toContainText("done");
    await expect(stages(page).filter({ hasText: /^DATA/ })).toContainText("Left out on purpose");
    await expect(talk(page)).toContainText("RCPT TO:<to@example.test>");
    await expect(talk(page)).not.toContainText("DATA");
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Checked" })).toBeVisible();
  });

  test("a recipient that it does not relay to is told in its own words", async ({ page, api }) => {
    const { id } = await api.create({ ...at(postfix().plain), safe_connection: "No" });
    await open(page, testOf(id));
    await field(page, "Send to").fill("someone@elsewhere.example");
    await send(page).click();
    await expect(heading(page, /^Failed at RCPT: /)).toBeVisible();
    await expect(win(page).locator(".evidence-line")).toContainText(/^454|^554/);
  });
});

test.describe("a failure names its stage, the server's words and what to do", () => {
  const cases: [string, Script, RegExp, string?][] = [
    ["greeting", { says: { greeting: "554 5.7.1 No mail from you" } }, /^Failed at Greeting: the server turns this machine away/, "554 5.7.1 No mail from you"],
    ["EHLO", { says: { ehlo: "502 5.5.1 What?" } }, /^Failed at EHLO: /, "502 5.5.1 What?"],
    ["MAIL", { says: { mail: "550 5.1.8 Who are you" } }, /^Failed at MAIL: the DNS does not know the sender's domain/, "550 5.1.8 Who are you"],
    ["RCPT", { says: { rcpt: "550 5.1.1 Nobody here" } }, /^Failed at RCPT: there is no such recipient/, "550 5.1.1 Nobody here"],
    ["DATA", { says: { dot: "554 5.6.0 Spam" } }, /^Failed at DATA: the server does not take what the message says/, "554 5.6.0 Spam"],
    ["another service", { says: { greeting: "SSH-2.0-OpenSSH_9.2" } }, /^Failed at Greeting: another service answers at this port/],
    ["a drop", { drops: "rcpt" }, /^Failed at RCPT: the server ended the connection/],
    ["a line of megabytes", { says: { greeting: `220 ${"x".repeat(5_000_000)}` } }, /^Failed at Greeting: the server sent a line without end/],
    ["a reply of 10,000 lines", { says: { ehlo: `${"250-again\r\n".repeat(10_000)}250 end` } }, /^Failed at EHLO: the server's reply does not end/],
    ["an answer that nobody asked for", { says: { ehlo: "250 mail.example.test\r\n250 2.1.0 Ok" } }, /^Failed at MAIL: an answer that SMTP does not know here/],
  ];
  for (const [what, script, words, proof] of cases) {
    test(`at ${what}`, async ({ page, api, serve }) => {
      const server = await serve(script);
      await sendTest(page, api, server.account, "A failure");
      await expect(heading(page, words)).toBeVisible();
      await expect(heading(page, "To fix it")).toBeVisible();
      if (proof) {
        await expect(win(page).locator(".evidence-line")).toContainText(proof);
        await expect(win(page)).toContainText("The mail server");
        await expect(talk(page)).toContainText(proof);
      }
      const stage = words.source.match(/Failed at (\w+)/)?.[1];
      await expect(stages(page).filter({ hasText: ", failed" })).toContainText(`${stage}, failed`);
    });
  }

  test("with the usual causes where none is certain", phone, async ({ page, api, serve }) => {
    const server = await serve({ says: { rcpt: "451 Not by the moon" } });
    await sendTest(page, api, server.account, "A failure");
    await expect(heading(page, "Failed at RCPT: the server refused; the cause is not known for certain")).toBeVisible();
    await expect(heading(page, "Possible causes")).toBeVisible();
    const first = win(page).getByRole("listitem").filter({ hasText: "(greylisting)" });
    await expect(first).toContainText("The code 451 at RCPT speaks for it.");
    await expect(first.getByRole("button", { name: /Test again in 5 minutes/ })).toBeVisible();
    await expect(heading(page, "If it is none of these")).toBeVisible();
  });

  test("where nothing listens", phone, async ({ page, api, serve }) => {
    const server = await serve();
    const { account } = server;
    await server.stop();
    await sendTest(page, api, account, "A failure").finally(() => server.stop().catch(() => undefined));
    await expect(heading(page, /^Failed at TCP: nothing listens on that port/)).toBeVisible();
  });

  test("where TLS is asked for and not offered, without going on in clear text", async ({ page, api, serve }) => {
    const server = await serve();
    await sendTest(page, api, { ...server.account, safe_connection: "Yes" }, "A failure");
    await expect(heading(page, "Failed at TLS: the server does not offer STARTTLS here")).toBeVisible();
    expect(server.received).toEqual([]);
  });
});

test("commands slipped in before the encryption end the test, and nothing is sent", phone, async ({ page, api, serve }) => {
  const server = await serve({ says: { starttls: "220 Ready\r\n250 2.1.0 Ok" } });
  await sendTest(page, api, { ...server.account, safe_connection: "Yes" }, "Slipped in");
  await expect(heading(page, "Failed at TLS: something was slipped in before the encryption")).toBeVisible();
  expect(server.received).toEqual([]);
});

test("a server that does not answer within the account's time limit is named, and who stopped waiting", phone, async ({ page, api, serve }) => {
  const server = await serve({ holds: "mail" });
  await sendTest(page, api, { ...server.account, time_limit: "5" }, "Given up");
  await expect(heading(page, "Failed at MAIL: no answer in time")).toBeVisible();
  await expect(win(page)).toContainText(`No answer came from 127.0.0.1:${server.port} within 5 s, and Posthouse stopped waiting.`);
  await expect(talk(page)).toContainText("(Posthouse stopped waiting after 5 s)");
});

test("a connection that ends after the message is an outcome that is not known", phone, async ({ page, api, serve }) => {
  const server = await serve({ drops: "dot" });
  await sendTest(page, api, server.account, "Was it taken?");
  await expect(heading(page, "Whether the message was accepted is not known")).toBeVisible();
  await expect(win(page)).toContainText("The connection ended after the message and before the server’s answer.");
  await expect(win(page)).toContainText("Do not send it again before looking into the mailbox of to@example.test.");
  expect(server.received).toHaveLength(1);
  await win(page).getByRole("link", { name: "Close" }).click();
  await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Not known" })).toBeVisible();
});

test("what a server says is text, whatever it holds", async ({ page, api, serve, watch }) => {
  const evil = "<img src=x onerror=alert(1)><script>alert(2)</script>\u001b[31m\u202egnp.exe";
  const server = await serve({ says: { greeting: `220 ${evil}`, dot: `250 2.0.0 Ok ${evil}` } });
  watch.dialogsOf(page);
  await sendTest(page, api, server.account, "A hostile server");
  await expect(heading(page, "The server accepted the message")).toBeVisible();
  await expect(talk(page)).toContainText("<script>alert(2)</script>");
  const shown = await win(page).innerText();
  expect(shown).not.toContain("\u001b");
  expect(shown).not.toContain("\u202e");
  await expect(win(page).locator("img, script")).toHaveCount(0);
});

test("a result is kept: the column Last test leads to it, and from there to the next test", async ({ page, api, serve }) => {
  const server = await serve();
  await sendTest(page, api, server.account, "Kept", "A body that stands in no transcript");
  await expect(heading(page, "The server accepted the message")).toBeVisible();
  await open(page, `${REPORT}?name=nord`);
  await row(page, "Nordhavn billing").getByRole("link", { name: "Accepted" }).click();
  await expect(page).toHaveURL(`${REPORT}/1/tests/1?name=nord`);
  await expect(heading(page, "The server accepted the message")).toBeVisible();
  await expect(talk(page)).toContainText("MAIL FROM:<bounces@nordhavn.example>");
  await expect(talk(page)).toContainText("RCPT TO:<to@example.test>");
  await expect(win(page)).not.toContainText("stands in no transcript");
  await expect(stages(page)).toContainText(["Settings, done", "DNS", "TCP, done", "Greeting, done", "EHLO, done", "TLS", "MAIL, done"]);
  await win(page).getByRole("link", { name: "Test again" }).click();
  await expect(page).toHaveURL(testOf(1, "?name=nord"));
  await send(page).click();
  await expect(page).toHaveURL(`${REPORT}/1/tests/2?name=nord`);
  await win(page).getByRole("link", { name: "Edit account" }).click();
  await expect(page).toHaveURL(`${REPORT}/1/edit?name=nord`);
});

test("all of it can be copied for support, without the message", async ({ page, api, serve, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const server = await serve({ says: { rcpt: "550 5.1.1 Nobody here" } });
  await sendTest(page, api, server.account, "A subject of ours", "A body of ours");
  await win(page).getByRole("button", { name: "Copy all of it", exact: true }).click();
  await expect(win(page).getByRole("button", { name: "Copied all of it", exact: true })).toBeVisible();
  const text = await clipboardText(page);
  for (const words of ["Nordhavn billing", "Failed at RCPT", "550 5.1.1 Nobody here", "RCPT TO:<to@example.test>"]) {
    expect(text).toContain(words);
  }
  expect(text).not.toContain("A body of ours");

  await win(page).getByRole("button", { name: "Copy all of it as JSON" }).click();
  await expect(win(page).getByRole("button", { name: "Copied all of it as JSON" })).toBeVisible();
  const json = await clipboardText(page);
  expect(JSON.parse(json)).toMatchObject({
    diagnosis: { key: "no-such-recipient", found_by: "server", temporary: false },
    test: { account_name: "Nordhavn billing", report: { failure: { stage: "rcpt", reply: { code: 550 } } } },
  });
  expect(json).not.toContain("A body of ours");
});

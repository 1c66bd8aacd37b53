// A test of an account that signs in, or that leaves through a connector: each failure is told at its stage, in the
// server's or the proxy's words, and the secret shows nowhere.
import { CANARY, expectNone, watchFor } from "./support/canary.ts";
import type { Script } from "./support/mail-server.ts";
import { CREDENTIALS, field, open, row, save, testOf } from "./support/pages.ts";
import { delivered, postfix } from "./support/postfix.ts";
import { decide, fillCredential, secretField } from "./support/records.ts";
import { expect, phone } from "./support/test.ts";
import { heading, send, stages, talk, test, win } from "./support/test-window.ts";

test.describe("a test", () => {
  const knows = { userName: "NORDHAVN\\ops", secret: CANARY };

  for (const mechanism of ["PLAIN", "LOGIN"] as const) {
    test(`signs in by ${mechanism}, and shows the secret nowhere`, phone, async ({ page, api, serve, office }) => {
      const expectUnseen = watchFor(page, CANARY);
      const server = await serve({ knows: { ...knows, mechanisms: [mechanism] } });
      await api.register(server.destination, { secret: CANARY });
      await api.create({ ...server.account, authentication: "Yes", credential: "1" });
      await open(page, testOf(1));
      await field(page, "Send to").fill("to@example.test");
      await send(page).click();
      await expect(heading(page, "The server accepted the message")).toBeVisible();
      await expect(stages(page).filter({ hasText: /^AUTH/ })).toContainText("done");
      await expect(talk(page)).toContainText(`AUTH ${mechanism}`);
      await expect(talk(page)).toContainText("(hidden)");
      expect(server.tried).toEqual([{ userName: knows.userName, secret: CANARY }]);
      expect(server.received[0]?.by).toBe(knows.userName);
      await expectUnseen();
      expectNone([office.log], CANARY);
    });
  }

  test("is warned of what will change at its provider, while it still works", phone, async ({ page, api, serve }) => {
    const server = await serve({ knows, says: { greeting: "220 AM0PR01.outlook.office365.com Microsoft ESMTP" } });
    await api.register(server.destination, { secret: CANARY });
    await api.create({ ...server.account, authentication: "Yes", credential: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    await expect(heading(page, "Microsoft 365 changes how it is signed in to")).toBeVisible();
    await expect(win(page)).toContainText("At the end of December 2026 Basic authentication with SMTP AUTH is switched off");
    await expect(win(page).getByRole("link", { name: "Source" })).toHaveAttribute("rel", /noreferrer/);
  });

  test("with a wrong password fails at AUTH, in the server's words, with what to do", phone, async ({ page, api, serve, office }) => {
    const wrong = `${CANARY}-no`;
    const expectUnseen = watchFor(page, wrong);
    const words = `535 5.7.8 Error: authentication failed: ${Buffer.from(`\0${knows.userName}\0${wrong}`).toString("base64")}`;
    const server = await serve({ knows, says: { auth: words } });
    await api.register(server.destination, { secret: wrong });
    await api.create({ ...server.account, authentication: "Yes", credential: "1", mechanism: "PLAIN" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at AUTH: /)).toBeVisible();
    await expect(win(page).locator(".evidence-line")).toContainText("535 5.7.8 Error: authentication failed:");
    await expect(heading(page, "To fix it")).toBeVisible();
    await expect(win(page).locator("ol.steps li").first()).toContainText(/credential|user name|secret/i);
    await expect(stages(page).filter({ hasText: ", failed" })).toContainText("AUTH");
    await expect(stages(page).filter({ hasText: /^MAIL/ })).toContainText("not reached");
    expect(server.received).toEqual([]);
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Failed at AUTH" })).toBeVisible();
    await expectUnseen();
    expectNone([office.log], wrong);
  });

  const others: [string, Script, RegExp][] = [
    ["offers no sign-in", {}, /^Failed at AUTH: the server offers no sign-in/],
    ["does not offer the account's mechanism", { knows: { ...knows, mechanisms: ["LOGIN"] } }, /^Failed at AUTH: the server does not offer this mechanism/],
  ];
  for (const [what, script, cause] of others) {
    test(`at a server that ${what} says so`, async ({ page, api, serve }) => {
      const server = await serve(script);
      await api.register(server.destination);
      await api.create({ ...server.account, authentication: "Yes", credential: "1", mechanism: "PLAIN" });
      await open(page, testOf(1));
      await send(page).click();
      await expect(heading(page, cause)).toBeVisible();
      expect(server.tried).toEqual([]);
    });
  }

  test("keeps a password back that would travel in clear text", async ({ page, api, serve }) => {
    const server = await serve({ knows });
    await api.register({ ...server.destination, plain_in_clear: "No" });
    await api.create({ ...server.account, authentication: "Yes", credential: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at AUTH: the password would travel in clear text/)).toBeVisible();
    expect(server.tried).toEqual([]);
  });

  test("of an account whose credential has no secret ends before anything is sent", async ({ page, api, serve }) => {
    const server = await serve({ knows });
    await api.register(server.destination, { answer: "Clear" });
    await api.create({ ...server.account, authentication: "Yes", credential: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at Settings: /)).toBeVisible();
    expect(server.connections).toBe(0);
  });

  test("ends before anything is sent once the credential is narrowed", async ({ page, api, serve }) => {
    const server = await serve({ knows });
    await api.register(server.destination, { secret: CANARY });
    await api.create({ ...server.account, authentication: "Yes", credential: "1" });
    await open(page, `${CREDENTIALS}/1/edit`);
    await fillCredential(page, { hosts: "mx.elsewhere.example" });
    await decide(page, "Replace");
    await secretField(page).fill(CANARY);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at Settings: /)).toBeVisible();
    await expect(win(page)).toContainText("This credential is not for 127.0.0.1.");
    expect(server.connections).toBe(0);
  });

  test("goes through a connector, and its way is told", phone, async ({ page, api, serve, lead }) => {
    const server = await serve({ knows });
    const proxy = await lead("Socks5", { leadsTo: server.port });
    await api.connect(proxy.connector);
    await api.register({ ...server.destination, hosts: "mail.behind.example", connectors: [1] }, { secret: CANARY });
    const way = { host: "mail.behind.example", use_connector: "Yes", connector: "1" } as const;
    await api.create({ ...server.account, ...way, authentication: "Yes", credential: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    await expect(win(page)).toContainText("through Way out");
    await expect(stages(page).filter({ hasText: /^Connector/ })).toContainText("done");
    await expect(talk(page)).toContainText("The proxy: connected (0)");
    expect(proxy.asked).toEqual([`mail.behind.example:${server.port}`]);
    expect(server.received[0]?.by).toBe(knows.userName);
  });

  test("through a connector that refuses fails there, in the proxy's words", async ({ page, api, lead }) => {
    const proxy = await lead("HttpConnect", { refuses: "403 Not port 587" });
    await api.connect(proxy.connector);
    await api.create({ use_connector: "Yes", connector: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at Connector: the proxy's rules do not allow this/)).toBeVisible();
    await expect(win(page)).toContainText("HTTP/1.1 403 Not port 587");
    await win(page).getByRole("link", { name: "Close" }).click();
    await expect(row(page, "Nordhavn billing").getByRole("link", { name: "Failed at Connector" })).toBeVisible();
  });

  for (const [way, account] of [
    ["STARTTLS", () => ({ port: postfix().plain, ignore_certificate: "Yes" }) as const],
    ["implicit TLS", () => ({ port: postfix().tls, tls_type: "SSL", ignore_certificate: "Yes" }) as const],
  ] as const) {
    test(`signs in to a real mail server by ${way}, with the strongest that it offers`, async ({ page, api }) => {
      const at = { host: "127.0.0.1", ...account() };
      await api.register({ user_name: "ops@example.test", hosts: at.host, ports: at.port, verified_only: "No" }, { secret: "s3cret" });
      await api.create({ ...at, authentication: "Yes", credential: "1" });
      const subject = `Signed in ${way} ${Date.now()}`;
      await open(page, testOf(1));
      await field(page, "Send to").fill("to@example.test");
      await field(page, "Subject").fill(subject);
      await send(page).click();
      await expect(heading(page, "The server accepted the message")).toBeVisible();
      await expect(talk(page)).toContainText("AUTH SCRAM-SHA-256 (hidden)");
      await expect(talk(page)).not.toContainText("s3cret");
      expect((await delivered(subject)).raw).toMatch(/with ESMTPSA id/);
    });
  }

  test("with a wrong password is refused by a real mail server in its own words", async ({ page, api }) => {
    const at = { host: "127.0.0.1", port: postfix().plain, ignore_certificate: "Yes" } as const;
    await api.register({ user_name: "ops@example.test", hosts: at.host, ports: at.port, verified_only: "No" }, { secret: "guessed" });
    await api.create({ ...at, authentication: "Yes", credential: "1" });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, /^Failed at AUTH: /)).toBeVisible();
    await expect(win(page).locator(".evidence-line")).toContainText(/^535/);
  });
});

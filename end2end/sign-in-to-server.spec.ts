// An account that signs in: with a credential that is registered from within its form, allowed where it may be used,
// and tried by a test whose failure is told in the server's words; the secret shows nowhere.
import { draft } from "./support/api.ts";
import { CANARY, expectNone, watchFor } from "./support/canary.ts";
import { expectShown, fill } from "./support/form.ts";
import type { Script } from "./support/mail-server.ts";
import { CREDENTIALS, NEW, REPORT, answer, chips, edit, expectError, field, filter, more, names, open, row, save, started, summary, testOf } from "./support/pages.ts";
import { delivered, postfix } from "./support/postfix.ts";
import { decide, fillConnector, fillCredential, link, secretField } from "./support/records.ts";
import { expect, phone } from "./support/test.ts";
import { heading, send, stages, talk, test, win } from "./support/test-window.ts";

const chooser = "Credential for authentication";

test.describe("the account's form", () => {
  test("asks for a credential from the start, and applies none where nobody signs in", phone, async ({ page, api }) => {
    await api.register();
    await open(page, NEW);
    await expect(field(page, chooser).getByRole("option")).toHaveText(["Choose a credential", "Nordhavn relay"]);
    await fill(page, draft({ authentication: "Yes" }));
    await save(page).click();
    await expect(summary(page).getByRole("link")).toHaveText(["Choose a credential, or register one."]);
    await expectError(field(page, chooser), /Choose a credential, or register one\./);
    await answer(page, "User authentication", "No");
    await expect(field(page, chooser), "the message goes with the answer").not.toHaveAttribute("aria-invalid");
    for (const label of [chooser, "Mechanism"]) {
      await expect(field(page, label)).toBeDisabled();
      await expect(field(page, label)).toHaveAccessibleDescription(/Applies when User authentication is Yes\./);
    }
    await expect(field(page, "Network connector")).toBeDisabled();
    await expect(field(page, "Network connector")).toHaveAccessibleDescription(/Applies when Use network connector is Yes\./);
    await answer(page, "User authentication", "Yes");
    await field(page, chooser).selectOption("Nordhavn relay");
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
  });

  test("shows and saves each of its answers about signing in", phone, async ({ page, api }) => {
    const { id: connector } = await api.connect();
    const { id: credential } = await api.register({ connectors: [connector] });
    const signIn = { authentication: "Yes", credential: String(credential), mechanism: "SCRAM-SHA-256", use_connector: "Yes", connector: String(connector) } as const;
    const answers = draft(signIn);
    await open(page, NEW);
    await fill(page, answers);
    await expect(page.getByRole("complementary", { name: "What the server will see" })).toContainText("smtp.nordhavn.example:587, through Way out");
    await expect(page.getByRole("complementary", { name: "What the server will see" })).toContainText("AUTH SCRAM-SHA-256, with credential Nordhavn relay");
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    await open(page, edit(1));
    await expectShown(page, { ...answers, default: "Yes" });
    expect(await api.find(1)).toEqual({ ...answers, default: "Yes" });
    await open(page, `${REPORT}?columns=id,name,credential,connector`);
    await expect(row(page, answers.name).getByRole("cell", { name: "Nordhavn relay" })).toBeVisible();
    await expect(row(page, answers.name).getByRole("cell", { name: "Way out" })).toBeVisible();
  });

  test("explains beside the field, as one types, why a credential may not be used", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.connect();
    await api.register();
    await open(page, NEW);
    await fill(page, draft({ authentication: "Yes", credential: "1" }));
    const refused = page.getByRole("status").filter({ hasText: "This credential" });
    await expect(refused).toHaveCount(0);
    const cases: [() => Promise<void>, string, () => Promise<void>][] = [
      [() => field(page, "Host SMTP").fill("mx.stranger.example"), "This credential is not for mx.stranger.example.", () => field(page, "Host SMTP").fill("smtp.nordhavn.example")],
      [() => field(page, "Port").fill("25"), "This credential is not for port 25.", () => field(page, "Port").fill("")],
      [
        () => answer(page, "Ignore certificate error", "Yes"),
        "This credential asks for verified TLS, and certificate errors are ignored.",
        () => answer(page, "Ignore certificate error", "No"),
      ],
      [() => fill(page, { tls_type: "SSL" }), "This credential is not for port 465.", () => fill(page, { tls_type: "TLS" })],
      [() => fill(page, { use_connector: "Yes", connector: "1" }), "This credential is not for use through this network connector.", () => fill(page, { use_connector: "No" })],
      [() => fill(page, { port: "587", safe_connection: "No" }), "This credential asks for verified TLS, and the connection is in clear text.", () => fill(page, { safe_connection: "Yes" })],
      [
        () => fill(page, { trust: "Certificate", pin: "0a".repeat(32) }),
        "This credential does not know the certificate that the account trusts by itself.",
        () => fill(page, { trust: "Machine" }),
      ],
    ];
    for (const [loosen, words, mend] of cases) {
      await loosen();
      await expect(refused).toContainText(words);
      await mend();
      await expect(refused).toHaveCount(0);
    }
    await field(page, "Host SMTP").fill("mx.stranger.example");
    await save(page).click();
    await expectError(field(page, chooser), /This credential is not for mx\.stranger\.example\. Choose another one, or allow this in the credential\./);
    await expect(summary(page)).toBeFocused();
    expect(await api.count()).toBe(0);
  });
});

test.describe("what is missing is registered from within the form", () => {
  const typed = draft({ name: "Half typed", sender: "half@", port: "2525", read_receipt: "Yes", tls_type: "SSL" });

  test("a credential: one comes back with all that was typed, and it is chosen", phone, async ({ page }) => {
    await open(page, `${NEW}?name=nord`);
    await fill(page, { ...typed, authentication: "Yes" });
    await page.getByRole("button", { name: "Register a credential" }).click();
    await expect(page).toHaveURL(new RegExp(`^[^?]*${CREDENTIALS}/new\\?for=`));
    await started(page);
    await expect(page.getByText("After Save or Cancel you are back in the account’s form, with all that was typed there.")).toBeVisible();
    await expect(field(page, "Credential name")).toHaveValue("Half typed");
    await expect(field(page, "Hosts")).toHaveValue("smtp.nordhavn.example");
    await expect(field(page, "Ports")).toHaveValue("2525");
    await save(page).click();
    await expectError(field(page, "User name"), /Enter the user name/);
    await field(page, "User name").fill("ops");
    await secretField(page).fill("open sesame");
    await save(page).click();
    await expect(page).toHaveURL(`${NEW}?name=nord`);
    await expectShown(page, { ...typed, authentication: "Yes", credential: "1" });
    await fill(page, { sender: "whole@nordhavn.example" });
    await save(page).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
  });

  test("a connector: one comes back with all that was typed, and it is chosen", phone, async ({ page }) => {
    await open(page, NEW);
    await fill(page, typed);
    await page.getByRole("button", { name: "Register a connector" }).click();
    await fillConnector(page, { name: "Way out", host: "proxy.nordhavn.example" });
    await save(page).click();
    await expect(page).toHaveURL(NEW);
    await expectShown(page, { ...typed, use_connector: "Yes", connector: "1" });
  });

  test("by Cancel one comes back as well, with nothing chosen", async ({ page, api }) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await fill(page, { host: "other.nordhavn.example" });
    await page.getByRole("button", { name: "Register a credential" }).click();
    await expect(field(page, "Hosts")).toHaveValue("other.nordhavn.example");
    await link(page, "Cancel").click();
    await expect(page).toHaveURL(edit(saved.id));
    await expectShown(page, draft({ default: "Yes", host: "other.nordhavn.example" }));
    await expect(page.getByText("1 change, not saved")).toBeVisible();
    expect((await api.find(saved.id)).host).toBe("smtp.nordhavn.example");
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("both, one after the other", phone, async ({ page, api }) => {
      await page.goto(NEW);
      await field(page, "Account name").fill("Half typed");
      await field(page, "Host SMTP").fill("smtp.nordhavn.example");
      await field(page, "Port").fill("2525");
      await answer(page, "Send read receipt", "Yes");
      await page.getByRole("button", { name: "Register a connector" }).click();
      await field(page, "Connector name").fill("Way out");
      await field(page, "Proxy host").fill("proxy.nordhavn.example");
      await save(page).click();
      await expect(page).toHaveURL(NEW);
      await expect(field(page, "Network connector")).toHaveValue("1");
      await page.getByRole("button", { name: "Register a credential" }).click();
      await expect(page.getByRole("checkbox", { name: "Way out" })).toBeChecked();
      await field(page, "User name").fill("ops");
      await secretField(page).fill("open sesame");
      await field(page, "Hosts").fill("https://x");
      await save(page).click();
      await expectError(field(page, "Hosts"), /./);
      await expect(secretField(page), "it is not kept").toHaveValue("");
      await expect(secretField(page)).toHaveAccessibleDescription(/Enter the secret again: it is not kept while a form is refused\./);
      await secretField(page).fill("open sesame");
      await field(page, "Hosts").fill("smtp.nordhavn.example");
      await save(page).click();
      await expect(page).toHaveURL(NEW);
      await expect(field(page, chooser)).toHaveValue("1");
      await expect(field(page, "Account name")).toHaveValue("Half typed");
      await expect(page.getByRole("radiogroup", { name: "Send read receipt" }).getByRole("radio", { name: "Yes" })).toBeChecked();
      for (const label of ["Sender e-mail", "Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail"]) {
        await field(page, label).fill("ops@nordhavn.example");
      }
      await save(page).click();
      await expect(page).toHaveURL(REPORT);
      expect(await api.find(1)).toMatchObject({ credential: "1", connector: "1", port: "2525", read_receipt: "Yes" });
    });
  });
});

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
      await expect(heading(page, "The server took the message")).toBeVisible();
      await expect(stages(page).filter({ hasText: /^AUTH/ })).toContainText("done");
      await expect(talk(page)).toContainText(`AUTH ${mechanism}`);
      await expect(talk(page)).toContainText("(hidden)");
      expect(server.tried).toEqual([{ userName: knows.userName, secret: CANARY }]);
      expect(server.received[0]?.by).toBe(knows.userName);
      await expectUnseen();
      expectNone([office.log], CANARY);
    });
  }

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
    await expect(win(page).locator(".proof-line")).toContainText("535 5.7.8 Error: authentication failed:");
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
    await expect(heading(page, "The server took the message")).toBeVisible();
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
      await expect(heading(page, "The server took the message")).toBeVisible();
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
    await expect(win(page).locator(".proof-line")).toContainText(/^535/);
  });
});

test("accounts are found by their credential and their connector, anywhere in the name", phone, async ({ page, api }) => {
  await api.connect({ name: "Berlin proxy" });
  await api.connect({ name: "Aarhus 100%_" });
  await api.register({ name: "Relay Straße", connectors: [1, 2] });
  await api.createAll([
    { name: "Neither" },
    { name: "Both", authentication: "Yes", credential: "1", use_connector: "Yes", connector: "1" },
    { name: "Connector alone", use_connector: "Yes", connector: "2" },
  ]);
  await open(page, REPORT);
  await more(page).click();
  const cases: [string, string, string[]][] = [
    ["Credential", "STRASSE", ["Both"]],
    ["Network connector", "berlin", ["Both"]],
    ["Network connector", "%_", ["Connector alone"]],
    ["Network connector", "r", ["Both", "Connector alone"]],
  ];
  for (const [label, typed, found] of cases) {
    await filter(page, label).fill(typed);
    await expect(names(page), `${label} ${typed}`).toHaveText(found);
    await expect(chips(page)).toHaveCount(1);
    await filter(page, label).fill("");
    await expect(names(page)).toHaveCount(3);
  }
  await open(page, `${REPORT}?credential=relay&connector=berlin&columns=name,credential,connector`);
  await expect(names(page)).toHaveText(["Both"]);
  await expect(page.locator("mark")).toHaveText(["Relay", "Berlin"]);
});

// The form of an account that signs in: its credential and its connector, what is missing registered from within the
// form, and what is refused explained as one types.
import { draft } from "./support/api.ts";
import { expectShown, fill } from "./support/form.ts";
import { CREDENTIALS, NEW, REPORT, answer, chips, edit, expectError, field, filter, more, names, open, row, save, started, summary } from "./support/pages.ts";
import { fillConnector, link, secretField } from "./support/records.ts";
import { expect, phone, test } from "./support/test.ts";

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

  test("warns beforehand where a password will not do any more, as the report does", phone, async ({ page, api }) => {
    const host = "smtp.office365.com";
    const { id: credential } = await api.register({ hosts: host });
    await api.create({ name: "Mailbox", host, authentication: "Yes", credential: String(credential) });
    await open(page, REPORT);
    await expect(row(page, "Mailbox")).toContainText("Password sign-in ends Dec 2026");
    await open(page, edit(1));
    const warning = page.getByRole("status").filter({ hasText: "changes how it is signed in to" });
    await expect(warning).toContainText("At the end of December 2026");
    await expect(warning.getByRole("link", { name: "Source" })).toHaveAttribute("href", /^https:/);
    await answer(page, "User authentication", "No");
    await expect(warning).toHaveCount(0);
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

// Trust for one account: a certificate, or a CA, that a test was shown; and accounts that trust everything.
import { authority, selfSigned } from "./support/certificates.ts";
import { REPORT, chips, edit, field, filter, more, names, open, question, row, started, testOf, toast } from "./support/pages.ts";
import { trust } from "./support/form.ts";
import { heading, send, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

const SELF_SIGNED = "Failed at TLS: the certificate is self-signed";
const UNKNOWN = "Failed at TLS: the certificate's issuer is not trusted here";

test.describe("a server whose certificate is not trusted", () => {
  test("is trusted by this certificate, and the next test is accepted", phone, async ({ page, api, serve }) => {
    const pair = selfSigned();
    const server = await serve({ tls: pair });
    await api.create(server.account);
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, SELF_SIGNED)).toBeVisible();
    await expect(heading(page, /^Certificate$/)).toBeVisible();
    await expect(win(page)).toContainText(pair.fingerprint);
    await expect(win(page)).toContainText("CN=127.0.0.1");
    await expect(win(page).getByRole("button", { name: "Trust this CA" }), "it shows none").toHaveCount(0);
    await win(page).getByRole("button", { name: "Trust this certificate" }).click();
    await expect(page).toHaveURL(testOf(1));
    await started(page);
    await expect(toast(page)).toContainText("“Nordhavn billing” trusts this certificate now. Test it again.");
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    expect(await api.find(1)).toMatchObject({ trust: "Certificate", pin: pair.fingerprint });
    await open(page, edit(1));
    await expect(trust(page).getByRole("radio", { name: /^This certificate/ })).toBeChecked();
    await expect(field(page, "Certificate’s fingerprint")).toHaveValue(pair.fingerprint);
    await expect(page.getByRole("complementary", { name: "What the server will see" })).toContainText("only with the certificate that is trusted here");
  });

  test("is trusted by its CA, also after a renewal", phone, async ({ page, api, serve }) => {
    const ca = authority();
    const server = await serve({ tls: ca.sign("127.0.0.1") });
    await api.create(server.account);
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, UNKNOWN)).toBeVisible();
    await expect(win(page)).toContainText(ca.fingerprint);
    await win(page).getByRole("button", { name: "Trust this CA" }).click();
    await started(page);
    await expect(toast(page)).toContainText("trusts this CA now");
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    server.show(ca.sign("127.0.0.1"));
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    expect(await api.find(1)).toMatchObject({ trust: "Ca" });
    await open(page, edit(1));
    await expect(trust(page).getByRole("radio", { name: /^This CA/ })).toBeChecked();
    await expect(field(page, "CA’s certificate")).toHaveValue(/^-----BEGIN CERTIFICATE-----/);

    server.show(authority("Another CA").sign("127.0.0.1"));
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, UNKNOWN)).toBeVisible();
  });

  test("that changed is a failure of its own, and can be trusted anew", phone, async ({ page, api, serve }) => {
    const [first, second] = [selfSigned(), selfSigned()];
    const server = await serve({ tls: first });
    await api.create({ ...server.account, trust: "Certificate", pin: first.fingerprint });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    server.show(second);
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "Failed at TLS: the server shows another certificate than the one trusted")).toBeVisible();
    await expect(win(page)).toContainText(first.fingerprint);
    await expect(win(page)).toContainText(second.fingerprint);
    await expect(win(page)).toContainText("Ask the server's administrator whether the certificate was replaced");
    expect(server.received).toHaveLength(1);
    await win(page).getByRole("button", { name: "Trust this certificate" }).click();
    await started(page);
    expect(await api.find(1)).toMatchObject({ pin: second.fingerprint });
  });

  test("for another name offers the certificate, and no CA", async ({ page, api, serve }) => {
    const ca = authority();
    const server = await serve({ tls: ca.sign("mail.elsewhere.example") });
    await api.create({ ...server.account, trust: "Ca", ca: ca.cert });
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, "Failed at TLS: the certificate is for other names")).toBeVisible();
    await expect(win(page)).toContainText("mail.elsewhere.example");
    await expect(win(page).getByRole("button", { name: "Trust this certificate" })).toBeVisible();
    await expect(win(page).getByRole("button", { name: "Trust this CA" })).toHaveCount(0);
  });

  test("is not trusted for an account that was pointed elsewhere since", async ({ page, api, serve }) => {
    const server = await serve({ tls: selfSigned() });
    const saved = await api.create(server.account);
    await open(page, testOf(1));
    await send(page).click();
    await expect(heading(page, SELF_SIGNED)).toBeVisible();
    await api.update(saved, { ...server.account, host: "other.nordhavn.example", default: "Yes" });
    await win(page).getByRole("button", { name: "Trust this certificate" }).click();
    await expect(win(page)).toContainText("The account was pointed elsewhere since this test. Test it again, then see what it offers.");
    expect(await api.find(1)).toMatchObject({ trust: "Machine", pin: "" });
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("is trusted as well", phone, async ({ page, api, serve }) => {
      const pair = selfSigned();
      const server = await serve({ tls: pair });
      await api.create(server.account);
      await page.goto(testOf(1));
      await page.getByRole("button", { name: "Send test" }).click();
      await page.getByRole("button", { name: "Trust this certificate" }).click();
      await expect(page).toHaveURL(testOf(1));
      await page.getByRole("button", { name: "Send test" }).click();
      await expect(page.getByRole("heading", { name: "The server accepted the message" })).toBeVisible();
    });
  });
});

test("what an account trusts by itself applies only where certificates are checked, and is refused if it cannot be", phone, async ({ page, api, watch }) => {
  watch.allow(/status of 422/);
  const saved = await api.create();
  const ca = authority();
  await open(page, edit(saved.id));
  await expect(trust(page).getByRole("radio").first()).toBeEnabled();
  await question(page, "Ignore certificate error").getByText("Yes", { exact: true }).click();
  await expect(trust(page).getByRole("radio").first()).toBeDisabled();
  await expect(trust(page)).toHaveAccessibleDescription(/Applies when Use safe connection\? is Yes and Ignore certificate error is No\./);
  await question(page, "Ignore certificate error").getByText("No", { exact: true }).click();
  await trust(page).getByRole("radio", { name: /^This CA/ }).check();
  const cases: [string, RegExp][] = [
    ["", /Paste the CA's certificate/],
    ["MIIB", /This holds no certificate/],
    [ca.cert + ca.key, /This holds a private key\. Take it out, and have it replaced: it has been shown\./],
    [ca.cert.repeat(10), /This holds 10 certificates/],
    [selfSigned().cert, /is not a CA's/],
  ];
  for (const [typed, words] of cases) {
    await field(page, "CA’s certificate").fill(typed);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(field(page, "CA’s certificate")).toHaveAccessibleDescription(words);
  }
  await field(page, "CA’s certificate").fill(ca.cert);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page).toHaveURL(REPORT);
  expect((await api.find(saved.id)).ca.trim()).toBe(ca.cert.trim());
});

test("accounts that ignore certificate errors are marked, and found by a filter of their own", phone, async ({ page, api }) => {
  await api.createAll([
    { name: "Checked" },
    { name: "Unchecked", ignore_certificate: "Yes" },
    { name: "Unchecked too", ignore_certificate: "Yes", enabled: "No" },
  ]);
  await open(page, REPORT);
  await expect(row(page, "Unchecked")).toContainText("unchecked");
  await more(page).click();
  await filter(page, "Ignore certificate error").selectOption("Yes");
  await expect(page).toHaveURL(`${REPORT}?ignores_errors=Yes`);
  await expect(names(page)).toHaveText(["Unchecked", "Unchecked too"]);
  await expect(chips(page)).toHaveCount(1);
  await filter(page, "Enabled").selectOption("No");
  await expect(names(page)).toHaveText(["Unchecked too"]);
  await page.getByRole("link", { name: /^Remove filter: Enabled/ }).click();
  await filter(page, "Ignore certificate error").selectOption("No");
  await expect(names(page)).toHaveText(["Checked"]);
  await page.getByRole("link", { name: /^Remove filter: Ignore certificate error/ }).click();
  await expect(names(page)).toHaveCount(3);
});

// Each page in each of its states, and what leads there.
import { type Page, expect } from "@playwright/test";

import { MANY, sendThrough } from "./accounts.ts";
import { type Api, type Draft, credential } from "./api.ts";
import { authority, selfSigned } from "./certificates.ts";
import { trust } from "./form.ts";
import { MailServer } from "./mail-server.ts";
import { CHANGE, CONNECTORS, CREDENTIALS, FOOTER, NEW, REPORT, answer, edit, field, filter, names, open, started, summary, testOf } from "./pages.ts";
import { Proxy } from "./proxy.ts";
import { NEW_CONNECTOR, NEW_CREDENTIAL, checkOf, decide, deleteConnector, deleteCredential, editConnector, editCredential } from "./records.ts";

/** Each state of each page, made by what leads there. */
export const STATES: Record<string, (page: Page, api: Api) => Promise<void>> = {
  "the report without accounts": async (page) => {
    await open(page, REPORT);
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
  },
  "the report": async (page, api) => {
    await listed(page, api, "");
  },
  "the report with filters, marks and chips": async (page, api) => {
    await listed(page, api, "?name=n&sender=nordhavn&enabled=Yes&sort=-name");
  },
  "the report with pages": async (page, api) => {
    await api.createAll(Array.from({ length: 21 }, (_, n) => ({ name: `Account ${n}` })));
    await open(page, `${REPORT}?page_size=10&page=2`);
    await expect(page.getByText("11 to 20 of 21")).toBeVisible();
  },
  "the report where nothing matches": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}?name=nobody`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
  },
  "the report with an ID that is no number": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${REPORT}?id=x`);
    await expect(filter(page, "ID")).toHaveAttribute("aria-invalid", "true");
  },
  "the report that failed to load": async (page, api) => {
    await listed(page, api, "");
    await page.route("**/api/list_accounts", (route) => route.abort());
    await filter(page, "Name").fill("nord");
    await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeVisible();
  },
  "the report with tests": async (page, api) => {
    await sendThrough(api, { name: "Accepted" }, {});
    await sendThrough(api, { name: "Failed" }, { says: { rcpt: "550 5.1.1 Nobody here" } });
    await sendThrough(api, { name: "Not known" }, { drops: "dot" });
    await open(page, REPORT);
    await expect(names(page)).toHaveText(["Accepted", "Failed", "Not known"]);
  },
  "the report with a toast": async (page, api) => {
    await api.createAll(MANY);
    await open(page, edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  },
  "the dialog of columns and rows": async (page, api) => {
    await listed(page, api, "");
    await page.getByRole("link", { name: "Columns and rows" }).click();
    await expect(page.getByRole("dialog", { name: "Columns and rows" })).toBeVisible();
  },
  "the page of columns and rows": async (page) => {
    await open(page, `${REPORT}/preferences`);
    await expect(page.getByRole("checkbox").first()).toBeVisible();
  },
  "the person's menu": async (page, api) => {
    await listed(page, api, "");
    await page.locator('summary[aria-label="ops@nordhavn.example"]').click();
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  },
  "the form for a new account": async (page) => {
    await open(page, NEW);
    await field(page, "Sender e-mail").fill("ops@nordhavn.example");
  },
  "the form of an account": async (page, api) => {
    await api.createAll(MANY);
    await open(page, edit(4));
  },
  "the form with fields that do not apply": async (page) => {
    await open(page, NEW);
    await answer(page, "Use safe connection?", "No");
  },
  "the form with errors": async (page) => {
    await open(page, NEW);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "the form that went stale": async (page, api) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await field(page, "Host SMTP").fill("mine.nordhavn.example");
    await api.update(saved, { host: "theirs.nordhavn.example", default: "Yes" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("button", { name: "Keep mine" })).toBeVisible();
  },
  "the question before leaving": async (page) => {
    await open(page, NEW);
    await field(page, "Port").fill("25");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page.getByRole("button", { name: "Stay" })).toBeVisible();
  },
  "a form that is not found": async (page) => {
    await open(page, edit(77));
    await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  },
  "restoring under another name": async (page, api) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await api.delete(2);
    await open(page, `${REPORT}/2/restore`);
    await expect(field(page, "Account name")).toHaveValue("Second");
  },
  "the message footer": async (page, api) => {
    await api.post("save_footer", { "draft[text]": "Nordhavn A/S", "draft[html]": "<b>Nordhavn A/S</b>", "draft[version]": 0 });
    await open(page, FOOTER);
  },
  "the test window": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await expect(field(page, "Send to")).toBeVisible();
  },
  "the test window with errors": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await field(page, "Send to").fill("");
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(summary(page)).toBeVisible();
  },
  "a test that was accepted": async (page, api) => {
    await sendThrough(api, {}, {});
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: "The server took the message" })).toBeVisible();
  },
  "a test that failed": async (page, api) => {
    await sendThrough(api, {}, { says: { mail: "550 5.1.8 Who are you" } });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /^Failed at MAIL/ })).toBeVisible();
  },
  "a test whose outcome is not known": async (page, api) => {
    await sendThrough(api, {}, { drops: "dot" });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /is not known/ })).toBeVisible();
  },
  "the report with its credentials and connectors": async (page, api) => {
    await furnish(api);
    await open(page, `${REPORT}?columns=id,name,sender,security,credential,connector,last_test`);
    await expect(names(page)).toHaveCount(3);
  },
  "the report with rows chosen": async (page, api) => {
    await listed(page, api, "?page_size=10");
    await page.getByRole("checkbox", { name: "Choose Südhafen" }).check();
    await page.getByRole("checkbox", { name: "Choose Nordhavn billing" }).check();
    await expect(page.getByText("2 accounts chosen")).toBeVisible();
  },
  "the preview of a change": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${CHANGE}?chosen=1&chosen=2&chosen=3&kind=Disable&list=`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Disable 1 account");
  },
  "the preview of a change of nothing": async (page, api) => {
    await api.createAll(MANY);
    await open(page, `${CHANGE}?chosen=1&kind=Enable&list=`);
    await expect(page.getByText("None of the chosen accounts would change.")).toBeVisible();
  },
  "the form with a credential that is not allowed": async (page, api) => {
    await furnish(api);
    await open(page, edit(2));
    await field(page, "Host SMTP").fill("mx.stranger.example");
    await expect(page.getByText("This credential is not for mx.stranger.example.")).toBeVisible();
  },
  "the form with a certificate of its own": async (page, api) => {
    await api.create({ trust: "Certificate", pin: "0a".repeat(32) });
    await open(page, edit(1));
    await trust(page).getByRole("radio", { name: /^This CA/ }).check();
  },
  "the dialog of an ended session": async (page, api) => {
    await api.create();
    await open(page, edit(1));
    await page.context().clearCookies();
    await field(page, "Port").fill("25");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("dialog", { name: "Sign in to go on" })).toBeVisible();
  },
  "a page that is offline": async (page, api) => {
    await listed(page, api, "");
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  },
  "the credentials, none of them": async (page) => {
    await open(page, CREDENTIALS);
    await expect(page.getByRole("heading", { name: "No credentials yet" })).toBeVisible();
  },
  "the credentials": async (page, api) => {
    await furnish(api);
    await api.register({ name: "Without a secret, and with a name that is longer than any column has room for" }, { answer: "Clear" });
    await api.register({ name: "Elsewhere", hosts: "a.example b.example c.example" }, { answer: "Refer", reference: "env:RELAY_PASSWORD" });
    await open(page, CREDENTIALS);
    await expect(names(page)).toHaveCount(4);
  },
  "the credentials where nothing matches": async (page, api) => {
    await api.register();
    await open(page, `${CREDENTIALS}?name=nobody`);
    await expect(page.getByRole("heading", { name: "No credential matches" })).toBeVisible();
  },
  "the form for a new credential": async (page, api) => {
    await api.connect();
    await open(page, NEW_CREDENTIAL);
    await answer(page, "Only over verified TLS", "No");
  },
  "the form for a new credential with errors": async (page) => {
    await open(page, NEW_CREDENTIAL);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "the form of a credential": async (page, api) => {
    await furnish(api);
    await open(page, editCredential(1));
    await expect(page.getByRole("complementary", { name: "Used by" })).toBeVisible();
  },
  "the form of a credential that is widened": async (page, api) => {
    await api.register();
    await open(page, editCredential(1));
    await field(page, "Ports").fill("587 25");
    await expect(page.getByText("It may now be used with more than before")).toBeVisible();
  },
  "the form of a credential whose secret is elsewhere": async (page, api) => {
    await api.register({}, { answer: "Refer", reference: "file:relay-password" });
    await open(page, editCredential(1));
    await decide(page, "Reference");
  },
  "the form of a credential that went stale": async (page, api) => {
    await api.register();
    await open(page, editCredential(1));
    await field(page, "User name").fill("mine");
    await api.updateCredential(1, (await api.findCredential(1)).version, { user_name: "theirs" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "deleting a credential": async (page, api) => {
    await api.register();
    await open(page, deleteCredential(1));
    await expect(page.getByRole("heading", { name: "Delete “Nordhavn relay”?" })).toBeVisible();
  },
  "a credential in use, which stays": async (page, api) => {
    await furnish(api);
    await open(page, deleteCredential(1));
    await expect(page.getByRole("heading", { name: /is in use, and stays/ })).toBeVisible();
  },
  "the network connectors, none of them": async (page) => {
    await open(page, CONNECTORS);
    await expect(page.getByRole("heading", { name: "No network connectors yet" })).toBeVisible();
  },
  "the network connectors": async (page, api) => {
    await furnish(api);
    await open(page, CONNECTORS);
    await expect(names(page)).toHaveCount(2);
  },
  "the form for a new connector": async (page, api) => {
    await furnish(api);
    await open(page, NEW_CONNECTOR);
    await answer(page, "Proxy authentication", "Yes");
  },
  "the form for a new connector with errors": async (page) => {
    await open(page, NEW_CONNECTOR);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "the form of a connector": async (page, api) => {
    await furnish(api);
    await open(page, editConnector(1));
    await expect(page.getByRole("complementary", { name: "Used by" })).toBeVisible();
  },
  "deleting a connector": async (page, api) => {
    await api.connect();
    await open(page, deleteConnector(1));
    await expect(page.getByRole("heading", { name: "Delete “Way out”?" })).toBeVisible();
  },
  "the check of a connector": async (page, api) => {
    await api.connect();
    await open(page, checkOf(1));
    await expect(field(page, "Host to reach")).toBeVisible();
  },
  "the check of a connector that reached": async (page, api) => {
    const server = await MailServer.start();
    const proxy = await Proxy.start("HttpConnect", { leadsTo: server.port });
    await check(page, api, proxy);
    await expect(page.getByRole("heading", { name: /reaches smtp\.nordhavn\.example:587/ })).toBeVisible();
    await Promise.all([server.stop(), proxy.stop()]);
  },
  "the check of a connector that was refused": async (page, api) => {
    const proxy = await Proxy.start("Socks5", { refuses: 2 });
    await check(page, api, proxy);
    await expect(page.getByRole("heading", { name: /is not reached/ })).toBeVisible();
    await proxy.stop();
  },
  "a test that failed at the sign-in": async (page, api) => {
    const server = await MailServer.start({ knows: { userName: "ops", secret: "right" } });
    await api.register(server.destination, { secret: "wrong" });
    await sendWith(page, api, { ...server.account, authentication: "Yes", credential: "1" });
    await expect(page.getByRole("heading", { name: /^Failed at AUTH/ })).toBeVisible();
    await server.stop();
  },
  "a test that failed at its connector": async (page, api) => {
    const proxy = await Proxy.start("HttpConnect", { refuses: "403 Not here" });
    await api.connect(proxy.connector);
    await sendWith(page, api, { use_connector: "Yes", connector: "1" });
    await expect(page.getByRole("heading", { name: /^Failed at Connector/ })).toBeVisible();
    await proxy.stop();
  },
  "a test whose certificate is not trusted": async (page, api) => {
    const server = await MailServer.start({ tls: authority().sign("127.0.0.1") });
    await sendWith(page, api, server.account);
    await expect(page.getByRole("button", { name: "Trust this CA" })).toBeVisible();
    await server.stop();
  },
  "a test whose certificate changed": async (page, api) => {
    const server = await MailServer.start({ tls: selfSigned() });
    await sendWith(page, api, { ...server.account, trust: "Certificate", pin: "0a".repeat(32) });
    await expect(page.getByRole("heading", { name: /another certificate than the one trusted/ })).toBeVisible();
    await server.stop();
  },
  "a page that is not there": async (page) => {
    await open(page, "/nothing/here");
    await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  },
};

export const SIGNED_OUT: Record<string, (page: Page) => Promise<void>> = {
  "the sign-in page": async (page) => open(page, "/sign-in"),
  "the sign-in page with an error": async (page) => {
    await open(page, "/sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(page)).toBeVisible();
    await started(page);
  },
  "the set-up page": async (page) => open(page, "/set-up?token=abc"),
};

export async function listed(page: Page, api: Api, query: string) {
  await api.createAll(MANY);
  await open(page, REPORT + query);
  await expect(names(page).first()).toBeVisible();
}

/** Two credentials, two connectors, and accounts that use the first of them. */
async function furnish(api: Api) {
  await api.register(credential({ name: "Proxy", user_name: "ops", hosts: "proxy.nordhavn.example", ports: "1080", verified_only: "No", plain_in_clear: "Yes" }));
  await api.connect({ authentication: "Yes", credential: "1" });
  await api.connect({ name: "Another way out", kind: "HttpConnect", host: "a-proxy-of-some-length.nordhavn.example" });
  await api.register({ connectors: [1] });
  const signIn = { authentication: "Yes", credential: "2" } as const;
  await api.createAll([
    { name: "Neither" },
    { name: "Signs in", ...signIn },
    { name: "Signs in through the proxy", ...signIn, use_connector: "Yes", connector: "1", ignore_certificate: "No" },
  ]);
}

async function check(page: Page, api: Api, proxy: Proxy) {
  await api.connect(proxy.connector);
  await open(page, checkOf(1));
  await field(page, "Host to reach").fill("smtp.nordhavn.example");
  await field(page, "Port").fill("587");
  await page.getByRole("button", { name: "Check", exact: true }).click();
}

/** Sends a test through this account, and opens its result. */
async function sendWith(page: Page, api: Api, account: Partial<Draft>) {
  const { id } = await api.create(account);
  const message = { "draft[recipient]": "to@example.test", "draft[subject]": "A test", "draft[message]": "A test" };
  await api.post("send_test", { account: id, ...message });
  await open(page, `${REPORT}/${id}/tests/1`);
}

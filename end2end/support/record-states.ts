// The pages of credentials and network connectors in each of their states, and what they bring to other pages.
import { type Page, expect } from "@playwright/test";

import { type Api, type Draft, credential } from "./api.ts";
import { authority, selfSigned } from "./certificates.ts";
import { MailServer } from "./mail-server.ts";
import { CONNECTORS, CREDENTIALS, REPORT, answer, edit, field, names, open, summary } from "./pages.ts";
import { Proxy } from "./proxy.ts";
import { NEW_CONNECTOR, NEW_CREDENTIAL, checkOf, decide, deleteConnector, deleteCredential, editConnector, editCredential, pastedField, secretField } from "./records.ts";
import { SCHEDULE_STATES } from "./schedules.ts";

export const RECORDS: Record<string, (page: Page, api: Api) => Promise<void>> = {
  ...SCHEDULE_STATES,
  "the report with its credentials and connectors": async (page, api) => {
    await furnish(api);
    await open(page, `${REPORT}?columns=id,name,sender,security,credential,connector,last_test`);
    await expect(names(page)).toHaveCount(3);
  },
  "the form with a credential that is not allowed": async (page, api) => {
    await furnish(api);
    await open(page, edit(2));
    await field(page, "Host SMTP").fill("mx.stranger.example");
    await expect(page.getByText("This credential is not for mx.stranger.example.")).toBeVisible();
  },
  "the credentials, none of them": async (page) => {
    await open(page, CREDENTIALS);
    await expect(page.getByRole("heading", { name: "No credentials yet" })).toBeVisible();
  },
  "the credentials": async (page, api) => {
    await furnish(api);
    await api.register({ name: "Without a secret, and with a name that is longer than any column has room for" }, { answer: "Clear" });
    await api.register({ name: "Elsewhere", hosts: "a.example b.example c.example" }, { answer: "Refer", reference: "env:POSTHOUSE_SECRET_RELAY" });
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
  "the form for a new credential with what was pasted along": async (page) => {
    await open(page, NEW_CREDENTIAL);
    await secretField(page).fill("\u00A0pasted\t");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(pastedField(page)).toBeVisible();
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
    await api.register({}, { answer: "Refer", reference: "env:POSTHOUSE_SECRET_RELAY" });
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
};

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

// Network connectors: registered, listed, changed and deleted; and what a proxy answers when it is checked.
import type { Page } from "@playwright/test";

import { connector, credential } from "./support/api.ts";
import { CANARY, expectNone, watchFor } from "./support/canary.ts";
import { test } from "./support/network.ts";
import { CONNECTORS, REPORT, answer, count, edit, expectError, field, filter, head, names, open, row, save, summary, toast } from "./support/pages.ts";
import { Proxy, type ProxyScript } from "./support/proxy.ts";
import { NEW_CONNECTOR, checkOf, deleteConnector, editConnector, expectConnector, fillConnector, link } from "./support/records.ts";
import { expect, phone } from "./support/test.ts";

const PROXY = credential({ name: "Proxy", user_name: "ops", hosts: "proxy.nordhavn.example", ports: "8080", verified_only: "No", plain_in_clear: "Yes" });

test.describe("a network connector", () => {
  test("is registered, with every answer shown again, and changed", phone, async ({ page, api }) => {
    const { id } = await api.register(PROXY);
    const answers = connector({ name: "Way out · Καλημέρα", kind: "HttpConnect", port: "8080", authentication: "Yes", credential: String(id) });
    await open(page, CONNECTORS);
    await page.getByRole("link", { name: "New", exact: true }).click();
    await expect(page).toHaveTitle("New network connector · Network connector · Posthouse");
    await fillConnector(page, answers);
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    await expect(toast(page)).toContainText(`“${answers.name}” is saved.`);
    await expect(row(page, answers.name)).toContainText("HTTP CONNECT");
    await expect(row(page, answers.name)).toContainText("proxy.nordhavn.example:8080");
    await expect(row(page, answers.name)).toContainText("Proxy");
    await row(page, answers.name).getByRole("link", { name: `Edit ${answers.name}` }).click();
    await expectConnector(page, answers);
    await page.reload();
    await expectConnector(page, answers);
    expect((await api.findConnector(1)).draft).toEqual(answers);

    const others = { kind: "Socks5", host: "10.0.0.8", port: "", resolves_names: "Yes", authentication: "No" } as const;
    await fillConnector(page, others);
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    await expect(row(page, answers.name)).toContainText("10.0.0.8:1080");
    await expect(row(page, answers.name)).toContainText("SOCKS5, resolves names itself");
    expect((await api.findConnector(1)).draft).toEqual(connector({ ...others, name: answers.name }));
  });

  test("says the usual port of its kind", async ({ page }) => {
    await open(page, NEW_CONNECTOR);
    await expect(field(page, "Port")).toHaveAccessibleDescription(/1080/);
    await fillConnector(page, { kind: "HttpConnect" });
    await expect(field(page, "Port")).toHaveAccessibleDescription(/3128/);
  });

  test("is refused with the same words in the summary and beside each field", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await open(page, NEW_CONNECTOR);
    await expect(field(page, "Credential")).toBeDisabled();
    await fillConnector(page, { host: "socks5://proxy.example", port: "0", authentication: "Yes" });
    await save(page).click();
    await expect(page).toHaveTitle("Error: New network connector · Network connector · Posthouse");
    await expect(summary(page)).toBeFocused();
    const links = summary(page).getByRole("link");
    const labels = ["Connector name", "Proxy host", "Port", "Credential"];
    await expect(links).toHaveCount(labels.length);
    for (const [n, label] of labels.entries()) {
      const words = await links.nth(n).innerText();
      await expectError(field(page, label), new RegExp(words.replace(/[().?*+/\\]/g, "\\$&")));
      await links.nth(n).click();
      await expect(field(page, label)).toBeFocused();
    }
    const { id } = await api.register();
    await open(page, NEW_CONNECTOR);
    await fillConnector(page, connector({ authentication: "Yes", credential: String(id) }));
    await save(page).click();
    await expectError(field(page, "Credential"), /This credential is not for proxy\.nordhavn\.example\./);
    await answer(page, "Proxy authentication", "No");
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    await open(page, NEW_CONNECTOR);
    await fillConnector(page, connector({ name: "WAY OUT" }));
    await save(page).click();
    await expectError(field(page, "Connector name"), /“WAY OUT” exists already\. Choose another name\./);
  });

  test("that went stale shows what differs, and a second Save keeps mine", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await api.connect();
    await open(page, editConnector(1));
    await field(page, "Proxy host").fill("mine.nordhavn.example");
    await api.updateConnector(1, (await api.findConnector(1)).version, { host: "theirs.nordhavn.example" });
    await save(page).click();
    await expect(summary(page)).toContainText("Not saved: someone else saved this meanwhile");
    await expect(summary(page).getByRole("row", { name: /Proxy host/ })).toContainText("theirs.nordhavn.example");
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    expect((await api.findConnector(1)).draft.host).toBe("mine.nordhavn.example");
  });

  test("that went stale takes theirs over, and keeps what they saved", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await api.connect();
    await open(page, editConnector(1));
    await field(page, "Proxy host").fill("mine.nordhavn.example");
    await api.updateConnector(1, (await api.findConnector(1)).version, { host: "theirs.nordhavn.example" });
    await save(page).click();
    await summary(page).getByRole("button", { name: "Take theirs" }).click();
    await expect(field(page, "Proxy host")).toHaveValue("theirs.nordhavn.example");
    await expect(page.locator(".save-bar")).not.toContainText("not saved");
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    expect((await api.findConnector(1)).draft.host).toBe("theirs.nordhavn.example");
  });

  test("that leads elsewhere is taken out of credentials, and it is said of which", phone, async ({ page, api }) => {
    const { id } = await api.connect();
    await api.register({ connectors: [id] });
    await open(page, editConnector(1));
    await expect(page.getByText("May be used through it: Nordhavn relay.")).toBeVisible();
    await field(page, "Connector name").fill("Way home");
    await save(page).click();
    await expect(toast(page)).toContainText("“Way home” is saved.");
    await expect(toast(page)).not.toContainText("no longer permitted");
    expect((await api.findCredential(1)).draft.connectors).toEqual([id]);

    await open(page, editConnector(1));
    await field(page, "Proxy host").fill("proxy.stranger.example");
    await save(page).click();
    await expect(toast(page)).toContainText("the credential “Nordhavn relay” is no longer permitted through it");
    expect((await api.findCredential(1)).draft.connectors).toEqual([]);
    await open(page, editConnector(1));
    await expect(page.getByText("May be used through it")).toHaveCount(0);
  });

  test("is deleted once that is confirmed", phone, async ({ page, api }) => {
    await api.connect();
    await open(page, editConnector(1));
    await link(page, "Delete").click();
    await expect(page).toHaveURL(deleteConnector(1));
    await expect(page.getByRole("heading", { name: "Delete “Way out”?" })).toBeVisible();
    await page.getByRole("button", { name: "Delete network connector" }).click();
    await expect(page).toHaveURL(CONNECTORS);
    await expect(toast(page)).toContainText("“Way out” is deleted.");
    await expect(page.getByRole("heading", { name: "No network connectors yet" })).toBeVisible();
  });

  test("is not deleted while it is in use: the places are named", phone, async ({ page, api }) => {
    await api.connect();
    await api.create({ name: "Billing", use_connector: "Yes", connector: "1" });
    await open(page, CONNECTORS);
    await row(page, "Way out").getByRole("link", { name: "1 account" }).click();
    await expect(page).toHaveURL(`${REPORT}?connector=Way+out`);
    await expect(names(page)).toHaveText(["Billing"]);
    await open(page, deleteConnector(1));
    await expect(page.getByRole("heading", { name: "“Way out” is in use, and stays" })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
    await link(page, "Account “Billing”").click();
    await expect(page).toHaveURL(edit(1));
    const refused = await api.post("delete_connector", { id: 1 });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain("is in use by the account “Billing”");
  });

  test("keeps its credential from being deleted, and is named there", async ({ page, api }) => {
    const { id } = await api.register(PROXY);
    await api.connect({ port: "8080", authentication: "Yes", credential: String(id) });
    await open(page, `/settings/email/credentials/${id}/delete`);
    await expect(page.getByRole("heading", { name: "“Proxy” is in use, and stays" })).toBeVisible();
    await link(page, "Network connector “Way out”").click();
    await expect(page).toHaveURL(editConnector(1));
  });
});

test.describe("the list", () => {
  test("without connectors offers the way to the first", phone, async ({ page }) => {
    await open(page, CONNECTORS);
    await expect(page.getByRole("heading", { name: "No network connectors yet" })).toBeVisible();
    await page.getByRole("link", { name: "New network connector" }).click();
    await expect(page).toHaveURL(NEW_CONNECTOR);
  });

  test("is filtered, counted and sorted", phone, async ({ page, api, isMobile }) => {
    await api.connect({ name: "Berlin", host: "b.nordhavn.example" });
    await api.connect({ name: "Aarhus", kind: "HttpConnect", host: "c.nordhavn.example" });
    await api.connect({ name: "Carlisle", host: "a.elsewhere.example" });
    await open(page, CONNECTORS);
    await expect(names(page)).toHaveText(["Aarhus", "Berlin", "Carlisle"]);
    await expect(count(page, "List")).toHaveText("3 network connectors");
    await filter(page, "Name").pressSequentially("AR");
    await expect(names(page)).toHaveText(["Aarhus", "Carlisle"]);
    await expect(count(page, "List")).toHaveText("2 of 3 network connectors");
    await filter(page, "Host").pressSequentially("elsewhere");
    await expect(names(page)).toHaveText(["Carlisle"]);
    await expect(page).toHaveURL(`${CONNECTORS}?name=AR&host=elsewhere`);
    await filter(page, "Name").fill("nothing like it");
    await expect(page.getByRole("heading", { name: "No network connector matches" })).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).last().click();
    await expect(names(page)).toHaveCount(3);
    if (isMobile) {
      await page.getByRole("combobox", { name: "Sort by" }).selectOption({ label: "By Name, descending" });
      await expect(names(page)).toHaveText(["Carlisle", "Berlin", "Aarhus"]);
    } else {
      await head(page, "Proxy").getByRole("button").click();
      await expect(names(page)).toHaveText(["Carlisle", "Berlin", "Aarhus"]);
      await head(page, "Kind").getByRole("button").click();
      await expect(names(page).first()).toHaveText("Aarhus");
    }
  });
});

test.describe("Check", () => {
  const found = (page: Page) => page.getByRole("region", { name: "What was found" });

  for (const [kind, words] of [["Socks5", "connected (0)"], ["HttpConnect", "HTTP/1.1 200 Go ahead"]] as [Proxy["kind"], string][]) {
    test(`reaches a host by name through ${kind}, and says what the proxy answered`, phone, async ({ page, api, serve, lead }) => {
      const server = await serve();
      const proxy = await lead(kind, { leadsTo: server.port });
      await api.connect(proxy.connector);
      await open(page, CONNECTORS);
      await page.getByRole("link", { name: "Check Way out" }).click();
      await expect(page).toHaveURL(checkOf(1));
      await field(page, "Host to reach").fill("mail.only-the-proxy-knows.example");
      await field(page, "Port").fill("587");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(found(page).getByRole("heading", { name: /reaches mail\.only-the-proxy-knows\.example:587/ })).toBeVisible();
      await expect(found(page)).toContainText(words);
      expect(proxy.asked).toEqual(["mail.only-the-proxy-knows.example:587"]);
      expect(server.received, "nothing is sent").toEqual([]);
    });
  }

  for (const kind of ["Socks5", "HttpConnect"] as const) {
    test(`gives ${kind} an address where the connector does not resolve names itself`, async ({ page, api, serve, lead }) => {
      const server = await serve();
      const proxy = await lead(kind, { leadsTo: server.port });
      await api.connect({ ...proxy.connector, resolves_names: "No" });
      await open(page, checkOf(1));
      await field(page, "Host to reach").fill("localhost");
      await field(page, "Port").fill("587");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(found(page).getByRole("heading", { name: /reaches localhost:587/ })).toBeVisible();
      expect(proxy.asked).toHaveLength(1);
      expect(proxy.asked[0]).not.toContain("localhost");

      await field(page, "Host to reach").fill("nobody.invalid");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(found(page).getByRole("heading", { name: /nobody\.invalid:587 is not reached: there is no such host name/ })).toBeVisible();
      await expect(found(page)).toContainText("The proxy was not asked.");
      await expect(found(page)).toContainText("“Resolves names itself”");
      expect(proxy.asked, "it is not asked for what leads nowhere").toHaveLength(1);
    });
  }

  const refusals: [string, Proxy["kind"], ProxyScript, RegExp, RegExp][] = [
    ["by its rules", "Socks5", { refuses: 2 }, /the proxy's rules do not allow this/, /not allowed by the rules \(2\)/],
    ["since the host cannot be reached", "Socks5", { refuses: 4 }, /is not reached/, /host unreachable \(4\)/],
    ["since nothing listens there", "Socks5", { refuses: 5 }, /is not reached/, /connection refused \(5\)/],
    ["by its rules", "HttpConnect", { refuses: "403 Port 587 is closed here" }, /the proxy's rules do not allow this/, /HTTP\/1\.1 403 Port 587 is closed here/],
    ["since it could not connect", "HttpConnect", { refuses: "502 Bad Gateway" }, /is not reached/, /HTTP\/1\.1 502 Bad Gateway/],
    ["for want of a sign-in", "Socks5", { knows: { userName: "ops", secret: "x" } }, /the proxy wants a sign-in/, /none of these/],
    ["for want of a sign-in", "HttpConnect", { knows: { userName: "ops", secret: "x" } }, /the proxy wants a sign-in/, /HTTP\/1\.1 407 Who are you/],
    ["being something else", "Socks5", { babbles: "SSH-2.0-OpenSSH_9.2\r\n" }, /this is not a proxy of this kind/, /It does not answer as a SOCKS5 proxy/],
  ];
  for (const [why, kind, script, cause, words] of refusals) {
    test(`through ${kind} that refuses ${why} says so in the proxy's words`, async ({ page, api, lead }) => {
      const proxy = await lead(kind, script);
      await api.connect(proxy.connector);
      await open(page, checkOf(1));
      await field(page, "Host to reach").fill("smtp.nordhavn.example");
      await field(page, "Port").fill("587");
      await field(page, "Port").press("Enter");
      await expect(found(page).getByRole("alert").getByRole("heading", { name: cause })).toBeVisible();
      await expect(found(page)).toContainText(words);
      await expect(found(page), "what is no proxy is not quoted").not.toContainText("SSH-2.0");
      await expect(found(page).getByRole("list").getByRole("listitem").first(), "what to do").toBeVisible();
      await expect(field(page, "Host to reach")).toHaveValue("smtp.nordhavn.example");
    });
  }

  test("says that nothing listens, and what was typed wrong", phone, async ({ page, api }) => {
    const proxy = await Proxy.start("Socks5");
    await api.connect(proxy.connector);
    await proxy.stop();
    await open(page, checkOf(1));
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(summary(page)).toContainText("Not checked");
    await expect(field(page, "Host to reach")).toHaveAttribute("aria-invalid", "true");
    await field(page, "Host to reach").fill("smtp.nordhavn.example");
    await field(page, "Port").fill("587");
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(found(page).getByRole("heading", { name: /nothing listens where the proxy should/ })).toBeVisible();
  });

  for (const kind of ["Socks5", "HttpConnect"] as const) {
    test(`signs in to ${kind}, and shows the secret nowhere`, async ({ page, api, serve, lead, office }) => {
      const expectUnseen = watchFor(page, CANARY);
      const server = await serve();
      const proxy = await lead(kind, { leadsTo: server.port, knows: { userName: "ops", secret: CANARY } });
      const { id } = await api.register({ name: "Proxy", ...proxy.destination }, { secret: CANARY });
      await api.connect({ ...proxy.connector, authentication: "Yes", credential: String(id) });
      await open(page, checkOf(1));
      await field(page, "Host to reach").fill("smtp.nordhavn.example");
      await field(page, "Port").fill("587");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(found(page).getByRole("heading", { name: /reaches smtp\.nordhavn\.example:587/ })).toBeVisible();
      expect(proxy.asked).toEqual(["smtp.nordhavn.example:587"]);
      await expectUnseen();
      expectNone([office.log], CANARY);
    });

    test(`with a wrong secret for ${kind} says that the proxy does not take it`, async ({ page, api, lead }) => {
      const proxy = await lead(kind, { knows: { userName: "ops", secret: "right" } });
      const { id } = await api.register({ name: "Proxy", ...proxy.destination }, { secret: "wrong" });
      await api.connect({ ...proxy.connector, authentication: "Yes", credential: String(id) });
      await open(page, checkOf(1));
      await field(page, "Host to reach").fill("smtp.nordhavn.example");
      await field(page, "Port").fill("587");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(found(page).getByRole("heading", { name: /the proxy does not take the sign-in/ })).toBeVisible();
      await expect(found(page)).toContainText("Check the user name and the secret of the connector's credential.");
    });
  }
});

test("a connector that is not there says so", async ({ page, watch }) => {
  watch.allow(/status of 404/);
  for (const path of [editConnector(77), deleteConnector(77), checkOf(77)]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  }
});

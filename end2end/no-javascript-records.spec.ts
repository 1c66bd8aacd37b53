// Credentials and network connectors with JavaScript switched off: listed, saved, refused with their answers kept,
// checked and deleted.
import { SECRET, connector, credential } from "./support/api.ts";
import { CANARY, expectNone } from "./support/canary.ts";
import { test } from "./support/network.ts";
import { CONNECTORS, CREDENTIALS, answer, count, expectError, field, filter, head, names, row, save, summary, toast } from "./support/pages.ts";
import {
  NEW_CREDENTIAL,
  checkOf,
  decide,
  decidePasted,
  deleteCredential,
  editConnector,
  editCredential,
  expectConnector,
  expectCredential,
  fate,
  fillConnector,
  fillCredential,
  link,
  pastedField,
  referenceField,
  secretField,
} from "./support/records.ts";
import { expect, phone } from "./support/test.ts";

test.use({ javaScriptEnabled: false });

test.afterEach(async ({ page }) => {
  await expect(page.locator("html"), "no script has run").not.toHaveAttribute("data-hydrated");
});

test.describe("a credential", () => {
  const answers = credential({ direct: "No", hosts: "10.0.0.25\nsmtp.nordhavn.example", ports: "465, 587" });

  test("is registered, shown again, changed and deleted", phone, async ({ page, api }) => {
    await api.connect();
    await page.goto(CREDENTIALS);
    await page.getByRole("link", { name: "New credential" }).click();
    await fillCredential(page, { ...answers, verified_only: "No", plain_in_clear: "No" });
    await page.getByRole("checkbox", { name: "Way out" }).check();
    await secretField(page).fill(SECRET);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(toast(page)).toContainText("“Nordhavn relay” is saved.");
    await page.getByRole("link", { name: "Edit Nordhavn relay" }).click();
    await expectCredential(page, { ...answers, verified_only: "No" });
    await expect(page.getByRole("checkbox", { name: "Way out" })).toBeChecked();
    await page.getByRole("checkbox", { name: "Way out" }).uncheck();
    await answer(page, "Only over verified TLS", "Yes");
    await save(page).click();
    expect((await api.findCredential(1)).draft).toEqual(answers);
    expect((await api.findCredential(1)).secret, "it was kept").toBe("Vault");

    await page.goto(editCredential(1));
    await decide(page, "Reference");
    await referenceField(page).fill("env:POSTHOUSE_SECRET_RELAY");
    await save(page).click();
    await expect(row(page, "Nordhavn relay")).toContainText("env:POSTHOUSE_SECRET_RELAY");
    await page.goto(editCredential(1));
    await decide(page, "Clear");
    await save(page).click();
    await expect(row(page, "Nordhavn relay").getByRole("cell", { name: "None", exact: true })).toBeVisible();
    await page.goto(editCredential(1));
    await link(page, "Delete").click();
    await page.getByRole("button", { name: "Delete credential" }).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(toast(page)).toContainText("“Nordhavn relay” is deleted.");
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(toast(page)).toContainText("“Nordhavn relay” is back.");
    await expect(row(page, "Nordhavn relay")).toBeVisible();
  });

  test("that is refused keeps every answer but the secret, which no page holds", phone, async ({ page, api }) => {
    await api.register({ name: "Taken" });
    await page.goto(NEW_CREDENTIAL);
    await fillCredential(page, credential({ name: "Taken", hosts: "https://x.example", direct: "No" }));
    await secretField(page).fill(CANARY);
    await save(page).click();
    await expect(page).toHaveURL(NEW_CREDENTIAL);
    await expect(page).toHaveTitle("Error: New credential · Credential · Posthouse");
    await expectError(field(page, "Hosts"), /./);
    await expectCredential(page, credential({ name: "Taken", hosts: "https://x.example", direct: "No" }));
    await expect(fate(page, "Enter it")).toBeChecked();
    await expect(secretField(page)).toHaveValue("");
    await expect(secretField(page)).toHaveAccessibleDescription(/Enter the secret again: it is not kept while a form is refused\./);
    expectNone([await page.content(), page.url()], CANARY);
    await field(page, "Hosts").fill("smtp.nordhavn.example");
    await secretField(page).fill(CANARY);
    await save(page).click();
    await expectError(field(page, "Credential name"), /“Taken” exists already/);
    await field(page, "Credential name").fill("Free");
    await save(page).click();
    await expectError(secretField(page), /Enter the secret\./);
    await secretField(page).fill(CANARY);
    await save(page).click();
    await expect(names(page)).toHaveText(["Free", "Taken"]);
  });

  test("with characters that were pasted along asks what becomes of them", phone, async ({ page }) => {
    const typed = "abcd efgh ijkl mnop";
    await page.goto(NEW_CREDENTIAL);
    await fillCredential(page, credential());
    await secretField(page).fill(typed);
    await save(page).click();
    await expect(page).toHaveURL(NEW_CREDENTIAL);
    await expect(pastedField(page)).toHaveAccessibleDescription(/The secret has spaces inside, as Google shows an app password\./);
    await expect(secretField(page)).toHaveValue("");
    await decidePasted(page, "Take them out");
    await secretField(page).fill(typed);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(row(page, "Nordhavn relay")).toContainText("In the vault");
  });

  test("that is widened asks for the secret, and that went stale says so", phone, async ({ page, api }) => {
    await api.register();
    await page.goto(editCredential(1));
    await field(page, "Ports").fill("587 25");
    await save(page).click();
    await expectError(secretField(page), /It may now be used with more than before\. Choose Replace and enter the secret again\./);
    await expect(field(page, "Ports")).toHaveValue("587 25");
    await field(page, "Ports").fill("587");
    await field(page, "User name").fill("mine");
    await decide(page, "Keep");
    await api.updateCredential(1, (await api.findCredential(1)).version, { user_name: "theirs" });
    await save(page).click();
    await expect(summary(page)).toContainText("Not saved: someone else saved this meanwhile");
    await expect(summary(page).getByRole("row", { name: /User name/ })).toContainText("theirs");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    expect((await api.findCredential(1)).draft.user_name).toBe("mine");
  });

  test("in use is not deleted", async ({ page, api }) => {
    await api.register();
    await api.create({ name: "Billing", authentication: "Yes", credential: "1" });
    await page.goto(deleteCredential(1));
    await expect(link(page, "Account “Billing”")).toBeVisible();
    await expect(page.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
  });

  test("says from the first paint which fields apply", phone, async ({ page }) => {
    await page.goto(NEW_CREDENTIAL);
    const clear = page.getByText("Applies when Only over verified TLS is No.");
    await expect(clear).toBeVisible();
    await answer(page, "Only over verified TLS", "No");
    await expect(clear).toBeHidden();
    const secret = page.getByText("Applies when Secret is Enter it.");
    await expect(secret).toBeHidden();
    await decide(page, "Reference");
    await expect(secret).toBeVisible();
    await expect(page.getByText("Applies when Secret is Reference.")).toBeHidden();
  });
});

test("the list of credentials is filtered by the Search button, and sorted by its heads", phone, async ({ page, api, isMobile }) => {
  await api.register({ name: "Relay", user_name: "zoe" });
  await api.register({ name: "Backup", user_name: "amy" });
  await page.goto(CREDENTIALS);
  await filter(page, "User name").fill("ZO");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(names(page)).toHaveText(["Relay"]);
  await expect(count(page, "List")).toHaveText("1 of 2 credentials");
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(names(page)).toHaveText(["Backup", "Relay"]);
  if (isMobile) {
    await page.getByRole("combobox", { name: "Sort by" }).selectOption({ label: "By Name, descending" });
    await page.getByRole("button", { name: "Search", exact: true }).click();
  } else {
    await head(page, "Name").getByRole("button").click();
  }
  await expect(names(page)).toHaveText(["Relay", "Backup"]);
});

test.describe("a network connector", () => {
  test("is registered, refused with its answers kept, changed and deleted", phone, async ({ page, api }) => {
    const { id } = await api.register({ name: "Proxy", user_name: "ops", hosts: "proxy.nordhavn.example", ports: "8080", verified_only: "No", plain_in_clear: "Yes" });
    await page.goto(CONNECTORS);
    await page.getByRole("link", { name: "New network connector" }).click();
    const answers = connector({ kind: "HttpConnect", port: "8080", authentication: "Yes", credential: String(id) });
    await fillConnector(page, { ...answers, host: "http://x" });
    await save(page).click();
    await expectError(field(page, "Proxy host"), /./);
    await expectConnector(page, { ...answers, host: "http://x" });
    await field(page, "Proxy host").fill(answers.host);
    await save(page).click();
    await expect(page).toHaveURL(CONNECTORS);
    expect((await api.findConnector(1)).draft).toEqual(answers);
    await page.goto(editConnector(1));
    await expectConnector(page, answers);
    await answer(page, "Proxy authentication", "No");
    await save(page).click();
    expect((await api.findConnector(1)).draft).toMatchObject({ authentication: "No", credential: "" });
    await page.goto(editConnector(1));
    await link(page, "Delete").click();
    await page.getByRole("button", { name: "Delete network connector" }).click();
    await expect(page.getByRole("heading", { name: "No network connectors yet" })).toBeVisible();
  });

  test("is checked, and its answer stands on the same page", phone, async ({ page, api, lead }) => {
    const proxy = await lead("Socks5", { refuses: 2 });
    await api.connect(proxy.connector);
    await page.goto(checkOf(1));
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(summary(page)).toContainText("Not checked");
    await field(page, "Host to reach").fill("smtp.nordhavn.example");
    await field(page, "Port").fill("587");
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(page).toHaveURL(checkOf(1));
    await expect(page.getByRole("heading", { name: /the proxy's rules do not allow this/ })).toBeVisible();
    await expect(page.getByText("not allowed by the rules (2)").first()).toBeVisible();
    await expect(field(page, "Host to reach")).toHaveValue("smtp.nordhavn.example");
  });
});

// Credentials: registered, changed, duplicated and deleted; and their secrets, which nobody sees again.
import { SECRET, credential } from "./support/api.ts";
import { CANARY, expectNone, watchFor } from "./support/canary.ts";
import { CREDENTIALS, REPORT, answer, edit, expectError, field, names, open, row, save, summary, toast } from "./support/pages.ts";
import {
  NEW_CREDENTIAL,
  decide,
  decidePasted,
  deleteCredential,
  editCredential,
  expectCredential,
  fate,
  fillCredential,
  link,
  pastedField,
  referenceField,
  secretField,
} from "./support/records.ts";
import { expect, phone, test } from "./support/test.ts";

const OTHER = credential({
  name: "Südhafen Straße · Καλημέρα",
  user_name: "NORDHAVN\\relay",
  hosts: "10.0.0.25\nsmtp.nordhavn.example",
  ports: "465, 587",
  direct: "No",
  verified_only: "No",
  plain_in_clear: "Yes",
  certificates: "0a".repeat(32),
});

test.describe("a credential", () => {
  test("is registered, with every answer shown again, and its secret never", phone, async ({ page, api }) => {
    const { id: connector } = await api.connect({ name: "Way out" });
    await open(page, CREDENTIALS);
    await page.getByRole("link", { name: "New", exact: true }).click();
    await expect(page).toHaveTitle("New credential · Credential · Posthouse");
    await fillCredential(page, OTHER);
    await page.getByRole("checkbox", { name: "Way out" }).check();
    await secretField(page).fill(SECRET);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(toast(page)).toContainText(`“${OTHER.name}” is saved.`);
    await expect(row(page, OTHER.name)).toContainText("In the vault");
    await row(page, OTHER.name).getByRole("link", { name: `Edit ${OTHER.name}` }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(OTHER.name);
    await expectCredential(page, OTHER);
    await expect(page.getByRole("checkbox", { name: "Way out" })).toBeChecked();
    await expect(page.getByText("A secret is in the vault. It is never shown.")).toBeVisible();
    await expect(fate(page, "Keep")).toBeChecked();
    await expect(secretField(page)).toHaveValue("");
    await expect(secretField(page)).toBeDisabled();
    await page.reload();
    await expectCredential(page, OTHER);
    const kept = await api.findCredential(1);
    expect(kept.draft).toEqual({ ...OTHER, connectors: [connector] });
    expect(kept.secret).toBe("Vault");
  });

  test("keeps its secret when another answer changes", phone, async ({ page, api }) => {
    await api.register();
    await open(page, editCredential(1));
    await field(page, "Credential name").fill("Renamed");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(row(page, "Renamed")).toContainText("In the vault");
  });

  test("has its secret replaced, kept elsewhere, and cleared", phone, async ({ page, api }) => {
    await api.register();
    const opened = async (label: string) => {
      await open(page, editCredential(1));
      await decide(page, label);
    };
    await opened("Replace");
    await secretField(page).fill("another one");
    await save(page).click();
    await expect(row(page, "Nordhavn relay")).toContainText("In the vault");

    await opened("Reference");
    await expect(secretField(page)).toBeDisabled();
    await referenceField(page).fill("env:POSTHOUSE_SECRET_RELAY");
    await save(page).click();
    await expect(row(page, "Nordhavn relay")).toContainText("env:POSTHOUSE_SECRET_RELAY");
    await open(page, editCredential(1));
    await expect(page.getByText("The secret is read from env:POSTHOUSE_SECRET_RELAY when it is used.")).toBeVisible();

    await opened("Clear");
    await save(page).click();
    await expect(row(page, "Nordhavn relay").getByRole("cell", { name: "None", exact: true })).toBeVisible();
    await open(page, editCredential(1));
    await expect(page.getByText("There is no secret yet.")).toBeVisible();
  });

  test("says which references it takes", async ({ page, watch }) => {
    // What the configuration allows is known to the server alone.
    watch.allow(/status of 422/);
    await open(page, NEW_CREDENTIAL);
    await fillCredential(page, credential());
    await decide(page, "Reference");
    const cases: [string, RegExp][] = [
      ["", /Enter where the secret is: env:NAME or file:PATH\./],
      ["RELAY", /A reference begins with env: or file:\./],
      ["env:A B", /is no name of an environment variable/],
      ["env:POSTHOUSE_DATABASE_URL", /is a setting of Posthouse itself/],
      ["file:a/../b", /leads out of its folder/],
      ["env:PGPASSWORD", /does not allow the environment variable PGPASSWORD\. Use one whose name begins with POSTHOUSE_SECRET_/],
      ["file:relay", /Start Posthouse with --secrets-dir FOLDER/],
    ];
    for (const [typed, words] of cases) {
      await referenceField(page).fill(typed);
      await save(page).click();
      await expectError(referenceField(page), words);
      await expect(summary(page)).toBeFocused();
    }
  });

  test("is duplicated without the secret", phone, async ({ page, api }) => {
    await api.register();
    await open(page, editCredential(1));
    await link(page, "Duplicate").click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Copy of Nordhavn relay");
    await expectCredential(page, credential({ name: "Nordhavn relay (copy)" }));
    await expect(fate(page, "Enter it")).toBeChecked();
    await save(page).click();
    await expectError(secretField(page), /Enter the secret\./);
    await decide(page, "None for now");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(row(page, "Nordhavn relay (copy)").getByRole("cell", { name: "None", exact: true })).toBeVisible();
    await expect(row(page, "Nordhavn relay")).toContainText("In the vault");
  });

  test("is deleted once that is confirmed", phone, async ({ page, api }) => {
    await api.register();
    await open(page, editCredential(1));
    await link(page, "Delete").click();
    await expect(page).toHaveURL(deleteCredential(1));
    await expect(page.getByRole("heading", { name: "Delete “Nordhavn relay”?" })).toBeVisible();
    await expect(page.getByText("The credential can be restored for 30 days, then it is gone for good. Its secret stays sealed in the vault until then, and nothing is sent with it.")).toBeVisible();
    await link(page, "Cancel").click();
    await expect(page).toHaveURL(editCredential(1));
    await link(page, "Delete").click();
    await page.getByRole("button", { name: "Delete credential" }).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(toast(page)).toContainText("“Nordhavn relay” is deleted.");
    await expect(page.getByRole("heading", { name: "No credentials yet" })).toBeVisible();
  });

  test("is not deleted while it is in use: the places are named", phone, async ({ page, api }) => {
    await api.register();
    await api.create({ name: "Billing", authentication: "Yes", credential: "1" });
    await open(page, CREDENTIALS);
    await row(page, "Nordhavn relay").getByRole("link", { name: "1 record" }).click();
    await expect(page).toHaveURL(editCredential(1));
    await expect(page.getByRole("complementary", { name: "Used by" })).toContainText("Account “Billing”");
    await link(page, "Delete").click();
    await expect(page.getByRole("heading", { name: "“Nordhavn relay” is in use, and stays" })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
    await link(page, "Account “Billing”").click();
    await expect(page).toHaveURL(edit(1));
    const refused = await api.post("delete_credential", { id: 1 });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain("is in use by the account “Billing”");
  });
});

test.describe("what was pasted along", () => {
  test("with a secret is named, and taken out as the form says", phone, async ({ page, api }) => {
    await open(page, NEW_CREDENTIAL);
    await fillCredential(page, credential());
    await secretField(page).fill(SECRET);
    await expect(pastedField(page)).toHaveCount(0);
    await secretField(page).fill(`\u00A0${SECRET}`);
    await expect(pastedField(page)).toHaveAccessibleDescription("The secret begins with a no-break space.");
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    const words = "The secret begins with a no-break space. Choose whether to take this out or to keep it.";
    await expect(summary(page).getByRole("link")).toHaveText([words]);
    await summary(page).getByRole("link").click();
    await expect(pastedField(page).getByRole("radio").first()).toBeFocused();
    await decidePasted(page, "Take them out");
    await expect(secretField(page), "what was typed stays").toHaveValue(`\u00A0${SECRET}`);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    expect((await api.findCredential(1)).secret).toBe("Vault");
  });

  test("with a user name is kept where it belongs to it, and not asked for again", phone, async ({ page, api }) => {
    const userName = "relay\u200B@nordhavn.example";
    await open(page, NEW_CREDENTIAL);
    await fillCredential(page, credential({ user_name: userName }));
    await secretField(page).fill(SECRET);
    await save(page).click();
    const words = "The user name has a zero-width space inside (character 6). Choose whether to take this out or to keep it.";
    await expect(summary(page).getByRole("link")).toHaveText([words]);
    await decidePasted(page, "Keep as pasted");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    expect((await api.findCredential(1)).draft).toMatchObject({ user_name: userName, pasted: "Keep" });
    await open(page, editCredential(1));
    await field(page, "Credential name").fill("Renamed");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(row(page, "Renamed")).toContainText("In the vault");
  });
});

test.describe("where it may be used", () => {
  test("is widened only with the secret entered again", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.register();
    await open(page, editCredential(1));
    const note = page.getByText("It may now be used with more than before: choose Replace, and enter it again.");
    await expect(note).toHaveCount(0);
    await field(page, "Hosts").fill("smtp.nordhavn.example mx.stranger.example");
    await expect(note).toBeVisible();
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expectError(secretField(page), /It may now be used with more than before\. Choose Replace and enter the secret again\./);
    await expect(fate(page, "Replace"), "the field is open").toBeChecked();
    await expect(field(page, "Hosts")).toHaveValue("smtp.nordhavn.example mx.stranger.example");
    expect((await api.findCredential(1)).draft.hosts).toBe("smtp.nordhavn.example");
    await secretField(page).fill(SECRET);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    expect((await api.findCredential(1)).draft.hosts).toBe("mx.stranger.example\nsmtp.nordhavn.example");
  });

  test("is widened by each of the answers that loosen it", async ({ page, api }) => {
    await api.connect();
    await api.register({ ...credential(), direct: "No" });
    const widened: (() => Promise<void>)[] = [
      () => field(page, "Hosts").fill("smtp.nordhavn.example other.example"),
      () => field(page, "Ports").fill("587 25"),
      () => answer(page, "Without a network connector", "Yes"),
      () => page.getByRole("checkbox", { name: "Way out" }).check(),
      () => answer(page, "Only over verified TLS", "No"),
      () => field(page, "Own certificates").fill("0a".repeat(32)),
    ];
    for (const widen of widened) {
      await open(page, editCredential(1));
      await widen();
      await expect(page.getByText("It may now be used with more than before")).toBeVisible();
    }
  });

  test("is narrowed without it", async ({ page, api }) => {
    await api.register({ hosts: "a.example b.example", verified_only: "No", plain_in_clear: "Yes" });
    await open(page, editCredential(1));
    await fillCredential(page, { hosts: "b.example", verified_only: "Yes" });
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(row(page, "Nordhavn relay")).toContainText("In the vault");
  });

  test("keeps PLAIN and LOGIN in clear text out of reach while TLS is asked for", phone, async ({ page }) => {
    await open(page, NEW_CREDENTIAL);
    const clear = page.getByRole("radiogroup", { name: "Allow PLAIN and LOGIN in clear text" });
    await expect(clear).toHaveAccessibleDescription(/Applies when Only over verified TLS is No\./);
    await expect(clear.getByRole("radio", { name: "Yes" })).toBeDisabled();
    await answer(page, "Only over verified TLS", "No");
    await expect(clear.getByRole("radio", { name: "Yes" })).toBeEnabled();
    await expect(clear).not.toHaveAccessibleDescription(/Applies when/);
  });
});

test.describe("a refused form", () => {
  test("has the same words in its summary and beside each field, and keeps what was typed", phone, async ({ page }) => {
    await open(page, NEW_CREDENTIAL);
    await fillCredential(page, { hosts: "https://a.example", ports: "587, 70000", certificates: "12:34" });
    await save(page).click();
    await expect(page).toHaveTitle("Error: New credential · Credential · Posthouse");
    await expect(summary(page)).toBeFocused();
    await expect(summary(page).getByRole("heading")).toHaveText("Not saved: six answers need a change");
    const labels = ["Credential name", "User name", "Password or other secret", "Hosts", "Ports", "Own certificates"];
    const links = summary(page).getByRole("link");
    await expect(links).toHaveCount(labels.length);
    for (const [n, label] of labels.entries()) {
      const words = await links.nth(n).innerText();
      await expectError(field(page, label), new RegExp(words.replace(/[().?*+/\\]/g, "\\$&")));
      await links.nth(n).click();
      await expect(field(page, label)).toBeFocused();
    }
    await expect(field(page, "Hosts")).toHaveValue("https://a.example");
    await expect(field(page, "Ports")).toHaveValue("587, 70000");
    await fillCredential(page, credential());
    await secretField(page).fill(SECRET);
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
  });

  test("names a taken name beside the field, and keeps the secret that was typed", async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.register({ name: "Straße" });
    await open(page, NEW_CREDENTIAL);
    await fillCredential(page, credential({ name: "STRASSE" }));
    await secretField(page).fill(SECRET);
    await save(page).click();
    await expectError(field(page, "Credential name"), /“STRASSE” exists already\. Choose another name\./);
    await expect(secretField(page)).toHaveValue(SECRET);
    await field(page, "Credential name").fill("Another");
    await save(page).click();
    await expect(row(page, "Another")).toContainText("In the vault");
  });

  test("that went stale shows what differs, and a second Save keeps mine", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await api.register();
    await open(page, editCredential(1));
    await field(page, "User name").fill("mine@nordhavn.example");
    const { version } = await api.findCredential(1);
    await api.updateCredential(1, version, { user_name: "theirs@nordhavn.example" });
    await save(page).click();
    await expect(summary(page)).toContainText("Not saved: someone else saved this meanwhile");
    await expect(summary(page).getByRole("row", { name: /User name/ })).toContainText("theirs@nordhavn.example");
    await expect(field(page, "User name")).toHaveValue("mine@nordhavn.example");
    await save(page).click();
    await expect(page).toHaveURL(CREDENTIALS);
    expect((await api.findCredential(1)).draft.user_name).toBe("mine@nordhavn.example");
  });

  test("is left only after asking", phone, async ({ page }) => {
    await open(page, NEW_CREDENTIAL);
    await secretField(page).fill(SECRET);
    await link(page, "Cancel").click();
    const leaving = page.getByRole("dialog", { name: /not saved/ });
    await expect(leaving).toBeVisible();
    await leaving.getByRole("button", { name: "Stay" }).click();
    await expect(secretField(page)).toHaveValue(SECRET);
    await link(page, "Cancel").click();
    await leaving.getByRole("button", { name: "Leave without saving" }).click();
    await expect(page).toHaveURL(CREDENTIALS);
  });
});

test("the secret is in no page, no answer of the server, no address and no log", phone, async ({ page, api, office, watch }) => {
  watch.allow(/status of (422|409)/);
  const expectUnseen = watchFor(page, CANARY);
  await open(page, NEW_CREDENTIAL);
  await fillCredential(page, credential({ hosts: "x y:z" }));
  await secretField(page).fill(CANARY);
  await save(page).click();
  await expect(summary(page)).toBeVisible();
  await field(page, "Hosts").fill("smtp.nordhavn.example");
  await save(page).click();
  await expect(names(page)).toHaveText(["Nordhavn relay"]);
  await page.getByRole("link", { name: "Edit Nordhavn relay" }).click();
  await decide(page, "Replace");
  await secretField(page).fill(CANARY);
  await field(page, "Credential name").fill("");
  await save(page).click();
  await expect(summary(page)).toBeVisible();
  await field(page, "Credential name").fill("Nordhavn relay");
  await save(page).click();
  await expect(toast(page)).toContainText("is saved");
  await api.create({ authentication: "Yes", credential: "1" });
  for (const path of [CREDENTIALS, editCredential(1), `${CREDENTIALS}/1/duplicate`, deleteCredential(1), REPORT, edit(1)]) {
    await open(page, path);
  }
  await expectUnseen();
  const answers = [
    api.ask("list_credentials", { filter: {} }),
    api.ask("load_credential_form", { form: { Edit: 1 }, list: "" }),
    api.ask("load_credential_to_delete", { id: 1 }),
    api.ask("load_account_form", { form: { Edit: 1 } }),
  ].map(async (response) => (await response).text());
  expectNone([...(await Promise.all(answers)), office.log], CANARY);
});

test("a credential that is not there says so", async ({ page, watch }) => {
  watch.allow(/status of 404/);
  for (const path of [editCredential(77), deleteCredential(77), `${CREDENTIALS}/77/duplicate`]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  }
});

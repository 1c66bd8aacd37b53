// The form "SMTP server settings": every field saved and shown again, and what it says while one fills it in.
import type { Page } from "@playwright/test";

import { type Draft, draft } from "./support/api.ts";
import { clipboardText } from "./support/clipboard.ts";
import { NEW, REPORT, answer, count, edit, field, holdWasm, names, open, question, row, save, started, toast } from "./support/pages.ts";
import { OTHER, QUESTIONS, TEXTS, expectShown, fill, keys } from "./support/form.ts";
import { expect, phone, test } from "./support/test.ts";

const wire = (page: Page) => page.getByRole("complementary", { name: "What the server will see" });

test.describe("every field", () => {
  test("is saved and shown again", phone, async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, OTHER);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    await expect(toast(page)).toContainText("“Südhafen Straße · Καλημέρα” is saved.");
    await row(page, OTHER.name).getByRole("link", { name: `Edit ${OTHER.name}` }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText(OTHER.name);
    await expectShown(page, OTHER);
    await page.reload();
    await expectShown(page, OTHER);
    expect(await api.find(1)).toEqual(OTHER);
  });

  test("is changed by Edit, one by one, and nothing else with it", async ({ page, api }) => {
    await api.create({ name: "The default" });
    const { id: connector } = await api.connect();
    const anywhere = { hosts: OTHER.host, ports: OTHER.port, connectors: [connector], verified_only: "No" } as const;
    const { id: credential } = await api.register(anywhere);
    const saved = await api.create(draft());
    const changes: Partial<Draft>[] = [
      ...keys(TEXTS).map((key) => ({ [key]: OTHER[key] })),
      ...keys(QUESTIONS)
        .filter((key) => !["default", "authentication", "use_connector"].includes(key))
        .map((key) => ({ [key]: draft()[key] === "Yes" ? "No" : "Yes" }) as Partial<Draft>),
      { tls_type: "SSL" },
      { ignore_certificate: "No", trust: "Certificate", pin: "0a".repeat(32) },
      { trust: "Machine", pin: "" },
      { authentication: "Yes", credential: String(credential) },
      { mechanism: "PLAIN" },
      { use_connector: "Yes", connector: String(connector) },
      { use_connector: "No", connector: "" },
      { authentication: "No", credential: "", mechanism: "Auto" },
    ];
    let expected = draft();
    for (const change of changes) {
      await open(page, edit(saved.id));
      if ("ignore_certificate" in change) {
        // It applies to a safe connection alone, which the change before took away.
        change.safe_connection = "Yes";
      }
      await fill(page, change);
      await save(page).click();
      await expect(page).toHaveURL(REPORT);
      expected = { ...expected, ...change };
      expect(await api.find(saved.id), JSON.stringify(change)).toEqual(expected);
    }
    await open(page, edit(saved.id));
    await expectShown(page, expected);
  });

  test("begins with its default", phone, async ({ page }) => {
    await open(page, NEW);
    const empty = Object.fromEntries(keys(TEXTS).map((key) => [key, ""])) as unknown as Draft;
    const rest = { enabled: "Yes", default: "No", force_settings: "No", read_receipt: "No", footer: "No" } as const;
    const server = { safe_connection: "Yes", tls_type: "TLS", ignore_certificate: "No", trust: "Machine", pin: "", ca: "" } as const;
    const signIn = { authentication: "Yes", credential: "", mechanism: "Auto", use_connector: "No", connector: "" } as const;
    await expectShown(page, { ...empty, ...rest, ...server, ...signIn });
    await expect(page).toHaveTitle("New account · SMTP server settings · Posthouse");
  });
});

test.describe("the fields of a safe connection", () => {
  test("stay in their place, say when they apply, and keep what was chosen", phone, async ({ page }) => {
    await open(page, NEW);
    await fill(page, { tls_type: "SSL", ignore_certificate: "Yes" });
    await answer(page, "Use safe connection?", "No");
    for (const name of ["Secure connection type", "Ignore certificate error"]) {
      await expect(question(page, name)).toBeVisible();
      await expect(question(page, name)).toHaveAccessibleDescription(/Applies when Use safe connection\? is Yes\./);
      const radios = question(page, name).getByRole("radio");
      await expect(radios).toHaveCount(2);
      await expect(radios.first()).toBeDisabled();
      await expect(radios.last()).toBeDisabled();
    }
    await answer(page, "Use safe connection?", "Yes");
    await expect(question(page, "Secure connection type").getByRole("radio", { name: /^SSL/ })).toBeChecked();
    await expect(question(page, "Secure connection type").getByRole("radio", { name: /^SSL/ })).toBeEnabled();
    await expect(question(page, "Ignore certificate error").getByRole("radio", { name: "Yes" })).toBeChecked();
    await expect(question(page, "Ignore certificate error")).not.toHaveAccessibleDescription(/Applies when/);
  });

  test("give the usual port, said in the help of Port", async ({ page }) => {
    await open(page, NEW);
    const port = field(page, "Port");
    await expect(port).toHaveAttribute("inputmode", "numeric");
    await expect(port).toHaveAttribute("type", "text");
    await expect(port).toHaveAccessibleDescription("Empty means 587.");
    await fill(page, { tls_type: "SSL" });
    await expect(port).toHaveAccessibleDescription("Empty means 465.");
    await answer(page, "Use safe connection?", "No");
    await expect(port).toHaveAccessibleDescription("Empty means 25.");
  });
});

test("what the server will see follows every answer", phone, async ({ page }) => {
  await open(page, NEW);
  await expect(wire(page)).toContainText("no host yet");
  await expect(wire(page)).toContainText("no address yet");
  await fill(page, draft());
  await expect(wire(page)).toContainText("smtp.nordhavn.example:587, directly");
  await expect(wire(page)).toContainText("STARTTLS, certificate checked");
  await expect(wire(page)).toContainText("MAIL FROM:<bounces@nordhavn.example>");
  await expect(wire(page)).toContainText("From: billing@nordhavn.example");
  await expect(wire(page)).toContainText("Reply-To: answers@nordhavn.example");
  await expect(wire(page)).toContainText("No Disposition-Notification-To");
  await fill(page, { read_receipt: "Yes", ignore_certificate: "Yes", tls_type: "SSL", port: "4650", host: "::1" });
  await expect(wire(page)).toContainText("Disposition-Notification-To: receipts@nordhavn.example");
  await expect(wire(page)).toContainText("implicit TLS, certificate not checked");
  await expect(wire(page)).toContainText("[::1]:4650");
  await answer(page, "Use safe connection?", "No");
  await expect(wire(page)).toContainText("none: clear text");
});

test("addresses, host and ID can be copied", async ({ page, api, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await api.create();
  await open(page, edit(1));
  const cases = { Connection: "smtp.nordhavn.example:587", "Sender e-mail": "billing@nordhavn.example", "the ID": "1" };
  for (const [what, text] of Object.entries(cases)) {
    await page.getByRole("button", { name: `Copy ${what}`, exact: true }).click();
    await expect(page.getByRole("button", { name: `Copied ${what}`, exact: true })).toBeVisible();
    expect(await clipboardText(page)).toBe(text);
  }
});

test("the sender's address can be taken for the other three while they are empty", async ({ page }) => {
  await open(page, NEW);
  const offer = page.getByRole("button", { name: "Use it for reply, return and confirmation" });
  await expect(offer).toHaveCount(0);
  await field(page, "Sender e-mail").fill("billing@nordhavn.example");
  await offer.click();
  for (const label of ["Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail"]) {
    await expect(field(page, label)).toHaveValue("billing@nordhavn.example");
    await expect(field(page, label)).not.toHaveAttribute("aria-invalid");
  }
  await expect(offer).toHaveCount(0);
});

test("pasted spaces around an answer do not count", async ({ page, api }) => {
  await open(page, NEW);
  await fill(page, draft({ name: "  Nordhavn billing ", sender: " billing@nordhavn.example ", host: " smtp.nordhavn.example  ", port: " 2525 " }));
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
  expect(await api.find(1)).toEqual(draft({ port: "2525", default: "Yes" }));
});

test("an address in brackets is taken, and a host name in capitals is the same one", async ({ page, api }) => {
  for (const [typed, kept] of [["[2001:DB8::1]", "2001:db8::1"], ["SMTP.Nordhavn.Example", "smtp.nordhavn.example"]]) {
    await open(page, NEW);
    await fill(page, draft({ name: `At ${typed}`, host: typed }));
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    await row(page, `At ${typed}`).getByRole("link", { name: /^Edit/ }).click();
    await expect(field(page, "Host SMTP")).toHaveValue(kept ?? "");
  }
  expect(await api.count()).toBe(2);
});

test.describe("after Save and Cancel", () => {
  test("one is back in the same filtered list", phone, async ({ page, api }) => {
    await api.createAll([{ name: "Nord one" }, { name: "Nord two" }, { name: "Süd" }]);
    const list = "?name=nord&sort=-name";
    await open(page, REPORT + list);
    for (const end of ["Save", "Cancel"] as const) {
      await row(page, "Nord one").getByRole("link", { name: "Edit Nord one" }).click();
      await expect(page).toHaveURL(edit(1, list));
      await page.getByRole("main").getByRole(end === "Save" ? "button" : "link", { name: end, exact: true }).click();
      await expect(page).toHaveURL(REPORT + list);
      await expect(names(page)).toHaveText(["Nord two", "Nord one"]);
    }
  });

  test("the page's title and focus follow", async ({ page, api }) => {
    await api.create();
    await open(page, REPORT);
    await page.getByRole("link", { name: "New" }).click();
    await expect(page).toHaveTitle("New account · SMTP server settings · Posthouse");
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page).toHaveTitle("SMTP configuration · Posthouse");
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  });
});

test("the count follows what was saved", async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  await expect(count(page)).toHaveText("1 account");
  await page.getByRole("link", { name: "New" }).click();
  await fill(page, draft({ name: "Another" }));
  await save(page).click();
  await expect(count(page)).toHaveText("2 accounts");
});

test("a duplicate begins with everything but the name and the default mark", phone, async ({ page, api }) => {
  await api.create({ ...OTHER, enabled: "Yes", name: "Original" });
  await open(page, edit(1));
  await page.getByRole("link", { name: "Duplicate" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Copy of Original");
  await expectShown(page, { ...OTHER, enabled: "Yes", name: "Original (copy)", default: "No" });
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
  await expect(names(page)).toHaveText(["Original", "Original (copy)"]);
  await open(page, `${REPORT}/1/duplicate`);
  await expect(field(page, "Account name")).toHaveValue("Original (copy 2)");
});

test("what was typed before the page had started is not lost", async ({ page, api }) => {
  const start = await holdWasm(page);
  await page.goto(NEW, { waitUntil: "commit" });
  await fill(page, OTHER);
  start();
  await started(page);
  await expectShown(page, OTHER);
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
  expect(await api.find(1)).toEqual(OTHER);
});

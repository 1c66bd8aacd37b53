// Answers that cannot stand: said beside the field and in the summary, in the browser and on the server alike.
import { draft } from "./support/api.ts";
import { NEW, REPORT, expectError, field, open, question, save, summary } from "./support/pages.ts";
import { OTHER, expectShown, fill } from "./support/form.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("a refused form", () => {
  test("has a summary that takes the focus and leads to the fields, with the same words beside each", phone, async ({ page }) => {
    await open(page, NEW);
    await save(page).click();
    await expect(page).toHaveTitle("Error: New account · SMTP server settings · Posthouse");
    await expect(summary(page)).toBeFocused();
    await expect(summary(page).getByRole("heading")).toHaveText("Not saved: seven answers need a change");
    const links = summary(page).getByRole("link");
    await expect(links).toHaveText([
      "Enter an account name.",
      "Enter an address for Sender e-mail, such as name@example.org.",
      "Enter an address for Reply e-mail, such as name@example.org.",
      "Enter an address for Reply e-mail (Return-Path), such as name@example.org.",
      "Enter an address for Confirmation mail, such as name@example.org.",
      "Enter a host name or IP address.",
      "Choose a credential, or register one.",
    ]);
    const labels = ["Account name", "Sender e-mail", "Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail"];
    for (const [n, label] of [...labels, "Host SMTP", "Credential for authentication"].entries()) {
      const words = await links.nth(n).innerText();
      await expectError(field(page, label), new RegExp(words.replace(/[().]/g, "\\$&")));
      await links.nth(n).click();
      await expect(field(page, label)).toBeFocused();
      await expect(field(page, label)).toBeInViewport({ ratio: 1 });
    }
  });

  test("keeps what was typed, and is saved once it is right", async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, { ...OTHER, confirmation: "receipts@" });
    await save(page).click();
    await expect(summary(page).getByRole("heading")).toHaveText("Not saved: one answer needs a change");
    await expectError(field(page, "Confirmation mail"), /Confirmation mail has no domain\. Write it as name@example\.org\./);
    await expectShown(page, { ...OTHER, confirmation: "receipts@" });
    expect(await api.count()).toBe(0);
    await field(page, "Confirmation mail").fill(OTHER.confirmation);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    expect(await api.find(1)).toEqual(OTHER);
  });

  test("says of each wrong answer what to do", async ({ page }) => {
    await open(page, NEW);
    const cases: [string, string, RegExp][] = [
      ["Account name", "x".repeat(121), /The account name has 121 characters\. Use at most 120\./],
      ["Sender e-mail", "Ops <ops@nordhavn.example>", /Sender e-mail holds more than an address/],
      ["Reply e-mail", "a@b.example, c@d.example", /Reply e-mail takes one address/],
      ["Reply e-mail (Return-Path)", "nobody", /Reply e-mail \(Return-Path\) has no @/],
      ["Confirmation mail", "a b@nordhavn.example", /Confirmation mail has a space before the @/],
      ["Host SMTP", "smtp://mail.nordhavn.example", /Host SMTP holds more than a host name\. Take “smtp:\/\/” off\./],
      ["Host SMTP", "mail.nordhavn.example/inbox", /Take “\/inbox” off/],
      ["Host SMTP", "mail.nordhavn.example:587", /Take “:587” off and write it under Port/],
      ["Host SMTP", "300.1.2.3", /is not an IP address/],
      ["Port", "0", /Port is a number from 1 to 65535\./],
      ["Port", "65536", /Port is a number from 1 to 65535\./],
      ["Port", "smtp", /Port is a number from 1 to 65535\./],
    ];
    for (const [label, typed, words] of cases) {
      await field(page, label).fill(typed);
      await field(page, label).blur();
      await expectError(field(page, label), words);
    }
    for (const words of [/\bplease\b/i, /\bsorry\b/i, /\boops\b/i, /\binvalid\b/i]) {
      expect(await page.getByRole("main").innerText()).not.toMatch(words);
    }
  });

  test("names a taken name beside the field, whatever its case", async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.create({ name: "Straße" });
    await open(page, NEW);
    await fill(page, draft({ name: "STRASSE" }));
    await save(page).click();
    await expectError(field(page, "Account name"), /“STRASSE” exists already\. Choose another name\./);
    await expect(summary(page)).toBeFocused();
    expect(await api.count()).toBe(1);
  });

  test("is the same whether the browser or the server refuses it", async ({ page, api }) => {
    const wrong = { name: "", sender: "a@", reply: "b", port: "99999", host: "x y" };
    const answer = await api.post("save_account", {
      form: "New",
      ...Object.fromEntries(Object.entries({ ...draft(), ...wrong }).map(([name, value]) => [`draft[${name}]`, value])),
    });
    expect(answer.status).toBe(422);
    const said = ((await answer.json()) as { Fields: { message: string }[] }).Fields.map((error) => error.message);
    await open(page, NEW);
    await fill(page, { ...draft(), ...wrong });
    await save(page).click();
    await expect(summary(page).getByRole("link")).toHaveText(said);
  });
});

test.describe("a message beside a field", () => {
  test("comes when the field is left, and not in mid-word", async ({ page }) => {
    await open(page, NEW);
    const sender = field(page, "Sender e-mail");
    await sender.pressSequentially("ops@");
    await expect(sender).not.toHaveAttribute("aria-invalid");
    await sender.press("Tab");
    await expectError(sender, /Sender e-mail has no domain/);
    await expect(summary(page), "the summary belongs to Save").toHaveCount(0);
  });

  test("does not move what is being pressed", phone, async ({ page }) => {
    await open(page, NEW);
    await field(page, "Confirmation mail").fill("nobody");
    const wrong = field(page, "Confirmation mail");
    const answered = question(page, "Enabled").getByText("No", { exact: true });
    await answered.scrollIntoViewIfNeeded();
    await wrong.focus();
    const before = await answered.boundingBox();
    await answered.hover();
    await page.mouse.down();
    await expect(wrong).not.toBeFocused();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await expect(wrong).not.toHaveAttribute("aria-invalid");
    expect(await answered.boundingBox()).toEqual(before);
    await page.mouse.up();
    await expect(question(page, "Enabled").getByLabel("No")).toBeChecked();
    await expectError(wrong, /has no @/);
  });

  test("goes as soon as the value is right", phone, async ({ page }) => {
    await open(page, NEW);
    const sender = field(page, "Sender e-mail");
    await sender.fill("ops");
    await sender.blur();
    await expectError(sender, /Sender e-mail has no @/);
    await sender.focus();
    await sender.press("End");
    await sender.pressSequentially("@nordhavn");
    await expect(sender).not.toHaveAttribute("aria-invalid");
    await expect(page.getByText("Sender e-mail has no @")).toHaveCount(0);
    await expect(sender).toBeFocused();
  });
});

test("line breaks and NUL are refused at the edge, in every field that reaches a mail server", async ({ api }) => {
  const accounts = ["name", "sender", "reply", "return_path", "confirmation", "host"] as const;
  for (const name of accounts) {
    for (const character of ["\r\n", "\n", "\r", "\0"]) {
      const value = { name: `Nord${character}havn`, host: `smtp${character}.example` }[name as string];
      const wrong = value ?? `a@nordhavn.example${character}Bcc: b@evil.example`;
      const answers = { ...draft(), [name]: wrong };
      const form = Object.fromEntries(Object.entries(answers).map(([key, text]) => [`draft[${key}]`, text]));
      const answer = await api.post("save_account", { form: "New", ...form });
      expect(answer.status, `${name} ${JSON.stringify(wrong)}`).toBe(422);
      const errors = ((await answer.json()) as { Fields: { field: string }[] }).Fields;
      expect(errors.map((error) => error.field)).toEqual([name]);
    }
  }
  expect(await api.count()).toBe(0);
});

test("arguments that do not parse get a clear answer, and change nothing", async ({ api }) => {
  const cases: [string, Record<string, string>][] = [
    ["save_account", {}],
    ["save_account", { form: "Nonsense", "draft[name]": "x" }],
    ["save_account", { form: "New", "draft[enabled]": "Perhaps" }],
    ["save_account", { "form[Edit]": "abc", "draft[name]": "x" }],
    ["delete_account", {}],
    ["delete_account", { id: "abc" }],
    ["save_preferences", { page_size: "7" }],
  ];
  for (const [endpoint, form] of cases) {
    expect((await api.post(endpoint, form)).status, `${endpoint} ${JSON.stringify(form)}`).toBe(400);
    for (const referer of [undefined, `${api.url}${NEW}`]) {
      const plain = await api.post(endpoint, form, { accept: "text/html", ...(referer && { referer }) });
      expect(plain.status, `${endpoint} ${JSON.stringify(form)} as a form from ${referer}`).toBe(400);
    }
  }
  expect((await api.ask("list_accounts", { filter: 7 })).status).toBe(400);
  expect((await api.post("delete_account", { id: 77 })).status).toBe(404);
  expect(await api.count()).toBe(0);
});

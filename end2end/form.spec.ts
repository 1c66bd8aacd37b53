// The form "SMTP server settings": saved, shown again, and what it says of answers that cannot stand.
import type { Page } from "@playwright/test";

import { type Api, type Draft, draft } from "./support/api.ts";
import { installClock, stopClock } from "./support/clock.ts";
import { NEW, REPORT, answer, count, edit, expectError, field, names, open, question, row, started, summary } from "./support/pages.ts";
import { expect, test } from "./support/test.ts";

const phone = { tag: "@phone" };

const TEXTS = {
  name: "Account name",
  sender: "Sender e-mail",
  reply: "Reply e-mail",
  return_path: "Reply e-mail (Return-Path)",
  confirmation: "Confirmation mail",
  host: "Host SMTP",
  port: "Port",
} as const;

const QUESTIONS = {
  enabled: "Enabled",
  default: "Default account",
  force_settings: "Force settings use",
  read_receipt: "Send read receipt",
  footer: "Enable footnote",
  safe_connection: "Use safe connection?",
  ignore_certificate: "Ignore certificate error",
} as const;

const keys = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

async function fill(page: Page, answers: Partial<Draft>) {
  for (const key of keys(TEXTS)) {
    if (answers[key] !== undefined) {
      await field(page, TEXTS[key]).fill(answers[key]);
    }
  }
  for (const key of keys(QUESTIONS)) {
    if (answers[key] !== undefined) {
      await answer(page, QUESTIONS[key], answers[key]);
    }
  }
  if (answers.tls_type) {
    await page.getByRole("radiogroup", { name: "Secure connection type" }).getByText(answers.tls_type).first().click();
  }
}

async function expectShown(page: Page, answers: Draft) {
  for (const key of keys(TEXTS)) {
    await expect(field(page, TEXTS[key]), key).toHaveValue(answers[key]);
  }
  for (const key of keys(QUESTIONS)) {
    await expect(question(page, QUESTIONS[key]).getByRole("radio", { name: answers[key] }), key).toBeChecked();
  }
  const type = page.getByRole("radiogroup", { name: "Secure connection type" });
  await expect(type.getByRole("radio", { name: new RegExp(`^${answers.tls_type}`) })).toBeChecked();
}

const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true });
const wire = (page: Page) => page.getByRole("complementary", { name: "What the server will see" });
const toast = (page: Page) => page.locator(".toasts");
const leaving = (page: Page) => page.getByRole("dialog", { name: /not saved/ });

const OTHER: Draft = {
  name: "Südhafen Straße · Καλημέρα",
  enabled: "No",
  default: "No",
  sender: "südhafen@straße.example",
  reply: "answers+tag@sud.example",
  return_path: "bounces@sud.example",
  confirmation: "receipts@sud.example",
  force_settings: "Yes",
  read_receipt: "Yes",
  footer: "Yes",
  host: "smtp.südhafen.example",
  port: "2525",
  safe_connection: "Yes",
  tls_type: "SSL",
  ignore_certificate: "Yes",
};

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
    const saved = await api.create(draft());
    const changes: Partial<Draft>[] = [
      ...keys(TEXTS).map((key) => ({ [key]: OTHER[key] })),
      ...keys(QUESTIONS)
        .filter((key) => key !== "default")
        .map((key) => ({ [key]: draft()[key] === "Yes" ? "No" : "Yes" }) as Partial<Draft>),
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
    const server = { safe_connection: "Yes", tls_type: "TLS", ignore_certificate: "No" } as const;
    await expectShown(page, { ...empty, ...rest, ...server });
    await expect(page).toHaveTitle("New account · SMTP server settings · Posthouse");
  });
});

test.describe("a refused form", () => {
  test("has a summary that takes the focus and leads to the fields, with the same words beside each", phone, async ({ page }) => {
    await open(page, NEW);
    await save(page).click();
    await expect(page).toHaveTitle("Error: New account · SMTP server settings · Posthouse");
    await expect(summary(page)).toBeFocused();
    await expect(summary(page).getByRole("heading")).toHaveText("Not saved: six answers need a change");
    const links = summary(page).getByRole("link");
    await expect(links).toHaveText([
      "Enter an account name.",
      "Enter an address for Sender e-mail, such as name@example.org.",
      "Enter an address for Reply e-mail, such as name@example.org.",
      "Enter an address for Reply e-mail (Return-Path), such as name@example.org.",
      "Enter an address for Confirmation mail, such as name@example.org.",
      "Enter a host name or IP address.",
    ]);
    const labels = ["Account name", "Sender e-mail", "Reply e-mail", "Reply e-mail (Return-Path)", "Confirmation mail"];
    for (const [n, label] of [...labels, "Host SMTP"].entries()) {
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
      ["Account name", "x".repeat(121), /Account name has 121 characters\. Use at most 120\./],
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

test.describe("the default account", () => {
  test("is the first enabled one, by itself, and the report says so", async ({ page }) => {
    await open(page, NEW);
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/The first enabled account becomes it/);
    await fill(page, draft());
    await save(page).click();
    await expect(toast(page)).toContainText("It is the default.");
    await expect(row(page, "Nordhavn billing").getByRole("cell", { name: "Yes" }).nth(1)).toBeVisible();
  });

  test("moves when another is chosen, and says so", async ({ page, api }) => {
    const [first] = await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/Yes takes the mark from “First”/);
    await answer(page, "Default account", "Yes");
    await save(page).click();
    await expect(toast(page)).toContainText("“Second” is now the default, in place of “First”.");
    expect((await api.find(1)).default).toBe("No");
    expect((await api.find(2)).default).toBe("Yes");
    expect(first?.id).toBe(1);
  });

  test("cannot be given up or disabled while another could be it, and the words say how", async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(1));
    const words = /This is the default\. Make another account the default first\./;
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/To change that, make another account the default/);
    await answer(page, "Default account", "No");
    await answer(page, "Enabled", "No");
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(question(page, "Enabled")).toHaveAccessibleDescription(words);
    await expect(question(page, "Default account")).toHaveAccessibleDescription(words);
    await summary(page).getByRole("link", { name: words }).first().click();
    await expect(question(page, "Enabled").locator(":focus")).toHaveCount(1);
    expect((await api.find(1)).default).toBe("Yes");
  });

  test("is not a disabled one: two answers that contradict each other are refused", async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft({ enabled: "No", default: "Yes" }));
    await save(page).click();
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/Answer Yes to Enabled, or No here/);
    await answer(page, "Enabled", "Yes");
    await expect(question(page, "Default account")).not.toHaveAccessibleDescription(/Answer Yes to Enabled/);
    expect(await api.count()).toBe(0);
  });

  test("cannot be deleted while another could be it, and the words say how", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(1));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByText("“First” is the default. Make another account the default first, then delete this one.")).toBeVisible();
    await expect(page).toHaveURL(edit(1));
    expect(await api.count()).toBe(2);
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
      for (const radio of await question(page, name).getByRole("radio").all()) {
        await expect(radio).toBeDisabled();
      }
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
      await page.getByText(end, { exact: true }).click();
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

test.describe("a deleted account", () => {
  test("is gone at once, and comes back by Undo", phone, async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { ...OTHER, name: "Second" }]);
    await open(page, edit(2, "?name=second"));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=second`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("“Second” is back.");
    await expect(names(page)).toHaveText(["Second"]);
    expect(await api.find(2)).toEqual({ ...OTHER, name: "Second" });
  });

  test("keeps its Undo until it is closed or the page changes, and another toast for a while", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await installClock(page);
    await open(page, edit(2));
    await stopClock(page);
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await page.clock.fastForward("10:00");
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await toast(page).getByRole("button", { name: "Close" }).click();
    await expect(toast(page)).toBeEmpty();

    await page.getByRole("link", { name: "Edit First" }).click();
    await save(page).click();
    await expect(toast(page)).toContainText("“First” is saved.");
    await page.clock.fastForward(5_000);
    await expect(toast(page)).toContainText("“First” is saved.");
    await toast(page).getByText("is saved").hover();
    await page.clock.fastForward("01:00");
    await expect(toast(page), "it waits while it is looked at").toContainText("“First” is saved.");
    await page.mouse.move(5, 5);
    await page.clock.fastForward(7_000);
    await expect(toast(page)).toBeEmpty();
  });

  test("loses its Undo when the page changes", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await page.getByRole("link", { name: "Edit First" }).click();
    await expect(page).toHaveURL(edit(1));
    await expect(toast(page)).toBeEmpty();
  });

  test("frees its name at once, and asks for another when it comes back", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2, "?sort=-name"));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await api.create({ name: "second" });
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Second");
    await expect(page).toHaveTitle(/^Error: Restore Second/);
    await expectError(field(page, "Account name"), /“Second” exists already\. Choose another name\./);
    await field(page, "Account name").fill("Second, restored");
    await page.getByRole("button", { name: "Restore" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(names(page)).toHaveText(["Second, restored", "second", "First"]);
  });

  test("is not found any more, and neither is one that never was", async ({ page, api, watch }) => {
    watch.allow(/status of 404/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await api.delete(2);
    for (const path of [edit(2), edit(77), edit(0), `${REPORT}/x/edit`, `${REPORT}/77/duplicate`, `${REPORT}/77/test`]) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(404);
      await expect(page.getByRole("heading", { name: "Not found" }), path).toBeVisible();
    }
    await page.getByRole("link", { name: "To the SMTP accounts" }).or(page.getByRole("link", { name: "Close" })).first().click();
    await expect(page).toHaveURL(REPORT);
  });

  test("can be deleted while someone else edits it: the draft stays, and the words say so", async ({ page, api, watch }) => {
    watch.allow(/status of 404/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await api.delete(2);
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(summary(page)).toContainText("Not saved");
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    expect(await api.count()).toBe(1);
  });
});

test.describe("a form that went stale", () => {
  const stale = async (page: Page, api: Api) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await fill(page, { host: "mine.nordhavn.example", port: "2525" });
    await api.update(saved, { host: "theirs.nordhavn.example", read_receipt: "Yes", default: "Yes" });
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(summary(page)).toContainText("someone else saved this account meanwhile");
    await expect(summary(page)).toContainText("ops@nordhavn.example saved it");
    return saved.id;
  };

  test("shows what differs and loses nothing", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await stale(page, api);
    const differs = summary(page).getByRole("table");
    await expect(differs.getByRole("rowheader")).toHaveText(["Send read receipt", "Host SMTP", "Port"]);
    await expect(differs.getByRole("row", { name: /Host SMTP/ })).toContainText("mine.nordhavn.example");
    await expect(differs.getByRole("row", { name: /Host SMTP/ })).toContainText("theirs.nordhavn.example");
    await expect(differs.getByRole("row", { name: /Port/ })).toContainText("empty");
    await expect(field(page, "Host SMTP")).toHaveValue("mine.nordhavn.example");
    await expect(field(page, "Port")).toHaveValue("2525");
  });

  test("takes mine by Keep mine and Save", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    const id = await stale(page, api);
    await page.getByRole("button", { name: "Keep mine" }).click();
    await expect(summary(page)).toHaveCount(0);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    expect(await api.find(id)).toEqual(draft({ host: "mine.nordhavn.example", port: "2525", default: "Yes" }));
  });

  test("takes theirs by Take theirs", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    const id = await stale(page, api);
    await page.getByRole("button", { name: "Take theirs" }).click();
    await expect(field(page, "Host SMTP")).toHaveValue("theirs.nordhavn.example");
    await expect(field(page, "Port")).toHaveValue("");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page, "nothing is unsaved any more").toHaveURL(REPORT);
    expect((await api.find(id)).host).toBe("theirs.nordhavn.example");
  });
});

test.describe("leaving with unsaved changes", () => {
  test("by a link asks first", phone, async ({ page, api }) => {
    await api.create();
    await open(page, edit(1, "?name=nord"));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await answer(page, "Enable footnote", "Yes");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(leaving(page).getByRole("heading")).toHaveText("2 changes are not saved");
    await leaving(page).getByRole("button", { name: "Stay" }).click();
    await expect(leaving(page)).toBeHidden();
    await expect(page).toHaveURL(edit(1, "?name=nord"));
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.keyboard.press("Escape");
    await expect(leaving(page)).toBeHidden();
    await page.getByRole("link", { name: "Cancel" }).click();
    await leaving(page).getByRole("button", { name: "Leave without saving" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    expect((await api.find(1)).host).toBe("smtp.nordhavn.example");
  });

  test("by Back asks first", async ({ page, api }) => {
    await api.create();
    await open(page, `${REPORT}?name=nord`);
    await page.getByRole("link", { name: "Edit Nordhavn billing" }).click();
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await page.evaluate(() => history.back());
    await expect(leaving(page)).toBeVisible();
    await leaving(page).getByRole("button", { name: "Stay" }).click();
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    await page.evaluate(() => history.back());
    await leaving(page).getByRole("button", { name: "Leave without saving" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=nord`);
    await expect(names(page)).toHaveText(["Nordhavn billing"]);
  });

  test("by closing the page asks first", async ({ page, api }) => {
    await api.create();
    await open(page, edit(1));
    await field(page, "Host SMTP").pressSequentially("x");
    const asked = page.waitForEvent("dialog");
    const closed = page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.accept();
    await closed;
  });

  test("asks nothing once everything is as it was", async ({ page, api }) => {
    await api.create();
    await open(page, edit(1));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await expect(page.getByText("1 change, not saved")).toBeVisible();
    await field(page, "Host SMTP").fill("smtp.nordhavn.example");
    await expect(page.getByText("1 change, not saved")).toHaveCount(0);
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page).toHaveURL(REPORT);
  });
});

test.describe("Save", () => {
  test("pressed twice saves once", phone, async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft());
    let posts = 0;
    await page.route("**/api/save_account", async (route) => {
      posts += 1;
      await route.continue();
    });
    await save(page).dblclick();
    await expect(page).toHaveURL(REPORT);
    expect(posts).toBe(1);
    expect(await api.count()).toBe(1);
  });

  test("by Enter in a field saves as well", async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft());
    await field(page, "Port").press("Enter");
    await expect(page).toHaveURL(REPORT);
    expect(await api.count()).toBe(1);
  });

  for (const [what, status] of [["is gone", 0], ["says that its database is locked", 503]] as const) {
    test(`keeps the draft when the server ${what} in the middle of it`, async ({ page, api, watch }) => {
      watch.allow(/ERR_FAILED/, /status of 503/);
      await open(page, NEW);
      await fill(page, OTHER);
      const words = "The database did not answer in time. Nothing was changed; try again.";
      await page.route("**/api/save_account", (route) =>
        status === 0
          ? route.abort()
          : route.fulfill({ status, headers: { serverfnerror: "error" }, json: { Unavailable: words } }),
      );
      await save(page).click();
      await expect(summary(page)).toBeFocused();
      await expect(summary(page)).toContainText("Not saved");
      await expect(summary(page)).toContainText(status === 0 ? /did not answer/ : words);
      await expectShown(page, OTHER);
      expect(await api.count()).toBe(0);
      await page.unroute("**/api/save_account");
      await save(page).click();
      await expect(page).toHaveURL(REPORT);
      expect(await api.find(1)).toEqual(OTHER);
    });
  }

  test("keeps the draft when the session has ended meanwhile", async ({ page, api, context, watch }) => {
    watch.allow(/status of 401/);
    await open(page, NEW);
    await fill(page, OTHER);
    const cookies = await context.cookies();
    await context.clearCookies();
    await save(page).click();
    await expect(summary(page)).toContainText("Not saved: you are signed out");
    await expectShown(page, OTHER);
    await context.addCookies(cookies);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    expect(await api.find(1)).toEqual(OTHER);
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

test("the count follows what was saved", async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  await expect(count(page)).toHaveText("1 account");
  await page.getByRole("link", { name: "New" }).click();
  await fill(page, draft({ name: "Another" }));
  await save(page).click();
  await expect(count(page)).toHaveText("2 accounts");
});

test("what was typed before the page had started is not lost", async ({ page, api }) => {
  let start = () => {};
  const typed = new Promise<void>((resolve) => (start = resolve));
  await page.route("**/*.wasm", async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto(NEW, { waitUntil: "commit" });
  await fill(page, OTHER);
  start();
  await started(page);
  await expectShown(page, OTHER);
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
  expect(await api.find(1)).toEqual(OTHER);
});

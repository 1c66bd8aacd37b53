// The page Explain: the answer follows what is pasted, and the text is kept nowhere.
import type { Page } from "@playwright/test";

import { expectNothingSideways } from "./support/axe.ts";
import { EXPLAIN, REPORT, expectError, field, holdWasm, open, started } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const LABEL = "What the server or the program said";
const REPLY = "550 5.1.1 <anna@nordhavn.example>: Recipient address rejected: User unknown";
const SIGN_IN = "535 5.7.8 Error: authentication failed";

const text = (page: Page) => field(page, LABEL);
const meaning = (page: Page) => page.getByRole("region", { name: "What it means" });
const heading = (page: Page, name: string | RegExp) => meaning(page).getByRole("heading", { name });
const fixes = (page: Page) => meaning(page).getByRole("list").first().getByRole("listitem");
const example = (page: Page, name: string) => meaning(page).getByRole("button", { name, exact: true });
const button = (page: Page) => page.getByRole("button", { name: "Explain", exact: true });

/** Opens the part of the form that is closed at first. */
const more = (page: Page) => page.locator("summary", { hasText: "What the text does not say" }).click();

/** Holds each answer until it is let go; gives the texts that were asked for, in their order. */
async function holdAnswers(page: Page) {
  const asked: string[] = [];
  const gates = new Map<string, () => void>();
  await page.route("**/api/explain_text", async (route) => {
    const { text } = (route.request().postDataJSON() as { draft: { text: string } }).draft;
    asked.push(text);
    const answer = await route.fetch();
    await new Promise<void>((opened) => gates.set(text, opened));
    await route.fulfill({ response: answer });
  });
  return { asked, gates };
}

test("what is pasted is explained at once, with its evidence and what to do", phone, async ({ page }) => {
  await open(page, EXPLAIN);
  await expect(heading(page, "Paste what went wrong")).toBeVisible();
  await text(page).fill(REPLY);
  await expect(heading(page, /^Failed, likely at RCPT: /)).toBeVisible();
  await expect(meaning(page).getByRole("status")).toHaveText(/^Failed, likely at RCPT: /);
  await expect(meaning(page)).toContainText("Likely: the text does not say where");
  await expect(meaning(page).locator(".evidence-line")).toContainText(REPLY);
  await expect(meaning(page)).toContainText("Yes, until something is changed");
  await expect(fixes(page)).not.toHaveCount(0);
  await expect(text(page)).toBeFocused();
  await expectNothingSideways(page, "an explanation");

  await text(page).fill("220 mx.nordhavn.example ESMTP\n250 2.1.5 Ok");
  await expect(heading(page, "No error found in this text")).toBeVisible();
  await text(page).fill("421 4.7.0 Too many connections, try again later");
  await expect(meaning(page)).toContainText("Perhaps not: it may pass");
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(text(page)).toHaveValue("");
  await expect(text(page)).toBeFocused();
  await expect(heading(page, "Paste what went wrong")).toBeVisible();
  await expect(page, "nothing of the text is in the address").toHaveURL(EXPLAIN);
});

test("what is known besides counts", phone, async ({ page }) => {
  await open(page, EXPLAIN);
  await text(page).fill(REPLY);
  await more(page);
  await field(page, "Said at").selectOption("MAIL");
  await expect(heading(page, /^Failed at MAIL: /)).toBeVisible();
  await text(page).fill("535-5.7.8 Username and Password not accepted.\n535 5.7.8 gsmtp");
  await field(page, "Said at").selectOption("As the text says");
  await field(page, "Mail server").fill("smtp.gmail.com");
  await expect(heading(page, "What is known of Gmail")).toBeVisible();
  await field(page, "Mail server").fill("https://smtp.gmail.com");
  await expectError(field(page, "Mail server"), /Take “https:\/\/” off/);
});

test("an answer that comes late never takes the place of a newer one", async ({ page }) => {
  await open(page, EXPLAIN);
  const { asked, gates } = await holdAnswers(page);
  await text(page).fill(REPLY);
  await expect.poll(() => asked).toEqual([REPLY]);
  await text(page).fill(SIGN_IN);
  await expect.poll(() => asked).toEqual([REPLY, SIGN_IN]);
  await expect.poll(() => gates.size).toBe(2);
  gates.get(SIGN_IN)?.();
  await expect(heading(page, /^Failed(, likely)? at AUTH: /)).toBeVisible();
  const late = page.waitForResponse((response) => response.request().postData()?.includes("550 5.1.1") ?? false);
  gates.get(REPLY)?.();
  await (await late).finished();
  await text(page).press("End");
  await expect(heading(page, /^Failed(, likely)? at AUTH: /)).toBeVisible();
});

test("an example is there to try, and each is explained", phone, async ({ page }) => {
  await open(page, EXPLAIN);
  for (const [name, stage] of [["A reply", "AUTH"], ["A line of a log", "RCPT"], ["A bounce", "RCPT"]] as const) {
    await example(page, name).click();
    await expect(heading(page, new RegExp(`at ${stage}: `))).toBeVisible();
    await expect(text(page)).not.toHaveValue("");
    await expect(meaning(page), "on a phone it is below what is seen").toBeFocused();
    await page.getByRole("link", { name: "Clear" }).click();
    await expect(heading(page, "Paste what went wrong")).toBeVisible();
  }
});

test("what was typed before WebAssembly ran is explained as soon as it does", async ({ page }) => {
  const start = await holdWasm(page);
  await page.goto(EXPLAIN);
  await text(page).fill(REPLY);
  start();
  await started(page);
  await expect(heading(page, /^Failed, likely at RCPT: /)).toBeVisible();
  await expect(text(page)).toHaveValue(REPLY);
});

test("a hostile text is text", phone, async ({ page, watch }) => {
  watch.dialogsOf(page);
  await open(page, EXPLAIN);
  const hostile = "550 5.1.1 </textarea><img src=x onerror=alert(1)><script>alert(2)</script> \u202eresu\u202c\u0000\u001b[31m User unknown";
  await text(page).evaluate((area: HTMLTextAreaElement, pasted) => {
    area.value = pasted;
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }, hostile);
  await expect(heading(page, /^Failed, likely at RCPT: /)).toBeVisible();
  await expect(meaning(page).locator(".evidence-line"), "what nobody sees is shown").toContainText("<U+202E>resu<U+202C>\\x00\\x1b[31m");
  await expect(page.locator("main img, main script")).toHaveCount(0);
  await expectNothingSideways(page, "a hostile text");
  const long = `550 5.1.1 ${"x".repeat(20_000)} User unknown`;
  await text(page).fill(long);
  await expect(meaning(page).locator(".evidence-line")).toContainText("xxx…");
  await expectNothingSideways(page, "a line without a space");
});

test("a text that is too long is refused beside its field, and nothing is sent", phone, async ({ page }) => {
  await open(page, EXPLAIN);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await text(page).fill(`550 5.1.1 User unknown ${"x".repeat(300_000)}`);
  await expectError(text(page), /The text is longer than 256 kB\. Paste the lines around the failure/);
  expect(asked.filter((url) => url.includes("/api/"))).toEqual([]);
  await text(page).fill(REPLY);
  await expect(text(page)).not.toHaveAttribute("aria-invalid");
  await expect(heading(page, /^Failed, likely at RCPT: /)).toBeVisible();
});

test("a text of 10 MB is refused before it is read", async ({ page, baseURL }) => {
  const posted = await page.request.post(EXPLAIN, {
    form: { text: "550 5.1.1 User unknown\n".repeat(450_000) },
    headers: { accept: "text/html", origin: baseURL ?? "" },
  });
  expect(posted.status()).toBe(413);
  expect(await posted.text()).toContain("This text is more than 256 kB.");
});

test("nothing of the text is kept", async ({ page, office }) => {
  await open(page, EXPLAIN);
  await text(page).fill("550 5.1.1 keptNowhere7Qx User unknown");
  await expect(meaning(page).locator(".evidence-line")).toContainText("keptNowhere7Qx");
  await page.reload();
  await started(page);
  await expect(text(page)).toHaveValue("");
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(stored).not.toContain("keptNowhere7Qx");
  expect(office.log).not.toContain("keptNowhere7Qx");
});

test("the menu and the palette lead to it", phone, async ({ page, isMobile }) => {
  await open(page, REPORT);
  if (isMobile) {
    await page.getByRole("button", { name: "Menu" }).tap();
  }
  await page.getByRole("navigation", { name: "Settings · Email" }).getByRole("link", { name: "Explain" }).click();
  await expect(page).toHaveURL(EXPLAIN);
  await expect(page).toHaveTitle("Explain · Posthouse");
  await open(page, REPORT);
  await page.getByRole("button", { name: "Go to" }).click();
  await field(page.getByRole("dialog", { name: "Go to" }), "Page, account or action").fill("explain");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(EXPLAIN);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the form is posted to the page, which answers", phone, async ({ page }) => {
    await page.goto(EXPLAIN);
    await text(page).fill(REPLY);
    await button(page).click();
    await expect(page).toHaveURL(EXPLAIN);
    await expect(heading(page, /^Failed, likely at RCPT: /)).toBeVisible();
    await expect(text(page)).toHaveValue(REPLY);
    await more(page);
    await field(page, "Said at").selectOption("MAIL");
    await button(page).click();
    await expect(heading(page, /^Failed at MAIL: /)).toBeVisible();
    await expect(field(page, "Said at"), "it stays open with what was chosen").toHaveValue("mail");
    await page.getByRole("link", { name: "Clear" }).click();
    await expect(text(page)).toHaveValue("");
    await example(page, "A bounce").click();
    await expect(heading(page, /at RCPT: /)).toBeVisible();
    await expect(text(page)).toHaveValue(/Diagnostic-Code/);
  });

  test("what is too long is said beside the field, with the text", async ({ page }) => {
    await page.goto(EXPLAIN);
    await text(page).fill("x".repeat(300_000));
    await button(page).click();
    await expectError(text(page), /The text is longer than 256 kB/);
    expect((await text(page).inputValue()).length).toBeGreaterThan(256 * 1024);
  });
});

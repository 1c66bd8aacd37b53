// Signing in and out, the set-up link, and that all else is closed to those who are not signed in.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { ADMIN, Office } from "./support/office.ts";
import { FOOTER, NEW, PASSWORD, REPORT, field, holdWasm, open, started, summary } from "./support/pages.ts";
import { NOBODY, expect, phone, test } from "./support/test.ts";

test.use({ storageState: NOBODY });

async function signIn(page: Page, password = ADMIN.password) {
  await field(page, "E-mail").fill(ADMIN.email);
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("the right password leads to the report", phone, async ({ page }) => {
  await open(page, "/sign-in");
  await expect(page).toHaveTitle("Sign in · Posthouse");
  await signIn(page);
  await expect(page).toHaveURL(REPORT);
  await started(page);
  await expect(page.getByRole("heading", { name: "SMTP configuration" })).toBeVisible();
});

test("Posthouse's own address leads to signing in, and from there to the report", async ({ page }) => {
  await open(page, "/");
  await expect(page).toHaveURL("/sign-in");
  await signIn(page);
  await expect(page).toHaveURL(REPORT);
});

test("a wrong password and an unknown address get the same words, and the address typed stays", async ({ page }) => {
  const words = [];
  for (const email of [ADMIN.email, "nobody@nordhavn.example"]) {
    await open(page, "/sign-in");
    await field(page, "E-mail").fill(email);
    await field(page, "Password").fill("not the right words");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(page)).toBeVisible();
    await expect(page).toHaveURL("/sign-in");
    await expect(page).toHaveTitle("Error: Sign in · Posthouse");
    await started(page);
    await expect(summary(page)).toBeFocused();
    await expect(field(page, "E-mail")).toHaveValue(email);
    await expect(field(page, "Password")).toHaveValue("");
    words.push(await summary(page).innerText());
  }
  expect(words[0]).toContain("E-mail or password is wrong. Check both and try again.");
  expect(words[1]).toBe(words[0]);
});

test("the password can be shown while it is typed, pasted, and filled in by a manager", phone, async ({ page }) => {
  await open(page, "/sign-in");
  const password = field(page, "Password");
  await expect(field(page, "E-mail")).toHaveAttribute("autocomplete", "username");
  await expect(password).toHaveAttribute("autocomplete", "current-password");
  await expect(password).toHaveAttribute("type", "password");
  await password.evaluate((input: HTMLInputElement, pasted) => {
    input.focus();
    document.execCommand("insertText", false, pasted);
  }, ADMIN.password);
  const show = page.getByRole("button", { name: "Show password" });
  await show.click();
  await expect(show).toHaveAttribute("aria-pressed", "true");
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue(ADMIN.password);
  await show.click();
  await expect(password).toHaveAttribute("type", "password");
});

test("what a manager filled in before the page had started is not lost", async ({ page }) => {
  const start = await holdWasm(page);
  await page.goto("/sign-in", { waitUntil: "commit" });
  await field(page, "E-mail").fill(ADMIN.email);
  await field(page, "Password").fill(ADMIN.password);
  start();
  await started(page);
  await expect(field(page, "E-mail")).toHaveValue(ADMIN.email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(REPORT);
});

test("after ten wrong passwords the address has to wait, and the words say how long", async ({ page, office }) => {
  for (let n = 0; n < 10; n++) {
    const answer = await office.api().post("sign_in", { email: "x@nordhavn.example", password: `wrong number ${n}` });
    expect(answer.status).toBe(403);
  }
  await open(page, "/sign-in");
  await field(page, "E-mail").fill("x@nordhavn.example");
  await field(page, "Password").fill("wrong once more");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(summary(page)).toContainText("Too many tries with this address. Try again in");
  const other = await office.api().post("sign_in", ADMIN);
  expect(other.status, "another address").toBe(200);
});

test("signing in goes on to the page that was wanted, with its filters", phone, async ({ page }) => {
  await open(page, `${REPORT}?name=nord%26havn&sort=-name`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signIn(page, "not the right words");
  await expect(summary(page)).toBeVisible();
  await signIn(page);
  await expect(page).toHaveURL(`${REPORT}?name=nord%26havn&sort=-name`);
});

test("signing in leads to no other site", async ({ page }) => {
  for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example"]) {
    await page.context().clearCookies();
    await open(page, `/sign-in?next=${encodeURIComponent(next)}`);
    await signIn(page);
    await expect(page).toHaveURL(REPORT);
  }
});

test("signing out closes the pages, also for a kept cookie", phone, async ({ page, office }) => {
  await open(page, "/sign-in");
  await signIn(page);
  await expect(page).toHaveURL(REPORT);
  await started(page);
  const kept = (await page.context().cookies()).find((cookie) => cookie.name === "posthouse")?.value ?? "";
  expect((await office.api(kept).ask("load_preferences", {})).status).toBe(200);
  await page.getByRole("banner").getByText(ADMIN.email).or(page.getByLabel(ADMIN.email)).first().click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  expect((await office.api(kept).ask("load_preferences", {})).status).toBe(401);
  await page.goto(REPORT);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("the session's cookie is out of reach for scripts and other sites, and changes at signing in", async ({ page, office }) => {
  // As somebody would plant it who wants to know the session beforehand.
  const planted = { name: "posthouse", value: "A".repeat(22), url: office.url };
  await page.context().addCookies([planted]);
  await open(page, "/sign-in");
  await signIn(page, "not the right words");
  await expect(summary(page)).toBeVisible();
  await signIn(page);
  await expect(page).toHaveURL(REPORT);
  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => cookie.name === "posthouse");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/", secure: false });
  expect(session?.value).not.toBe(planted.value);
  const hours = ((session?.expires ?? 0) - Date.now() / 1000) / 3600;
  expect(hours).toBeGreaterThan(11.9);
  expect(hours).toBeLessThanOrEqual(12);
  expect(await page.evaluate(() => document.cookie)).not.toContain("posthouse");
});

test("with a base URL of https the session's cookie is bound to the host", async ({ request }) => {
  const dataDir = await mkdtemp(join(tmpdir(), "posthouse-end2end-"));
  const office = await Office.start({ dataDir, fresh: true, baseUrl: "https://posthouse.example" });
  const token = new URL(office.setUpLink).searchParams.get("token") ?? "";
  // As a proxy that adds TLS passes it on.
  const headers = { accept: "application/json", origin: "https://posthouse.example", host: "posthouse.example" };
  const answer = await request.post(`${office.url}/api/set_up`, { form: { token, ...ADMIN }, headers });
  const cookie = answer.headers()["set-cookie"] ?? "";
  expect(cookie).toMatch(/^__Host-posthouse=/);
  for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"]) {
    expect(cookie).toContain(attribute);
  }
  expect(answer.headers()["strict-transport-security"]).toContain("includeSubDomains");
  expect(await office.stop()).toBe(0);
  await rm(dataDir, { recursive: true });
});

test("every page asks a stranger to sign in, and comes back afterwards", async ({ page }) => {
  const pages = [REPORT, NEW, `${REPORT}/1/edit`, `${REPORT}/1/duplicate`, `${REPORT}/1/restore`, `${REPORT}/1/test`];
  pages.push(`${REPORT}/1/tests/1`, `${REPORT}/preferences`, FOOTER, `${FOOTER}/preview`, PASSWORD, "/nothing/here");
  for (const path of pages) {
    await page.goto(`${path}?x=1`);
    await expect(page, path).toHaveURL(/\/sign-in\?next=/);
    expect(new URL(page.url()).searchParams.get("next"), path).toBe(`${path}?x=1`);
  }
});

test("every server function answers a stranger with 401 and JSON", async ({ office }) => {
  const closed = ["list_accounts", "load_account_form", "save_account", "delete_account", "restore_account"];
  closed.push("load_restore_form", "save_preferences", "load_preferences", "load_footer", "save_footer");
  closed.push("load_password_form", "change_password");
  closed.push("load_test_form", "send_test", "find_test_send", "sign_out", "no_such_function");
  for (const endpoint of closed) {
    const answer = await office.api().ask(endpoint, {});
    expect(answer.status, endpoint).toBe(401);
    expect(answer.headers.get("content-type"), endpoint).toContain("application/json");
    expect(await answer.text(), endpoint).toContain("SignedOut");
  }
  const guessed = await office.api("a".repeat(22)).ask("load_preferences", {});
  expect(guessed.status, "a guessed session").toBe(401);
});

test("the health endpoints are open, and say nothing else", async ({ request }) => {
  expect(await (await request.get("/livez")).text()).toBe("alive\n");
  expect(await (await request.get("/readyz")).text()).toBe("ready\n");
});

test.describe("the set-up link", () => {
  let office: Office;
  let dataDir: string;

  test.beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "posthouse-end2end-"));
    office = await Office.start({ dataDir, fresh: true });
  });
  test.afterEach(async ({ page }) => {
    await page.close();
    expect(await office.stop()).toBe(0);
    await rm(dataDir, { recursive: true });
  });

  test("makes the first administrator, once", phone, async ({ page, visit }) => {
    await open(page, office.setUpLink);
    await expect(page).toHaveTitle("Set up Posthouse · Posthouse");
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(page).toHaveURL(`${office.url}${REPORT}`);
    await expect(page.getByText("You are the first administrator.")).toBeVisible();
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();

    const late = await visit({ baseURL: office.url });
    await open(late, office.setUpLink);
    await field(late, "E-mail").fill("second@nordhavn.example");
    await field(late, "Password").fill("another long password");
    await late.getByRole("button", { name: "Create the administrator" }).click();
    await expect(summary(late)).toContainText("already");
    await late.goto(`${office.url}${REPORT}`);
    await expect(late).toHaveURL(/\/sign-in/);
    await field(late, "E-mail").fill("second@nordhavn.example");
    await field(late, "Password").fill("another long password");
    await late.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(late)).toContainText("E-mail or password is wrong");
    await late.close();
  });

  test("keeps what was typed when the password is too short", async ({ page }) => {
    await open(page, office.setUpLink);
    await field(page, "E-mail").fill("not an address");
    await field(page, "Password").fill("short");
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await started(page);
    await expect(page).toHaveTitle("Error: Set up Posthouse · Posthouse");
    await expect(summary(page)).toBeFocused();
    await expect(field(page, "E-mail")).toHaveValue("not an address");
    await expect(field(page, "E-mail")).toHaveAccessibleDescription(/E-mail has no @/);
    await expect(field(page, "Password")).toHaveValue("");
    await expect(field(page, "Password")).toHaveAccessibleDescription(/The password has 5 characters\. Use 12 to 128\./);
    await summary(page).getByRole("link", { name: /The password has 5/ }).click();
    await expect(field(page, "Password")).toBeFocused();
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(page).toHaveURL(`${office.url}${REPORT}`);
  });

  test("lets nobody in with another token", async ({ page }) => {
    await open(page, `${office.url}/set-up?token=${"0".repeat(64)}`);
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(summary(page)).toBeVisible();
    await page.goto(`${office.url}${REPORT}`);
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test("stands in no page and in no answer after its use", async ({ page }) => {
    const token = new URL(office.setUpLink).searchParams.get("token") ?? "";
    await open(page, office.setUpLink);
    await field(page, "E-mail").fill(ADMIN.email);
    await field(page, "Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Create the administrator" }).click();
    await expect(page).toHaveURL(`${office.url}${REPORT}`);
    expect(await page.content()).not.toContain(token);
    expect(await page.content()).not.toContain(ADMIN.password);
    expect(office.log, "output that no terminal shows may be collected").not.toContain(token);
    expect(office.log).not.toContain(ADMIN.password);
  });
});

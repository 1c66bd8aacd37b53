// A session that ends while somebody works: it is renewed over the page, and nothing typed is lost.
import type { BrowserContext, Page } from "@playwright/test";

import { type Api, credential, draft } from "./support/api.ts";
import { expectNoFindings } from "./support/axe.ts";
import { OTHER, expectShown, fill } from "./support/form.ts";
import { ADMIN } from "./support/office.ts";
import { CREDENTIALS, NEW, REPORT, count, edit, field, filter, names, open, row, save, summary } from "./support/pages.ts";
import { NEW_CREDENTIAL, expectCredential, fillCredential, secretField } from "./support/records.ts";
import { expect, phone, test } from "./support/test.ts";

const dialog = (page: Page) => page.getByRole("dialog", { name: "Sign in to go on" });

async function signInAgain(page: Page, password = ADMIN.password) {
  await expect(dialog(page)).toBeVisible();
  await field(dialog(page), "Password").fill(password);
  await dialog(page).getByRole("button", { name: "Sign in" }).click();
}

/** As it is when the time is over, and when the same person signed out in another window. */
const ends: [string, (context: BrowserContext, api: Api) => Promise<unknown>][] = [
  ["is over", (context) => context.clearCookies()],
  ["was ended elsewhere", (_, api) => api.post("sign_out", {})],
];

test.beforeEach(({ watch }) => watch.allow(/status of 401/, /status of 422/));

for (const [how, end] of ends) {
  test(`a form is saved after signing in again, when the session ${how}`, phone, async ({ page, api, context }) => {
    await open(page, NEW);
    await fill(page, OTHER);
    await end(context, api);
    await save(page).click();
    await expect(dialog(page)).toBeVisible();
    expect(await dialog(page).evaluate((element) => element.matches(":modal"))).toBe(true);
    expect(await dialog(page).evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await expect(field(dialog(page), "E-mail")).toHaveValue(ADMIN.email);
    await signInAgain(page);
    await expect(dialog(page)).toHaveCount(0);
    await expect(page).toHaveURL(NEW);
    await expectShown(page, OTHER);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    await expect(row(page, OTHER.name)).toBeVisible();
  });
}

test("a wrong password is told in the dialog, and can be typed again", phone, async ({ page, context, watch }) => {
  watch.allow(/status of 403/);
  await open(page, NEW);
  await fill(page, draft());
  await context.clearCookies();
  await save(page).click();
  await signInAgain(page, "not the right words");
  await expect(dialog(page).getByRole("alert")).toContainText("E-mail or password is wrong");
  await expectNoFindings(page, "the dialog of an ended session");
  await signInAgain(page);
  await expect(dialog(page)).toHaveCount(0);
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
});

test("by Not now one stays on the page, and the form says how to go on", phone, async ({ page, context }) => {
  await open(page, NEW);
  await fill(page, draft());
  await context.clearCookies();
  await save(page).click();
  await dialog(page).getByRole("button", { name: "Not now" }).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(summary(page)).toContainText("Not saved: your session has ended");
  await expectShown(page, draft());
  await summary(page).getByRole("button", { name: "Sign in again" }).click();
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toHaveCount(0);
  await summary(page).getByRole("button", { name: "Sign in again" }).click();
  await signInAgain(page);
  await save(page).click();
  await expect(page).toHaveURL(REPORT);
});

test("a secret that was typed is still there, and is saved", async ({ page, context }) => {
  await open(page, NEW_CREDENTIAL);
  await fillCredential(page, credential());
  await secretField(page).fill("open sesame");
  await context.clearCookies();
  await save(page).click();
  await signInAgain(page);
  await expect(dialog(page)).toHaveCount(0);
  await expectCredential(page, credential());
  await expect(secretField(page)).toHaveValue("open sesame");
  await save(page).click();
  await expect(page).toHaveURL(CREDENTIALS);
  await expect(row(page, "Nordhavn relay")).toContainText("In the vault");
});

test("a list is loaded again by itself", phone, async ({ page, api, context }) => {
  await api.createAll([{ name: "Nordhavn billing" }, { name: "Südhafen" }]);
  await open(page, REPORT);
  await context.clearCookies();
  await filter(page, "Name").fill("nord");
  await signInAgain(page);
  await expect(names(page)).toHaveText(["Nordhavn billing"]);
  await expect(count(page)).toHaveText("1 of 2 accounts");
  await expect(filter(page, "Name")).toHaveValue("nord");
});

test("a page that one goes to is loaded after signing in", async ({ page, api, context }) => {
  await api.create();
  await open(page, REPORT);
  await context.clearCookies();
  await page.getByRole("link", { name: "Edit Nordhavn billing" }).click();
  await signInAgain(page);
  await expect(page).toHaveURL(edit(1));
  await expectShown(page, draft({ default: "Yes" }));
});

// Every page in every state: axe finds nothing, light and dark, and nothing scrolls sideways.
import type { Page } from "@playwright/test";

import type { Api } from "./support/api.ts";
import { FOOTER, NEW, REPORT, names, open, started, testOf } from "./support/pages.ts";
import { MANY } from "./support/accounts.ts";
import { SIGNED_OUT, STATES, listed } from "./support/states.ts";
import { expectNoFindings, expectNothingSideways } from "./support/axe.ts";
import { NOBODY, expect, phone, test } from "./support/test.ts";

const check = (name: string, reach: (page: Page, api: Api) => Promise<void>) => {
  test(`${name}: axe finds nothing, light and dark, and nothing scrolls sideways`, phone, async ({ page, api, watch, isMobile }) => {
    watch.allow(/ERR_FAILED/, /status of (401|404|409|422)/);
    await reach(page, api);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await expectNoFindings(page, `${name}, light`);
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await expectNoFindings(page, `${name}, dark`, ["color-contrast", "link-in-text-block"]);
    await expectNothingSideways(page, name);
    expect(await page.getByRole("main").innerText(), "words").not.toMatch(/\b(please|sorry|oops|invalid|success)\b/i);
    if (isMobile) {
      await page.setViewportSize({ width: 320, height: 640 });
      await expectNothingSideways(page, `${name} at 320 px`);
    }
  });
};

for (const [name, reach] of Object.entries(STATES)) {
  check(name, reach);
}

test.describe("signed out", () => {
  test.use({ storageState: NOBODY });
  for (const [name, reach] of Object.entries(SIGNED_OUT)) {
    check(name, reach);
  }
});

test("buttons and fields are 44 px high where they are touched", phone, async ({ page, api, isMobile }) => {
  await api.createAll(MANY);
  for (const path of [REPORT, NEW, testOf(1)]) {
    await open(page, path);
    const controls = page.locator("main").locator(".btn:not(.inline-button, .copy-button), .input, .row-actions a").filter({ visible: true });
    const heights = await controls.evaluateAll((all) =>
      all.filter((one) => !one.closest("[inert]")).map((one) => `${Math.round(one.getBoundingClientRect().height)}: ${one.outerHTML.slice(0, 80)}`),
    );
    expect(heights.length).toBeGreaterThan(3);
    const least = isMobile ? 44 : 24;
    expect(heights.filter((line) => Number.parseInt(line, 10) < least), path).toEqual([]);
  }
});

test("on a tablet the table scrolls inside its region, with Name and Actions in sight", async ({ page, api }) => {
  await page.setViewportSize({ width: 1180, height: 800 });
  await listed(page, api, "");
  await expectNothingSideways(page, "the report at 1180 px");
  const region = page.getByRole("region", { name: "Accounts" });
  expect(await region.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
  await region.focus();
  await expect(region).toBeFocused();
  for (const scrolled of [0, 9_999]) {
    await region.evaluate((element, left) => element.scrollTo({ left, behavior: "instant" }), scrolled);
    await expect(names(page).first()).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("link", { name: "Edit Nordhavn billing" })).toBeInViewport({ ratio: 1 });
  }
  await expectNoFindings(page, "the report at 1180 px");
  await page.getByRole("columnheader", { name: "Name", exact: true }).getByRole("button").click();
  await expect(page).toHaveURL(`${REPORT}?sort=name`);
  for (const [width, path] of [[1100, NEW], [1100, testOf(1)], [768, REPORT], [768, NEW], [768, testOf(1)]] as const) {
    await page.setViewportSize({ width, height: 800 });
    await open(page, path);
    await expectNothingSideways(page, `${path} at ${width} px`);
    await expectNoFindings(page, `${path} at ${width} px`);
  }
});

test("with 1168 px for it the whole table stands, and no value but the host is cut", async ({ page, api }) => {
  await listed(page, api, "");
  const region = page.getByRole("region", { name: "Accounts" });
  expect(await region.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  const cut = await page.getByRole("cell").evaluateAll((cells) =>
    cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent),
  );
  expect(cut).toEqual([]);
  const heights = await page
    .locator(".email-domain", { hasText: /^nordhavn\.example$/ })
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(Math.max(...heights), "a domain of usual length stands on one line").toBeLessThan(24);
});

test.describe("the choice of appearance", () => {
  const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test("wins over the device, and is kept", phone, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await open(page, FOOTER);
    const light = await background(page);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await background(page);
    expect(dark, "as the device says").not.toBe(light);
    await page.locator('summary[aria-label="ops@nordhavn.example"]').click();
    await page.getByRole("button", { name: "Light" }).click();
    await expect(page).toHaveURL(FOOTER);
    await started(page);
    expect(await background(page)).toBe(light);
    await open(page, REPORT);
    expect(await background(page), "on every page").toBe(light);
    await page.emulateMedia({ colorScheme: "light" });
    await page.locator('summary[aria-label="ops@nordhavn.example"]').click();
    await expect(page.getByRole("button", { name: "Light" })).toHaveAttribute("aria-pressed", "true");
    await page.getByRole("button", { name: "Dark" }).click();
    await started(page);
    expect(await background(page)).toBe(dark);
  });
});

test("the printed report has its filters and its rows, and no controls", async ({ page, api }) => {
  await listed(page, api, "?name=nordhavn");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByText(/Name contains “nordhavn”/)).toBeVisible();
  await expect(page.getByRole("search")).toBeHidden();
  await expect(page.getByRole("navigation").first()).toBeHidden();
  await expect(page.getByRole("link", { name: "New", exact: true })).toBeHidden();
  await expect(names(page)).toHaveCount(2);
});

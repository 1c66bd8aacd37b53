// Every page in every state: axe finds nothing, nothing scrolls sideways, and the pages have started.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import type { Api } from "./support/api.ts";
import { MailServer, type Script } from "./support/mail-server.ts";
import { FOOTER, NEW, REPORT, answer, edit, field, filter, names, open, started, summary, testOf } from "./support/pages.ts";
import { NOBODY, expect, test } from "./support/test.ts";

const phone = { tag: "@phone" };

const MANY = [
  { name: "Nordhavn billing", footer: "Yes", read_receipt: "Yes" },
  { name: "Nordhavn careers", enabled: "No", ignore_certificate: "Yes" },
  { name: "A name that is much longer than the column that it stands in has room for, in every layout there is", safe_connection: "No", port: "2525" },
  { name: "Südhafen", tls_type: "SSL", sender: "a-local-part-of-some-length+and-a-tag@a-domain-of-some-length.example" },
] as const;

/** Each state of each page, made by what leads there. */
const STATES: Record<string, (page: Page, api: Api) => Promise<void>> = {
  "the report without accounts": async (page) => {
    await open(page, REPORT);
    await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
  },
  "the report": async (page, api) => {
    await listed(page, api, "");
  },
  "the report with filters, marks and chips": async (page, api) => {
    await listed(page, api, "?name=n&sender=nordhavn&enabled=Yes&sort=-name");
  },
  "the report with pages": async (page, api) => {
    await api.createAll(Array.from({ length: 21 }, (_, n) => ({ name: `Account ${n}` })));
    await open(page, `${REPORT}?page_size=10&page=2`);
    await expect(page.getByText("11 to 20 of 21")).toBeVisible();
  },
  "the report where nothing matches": async (page, api) => {
    await api.createAll([...MANY]);
    await open(page, `${REPORT}?name=nobody`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
  },
  "the report with an ID that is no number": async (page, api) => {
    await api.createAll([...MANY]);
    await open(page, `${REPORT}?id=x`);
    await expect(filter(page, "ID")).toHaveAttribute("aria-invalid", "true");
  },
  "the report that failed to load": async (page, api) => {
    await listed(page, api, "");
    await page.route("**/api/list_accounts", (route) => route.abort());
    await filter(page, "Name").fill("nord");
    await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeVisible();
  },
  "the report with tests": async (page, api) => {
    await tested(api, { name: "Accepted" }, {});
    await tested(api, { name: "Failed" }, { says: { rcpt: "550 5.1.1 Nobody here" } });
    await tested(api, { name: "Not known" }, { drops: "dot" });
    await open(page, REPORT);
    await expect(names(page)).toHaveText(["Accepted", "Failed", "Not known"]);
  },
  "the report with a toast": async (page, api) => {
    await api.createAll([...MANY]);
    await open(page, edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  },
  "the dialog of columns and rows": async (page, api) => {
    await listed(page, api, "");
    await page.getByRole("link", { name: "Columns and rows" }).click();
    await expect(page.getByRole("dialog", { name: "Columns and rows" })).toBeVisible();
  },
  "the page of columns and rows": async (page) => {
    await open(page, `${REPORT}/preferences`);
    await expect(page.getByRole("checkbox").first()).toBeVisible();
  },
  "the person's menu": async (page, api) => {
    await listed(page, api, "");
    await page.locator('summary[aria-label="ops@nordhavn.example"]').click();
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  },
  "the form for a new account": async (page) => {
    await open(page, NEW);
    await field(page, "Sender e-mail").fill("ops@nordhavn.example");
  },
  "the form of an account": async (page, api) => {
    await api.createAll([...MANY]);
    await open(page, edit(4));
  },
  "the form with fields that do not apply": async (page) => {
    await open(page, NEW);
    await answer(page, "Use safe connection?", "No");
  },
  "the form with errors": async (page) => {
    await open(page, NEW);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(summary(page)).toBeVisible();
  },
  "the form that went stale": async (page, api) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await field(page, "Host SMTP").fill("mine.nordhavn.example");
    await api.update(saved, { host: "theirs.nordhavn.example", default: "Yes" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("button", { name: "Keep mine" })).toBeVisible();
  },
  "the question before leaving": async (page) => {
    await open(page, NEW);
    await field(page, "Port").fill("25");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page.getByRole("button", { name: "Stay" })).toBeVisible();
  },
  "a form that is not found": async (page) => {
    await open(page, edit(77));
    await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  },
  "restoring under another name": async (page, api) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await api.delete(2);
    await open(page, `${REPORT}/2/restore`);
    await expect(field(page, "Account name")).toHaveValue("Second");
  },
  "the message footer": async (page, api) => {
    await api.post("save_footer", { "draft[text]": "Nordhavn A/S", "draft[html]": "<b>Nordhavn A/S</b>", "draft[version]": 0 });
    await open(page, FOOTER);
  },
  "the test window": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await expect(field(page, "Send to")).toBeVisible();
  },
  "the test window with errors": async (page, api) => {
    await api.create();
    await open(page, testOf(1));
    await field(page, "Send to").fill("");
    await page.getByRole("button", { name: "Send test" }).click();
    await expect(summary(page)).toBeVisible();
  },
  "a test that was accepted": async (page, api) => {
    await tested(api, {}, {});
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: "The server took the message" })).toBeVisible();
  },
  "a test that failed": async (page, api) => {
    await tested(api, {}, { says: { mail: "550 5.1.8 Who are you" } });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /^Failed at MAIL/ })).toBeVisible();
  },
  "a test whose outcome is not known": async (page, api) => {
    await tested(api, {}, { drops: "dot" });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(page.getByRole("heading", { name: /is not known/ })).toBeVisible();
  },
  "a page that is not there": async (page) => {
    await open(page, "/nothing/here");
    await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  },
};

const SIGNED_OUT: Record<string, (page: Page) => Promise<void>> = {
  "the sign-in page": async (page) => open(page, "/sign-in"),
  "the sign-in page with an error": async (page) => {
    await open(page, "/sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(summary(page)).toBeVisible();
    await started(page);
  },
  "the set-up page": async (page) => open(page, "/set-up?token=abc"),
};

async function listed(page: Page, api: Api, query: string) {
  await api.createAll([...MANY]);
  await open(page, REPORT + query);
  await expect(names(page).first()).toBeVisible();
}

async function tested(api: Api, account: { name?: string }, script: Script) {
  const server = await MailServer.start(script);
  const { id } = await api.create({ ...server.account, ...account });
  const message = { "draft[recipient]": "to@example.test", "draft[subject]": "A test", "draft[message]": "A test" };
  expect((await api.post("send_test", { account: id, ...message })).status).toBe(200);
  await server.stop();
}

/** All of axe's rules: WCAG 2.2 A and AA, and its best practice; or those that colours matter to. */
async function expectNoFindings(page: Page, where: string, rules: string[] = []) {
  const axe = new AxeBuilder({ page }).exclude("iframe");
  // The size of targets (WCAG 2.5.8) is a rule that axe leaves off by itself.
  axe.options(rules.length > 0 ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } });
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(found, `axe on ${where}`).toEqual([]);
}

async function expectNothingSideways(page: Page, where: string) {
  const over = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    return scrollWidth > clientWidth ? wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)) : [];
  });
  expect(over, `sideways on ${where}`).toEqual([]);
}

const check = (name: string, reach: (page: Page, api: Api) => Promise<void>) => {
  test(`${name}: axe finds nothing, light and dark, and nothing scrolls sideways`, phone, async ({ page, api, watch, isMobile }) => {
    watch.allow(/ERR_FAILED/, /status of (404|409|422)/);
    await reach(page, api);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await expectNoFindings(page, `${name}, light`);
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await expectNoFindings(page, `${name}, dark`, ["color-contrast", "link-in-text-block"]);
    await expectNothingSideways(page, name);
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
  await api.createAll([...MANY]);
  for (const path of [REPORT, NEW, testOf(1)]) {
    await open(page, path);
    const controls = page.locator("main").locator(".btn:not(.inline, .copy), .in, .acts a").filter({ visible: true });
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

test("the skip link comes first, and leads past the menus", async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "New", exact: true })).toBeFocused();
});

test("the place one is in is marked in the menu and in the title", async ({ page, api }) => {
  await api.create({ name: "Nordhavn billing" });
  const menu = page.getByRole("navigation", { name: /Email/ });
  for (const [path, place, title] of [
    [REPORT, "SMTP configuration", "SMTP configuration · Posthouse"],
    [edit(1), "SMTP configuration", "Nordhavn billing · SMTP server settings · Posthouse"],
    [`${REPORT}/preferences`, "SMTP configuration", "Columns and rows · Posthouse"],
    [FOOTER, "Message footer", "Message footer · Posthouse"],
  ] as const) {
    await open(page, path);
    await expect(page).toHaveTitle(title);
    await expect(menu.locator("[aria-current]")).toHaveText(place);
  }
  await page.getByText("Products").click();
  await page.getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL(REPORT);
});

test("what needs WebAssembly waits for it, and says so", async ({ page, api }) => {
  let start = () => {};
  const seen = new Promise<void>((resolve) => (start = resolve));
  await page.route("**/*.wasm", async (route) => {
    await seen;
    await route.continue();
  });
  const server = await MailServer.start();
  await api.create(server.account);
  await api.post("send_test", { account: 1, "draft[recipient]": "a@b.example", "draft[subject]": "x", "draft[message]": "x" });
  await server.stop();
  await page.goto(`${REPORT}/1/tests/1`, { waitUntil: "commit" });
  const copy = page.getByRole("button", { name: "Copy the queue ID" });
  await expect(copy).toBeDisabled();
  await expect(copy).toHaveAccessibleDescription("Available once the page has started");
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  start();
  await started(page);
  await expect(copy).toBeEnabled();
  await expect(copy).not.toHaveAccessibleDescription("Available once the page has started");
});

test("times are exact from the server, and said as a distance once the page has started", async ({ page, api, visit }) => {
  await tested(api, {}, {});
  const plain = await visit({ javaScriptEnabled: false });
  await plain.goto(REPORT);
  const exact = await plain.getByRole("time").innerText();
  expect(exact).toMatch(/^\d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC$/);
  await open(page, REPORT);
  await expect(page.getByRole("time")).toHaveText("now");
  await expect(page.getByRole("time")).toHaveAttribute("title", exact);
});

test("the first render is the same whatever the clock, the locale and the zone of the browser", async ({ visit, api }) => {
  await tested(api, {}, {});
  for (const [locale, timezoneId] of [["ar-EG", "Pacific/Kiritimati"], ["th-TH", "America/St_Johns"]]) {
    const page = await visit({ locale, timezoneId });
    await page.clock.install({ time: new Date("2001-02-03T04:05:06Z") });
    for (const path of [REPORT, `${REPORT}/1/tests/1`, edit(1)]) {
      await open(page, path);
    }
  }
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

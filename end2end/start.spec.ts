// From the first paint until WebAssembly runs, and from page to page: what waits, what is said, where one is.
import type { Page } from "@playwright/test";

import { MailServer } from "./support/mail-server.ts";
import { FOOTER, REPORT, edit, filter, holdWasm, names, open, started } from "./support/pages.ts";
import { sendThrough } from "./support/accounts.ts";
import { expect, phone, test } from "./support/test.ts";

test("what needs WebAssembly waits for it, and says so", async ({ page, api }) => {
  const start = await holdWasm(page);
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

test("Back before the page has started leads to the list that one went back to", phone, async ({ page, api }) => {
  await api.createAll([{ name: "Nordhavn" }, { name: "Nordlys", enabled: "No" }]);
  await open(page, REPORT);
  await filter(page, "Name").fill("nord");
  await expect(page).toHaveURL(`${REPORT}?name=nord`);
  await filter(page, "Enabled").selectOption("Yes");
  await expect(page).toHaveURL(`${REPORT}?name=nord&enabled=Yes`);
  const start = await holdWasm(page);
  await page.reload({ waitUntil: "commit" });
  await expect(names(page)).toHaveText(["Nordhavn"]);
  await page.goBack({ waitUntil: "commit" });
  await expect(page).toHaveURL(`${REPORT}?name=nord`);
  start();
  await started(page);
  await expect(names(page)).toHaveText(["Nordhavn", "Nordlys"]);
  await expect(filter(page, "Enabled")).toHaveValue("");
});

/** How many listen at the window for this. */
async function listeners(page: Page, event: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression: "window" });
  const found = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
  await session.detach();
  return found.listeners.filter((listener) => listener.type === event).length;
}

test("a link that is pressed while the page is being taken over leads on", phone, async ({ page }) => {
  let lateOnes = () => {};
  const held = new Promise<void>((resolve) => (lateOnes = resolve));
  // The page's own part of WebAssembly: the router is there, and waits for it.
  await page.route(/(chunk|split)_.*\.wasm$/, async (route) => {
    await held;
    // The page that asked may have been left.
    await route.continue().catch(() => {});
  });
  await page.goto(`${REPORT}/new`, { waitUntil: "commit" });
  await expect.poll(() => listeners(page, "click")).toBeGreaterThan(1);
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(REPORT);
  lateOnes();
  await started(page);
  await expect(page.getByRole("heading", { name: "No accounts yet" })).toBeVisible();
});

test("times are exact from the server, and said as a distance once the page has started", async ({ page, api, visit }) => {
  await sendThrough(api, {}, {});
  const plain = await visit({ javaScriptEnabled: false });
  await plain.goto(REPORT);
  const exact = await plain.getByRole("time").innerText();
  expect(exact).toMatch(/^\d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC$/);
  await open(page, REPORT);
  await expect(page.getByRole("time")).toHaveText("now");
  await expect(page.getByRole("time")).toHaveAttribute("title", exact);
});

test("the first render is the same whatever the clock, the locale and the zone of the browser", async ({ visit, api }) => {
  await sendThrough(api, {}, {});
  for (const [locale, timezoneId] of [["ar-EG", "Pacific/Kiritimati"], ["th-TH", "America/St_Johns"]]) {
    const page = await visit({ locale, timezoneId });
    await page.clock.install({ time: new Date("2001-02-03T04:05:06Z") });
    for (const path of [REPORT, `${REPORT}/1/tests/1`, edit(1)]) {
      await open(page, path);
    }
  }
});

test("the skip link comes first, and leads past the menus", async ({ page, api }) => {
  await api.create();
  await open(page, REPORT);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.locator("summary", { hasText: "Actions" })).toBeFocused();
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

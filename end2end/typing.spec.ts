// The list follows the typing: no answer that comes late, no key and no focus is lost, and the address tells the list.
import type { Page } from "@playwright/test";

import { installClock, stopClock } from "./support/clock.ts";
import { REPORT, count, filter, holdWasm, names, open, started } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

const NAMES = ["Nordhavn billing", "Nordhavn careers", "Nordlys", "Südhafen", "Nadir"];

const input = (page: Page) => filter(page, "Name");

/** Holds each answer until it is let go; gives the names that were asked for, in their order. */
async function holdAnswers(page: Page) {
  const asked: string[] = [];
  const gates = new Map<string, { opened: Promise<void>; open: () => void }>();
  const gate = (name: string) => {
    let known = gates.get(name);
    if (!known) {
      let open = () => {};
      const opened = new Promise<void>((resolve) => (open = resolve));
      known = { opened, open };
      gates.set(name, known);
    }
    return known;
  };
  await page.route("**/api/list_accounts", async (route) => {
    const { name } = (route.request().postDataJSON() as { filter: { name: string } }).filter;
    asked.push(name);
    const answer = await route.fetch();
    await gate(name).opened;
    await route.fulfill({ response: answer });
  });
  return { asked, letGo: (name: string) => gate(name).open() };
}

test.beforeEach(async ({ api, page }) => {
  await api.createAll(NAMES.map((name) => ({ name })));
  if (!test.info().title.includes("clock")) {
    await open(page, REPORT);
  }
});

test("an answer that comes late never takes the place of a newer one", phone, async ({ page }) => {
  const { asked, letGo } = await holdAnswers(page);
  await input(page).pressSequentially("n");
  await expect.poll(() => asked).toEqual(["n"]);
  await input(page).pressSequentially("ord");
  await expect.poll(() => asked).toEqual(["n", "nord"]);
  await input(page).pressSequentially("ly");
  await expect.poll(() => asked).toEqual(["n", "nord", "nordly"]);
  letGo("nordly");
  await expect(names(page)).toHaveText(["Nordlys"]);
  const late = page.waitForResponse((response) => response.request().postData()?.includes('"name":"n"') ?? false);
  letGo("nord");
  letGo("n");
  await (await late).finished();
  await expect(input(page)).toHaveValue("nordly");
  await input(page).press("End");
  await expect(names(page)).toHaveText(["Nordlys"]);
  await expect(count(page)).toHaveText("1 of 5 accounts");
  await expect(page).toHaveURL(`${REPORT}?name=nordly`);
});

test("no key and no focus is lost while answers come in", phone, async ({ page }) => {
  await page.route("**/api/list_accounts", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer });
  });
  const typed = "nordhavn careers and much more text than any name has";
  await input(page).pressSequentially(typed, { delay: 45 });
  await expect(input(page)).toHaveValue(typed);
  await expect(input(page)).toBeFocused();
  await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
  for (let n = 0; n < typed.length - 4; n++) {
    await page.keyboard.press("Backspace");
  }
  await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers", "Nordlys"]);
  await expect(input(page)).toHaveValue("nord");
  await expect(input(page)).toBeFocused();
});

test("the place of the cursor is kept in the middle of a word", async ({ page }) => {
  await input(page).fill("nohavn");
  await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
  await input(page).press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("r");
  await expect(page).toHaveURL(`${REPORT}?name=norhavn`);
  await page.keyboard.type("d");
  await expect(input(page)).toHaveValue("nordhavn");
  await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers"]);
});

test("a space at the end is not taken away while one types on", async ({ page }) => {
  await input(page).pressSequentially("nordhavn ");
  await expect(page).toHaveURL(`${REPORT}?name=nordhavn`);
  await expect(input(page)).toHaveValue("nordhavn ");
  await page.keyboard.type("c");
  await expect(names(page)).toHaveText(["Nordhavn careers"]);
});

test("the page does not scroll away under the typing", async ({ page, api }) => {
  await api.createAll(Array.from({ length: 20 }, (_, n) => ({ name: `Nord ${n}` })));
  await page.setViewportSize({ width: 1440, height: 400 });
  await page.reload();
  await started(page);
  await input(page).focus();
  await page.evaluate(() => scrollTo(0, 60));
  await input(page).pressSequentially("nord");
  await expect(count(page)).toHaveText("23 of 25 accounts");
  expect(await page.evaluate(() => scrollY)).toBe(60);
});

test("by the clock: the list is asked for 200 ms after the last key, and Enter asks at once", async ({ page }) => {
  await installClock(page);
  await open(page, REPORT);
  await stopClock(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/list_accounts")) {
      asked.push((request.postDataJSON() as { filter: { name: string } }).filter.name);
    }
  });
  for (const letter of "nord") {
    await input(page).pressSequentially(letter);
    await page.clock.fastForward(190);
  }
  expect(asked).toEqual([]);
  await page.clock.fastForward(20);
  await expect(names(page)).toHaveCount(3);
  expect(asked).toEqual(["nord"]);
  await input(page).pressSequentially("l");
  await input(page).press("Enter");
  await expect(names(page)).toHaveText(["Nordlys"]);
  expect(asked).toEqual(["nord", "nordl"]);
});

test("by the clock: the first key after a pause is a step of Back, further keys are not", async ({ page }) => {
  await installClock(page);
  await open(page, REPORT);
  await stopClock(page);
  const steps = () => page.evaluate(() => history.length);
  const start = await steps();
  const type = async (text: string, url: string) => {
    await input(page).pressSequentially(text);
    await page.clock.fastForward(210);
    await expect(page).toHaveURL(url);
  };
  await type("n", `${REPORT}?name=n`);
  await type("or", `${REPORT}?name=nor`);
  await type("d", `${REPORT}?name=nord`);
  expect(await steps()).toBe(start + 1);
  await page.clock.fastForward(3_000);
  await type("l", `${REPORT}?name=nordl`);
  await type("y", `${REPORT}?name=nordly`);
  expect(await steps()).toBe(start + 2);
  await page.goBack();
  await expect(page).toHaveURL(`${REPORT}?name=nord`);
  await expect(input(page)).toHaveValue("nord");
  await page.goBack();
  await expect(page).toHaveURL(REPORT);
  await expect(input(page)).toHaveValue("");
});

test("by the clock: an answer that is late is said to be searched for, and the list never empties", async ({ page }) => {
  await installClock(page);
  await open(page, REPORT);
  await stopClock(page);
  const { asked, letGo } = await holdAnswers(page);
  await input(page).fill("nordl");
  await page.clock.fastForward(210);
  await expect.poll(() => asked).toEqual(["nordl"]);
  await expect(count(page)).toHaveText("5 accounts");
  await page.clock.fastForward(310);
  await expect(count(page)).toHaveText("Searching");
  await expect(names(page)).toHaveText(NAMES);
  letGo("nordl");
  await expect(names(page)).toHaveText(["Nordlys"]);
  await expect(count(page)).toHaveText("1 of 5 accounts");
});

test("Back, reload and a shared link bring back the same list", phone, async ({ page, visit }) => {
  await input(page).fill("nord");
  await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers", "Nordlys"]);
  await filter(page, "Enabled").selectOption("Yes");
  await expect(page).toHaveURL(`${REPORT}?name=nord&enabled=Yes`);
  await page.goto(`${REPORT}?name=nord&enabled=Yes&sort=-name&page_size=10`);
  await started(page);
  const list = ["Nordlys", "Nordhavn careers", "Nordhavn billing"];
  await expect(names(page)).toHaveText(list);

  await page.reload();
  await started(page);
  await expect(names(page)).toHaveText(list);
  await expect(input(page)).toHaveValue("nord");
  await expect(filter(page, "Enabled")).toHaveValue("Yes");

  const shared = await visit();
  await open(shared, page.url());
  await expect(names(shared)).toHaveText(list);
  await expect(input(shared)).toHaveValue("nord");

  await page.goBack();
  await expect(names(page)).toHaveText(["Nordhavn billing", "Nordhavn careers", "Nordlys"]);
  await page.goBack();
  await expect(page).toHaveURL(`${REPORT}?name=nord`);
  await expect(filter(page, "Enabled")).toHaveValue("");
  await page.goForward();
  await expect(filter(page, "Enabled")).toHaveValue("Yes");
});

test("a chip, a sort and a page are steps of Back each", async ({ page }) => {
  await open(page, `${REPORT}?name=nord&page_size=10`);
  await page.getByRole("columnheader", { name: "Name", exact: true }).getByRole("button").click();
  await expect(page).toHaveURL(`${REPORT}?name=nord&sort=name&page_size=10`);
  await page.getByRole("link", { name: "Remove filter: Name contains nord" }).click();
  await expect(page).toHaveURL(`${REPORT}?sort=name&page_size=10`);
  await expect(names(page)).toHaveCount(5);
  await page.goBack();
  await expect(page).toHaveURL(`${REPORT}?name=nord&sort=name&page_size=10`);
  await expect(names(page)).toHaveCount(3);
  await page.goBack();
  await expect(page).toHaveURL(`${REPORT}?name=nord&page_size=10`);
  await expect(page.getByRole("columnheader", { name: "ID", exact: true })).toHaveAttribute("aria-sort", "ascending");
});

test("what was typed before the page had started is not lost", async ({ page }) => {
  const start = await holdWasm(page);
  await page.goto(REPORT, { waitUntil: "commit" });
  await input(page).fill("nordl");
  start();
  await started(page);
  await expect(input(page)).toHaveValue("nordl");
  await input(page).press("Enter");
  await expect(names(page)).toHaveText(["Nordlys"]);
});

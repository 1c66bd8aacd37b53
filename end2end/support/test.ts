// What every test stands on: a Posthouse of its own with one administrator, a page that is signed in, and a watch over
// all that the pages write to the console.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type BrowserContextOptions, type Page, test as base, expect } from "@playwright/test";

import type { Api } from "./api.ts";
import { ADMIN, Office } from "./office.ts";
import { Watch } from "./watch.ts";

interface Worker {
  /** A data folder with one administrator, and the session that the set-up link began. */
  furnished: { folder: string; session: string };
}

interface Test {
  office: Office;
  /** The server functions, as the administrator. */
  api: Api;
  watch: Watch;
  /** Another browser of the same or of no person, watched alike. */
  visit: (options?: BrowserContextOptions) => Promise<Page>;
}

/** A test that runs on the phone as well as on the desktop. */
export const phone = { tag: "@phone" };

export const NOBODY = { cookies: [], origins: [] };

const folder = () => mkdtemp(join(tmpdir(), "posthouse-end2end-"));

export const test = base.extend<Test, Worker>({
  furnished: [
    async ({}, use) => {
      const dataDir = await folder();
      const office = await Office.start({ dataDir, fresh: true });
      const session = await setUp(office);
      expect(await office.stop()).toBe(0);
      await use({ folder: dataDir, session });
      await rm(dataDir, { recursive: true });
    },
    { scope: "worker" },
  ],
  office: async ({ furnished }, use) => {
    const dataDir = await folder();
    await cp(furnished.folder, dataDir, { recursive: true });
    const office = await Office.start({ dataDir });
    await use(office);
    expect(await office.stop(), "SIGTERM ends the server well").toBe(0);
    expect(office.log, "the server did not panic").not.toContain("panicked");
    await rm(dataDir, { recursive: true });
  },
  baseURL: async ({ office }, use) => use(office.url),
  storageState: async ({ furnished }, use) => use(signedIn(furnished.session)),
  api: async ({ office, furnished }, use) => use(office.api(furnished.session)),
  watch: [
    async ({}, use) => {
      const watch = new Watch();
      await use(watch);
      expect(watch.seen, "what the pages wrote to the console, and what dialogs they opened").toEqual([]);
    },
    { auto: true },
  ],
  context: async ({ context, watch }, use) => {
    await watch.over(context);
    await use(context);
  },
  visit: async ({ browser, baseURL, storageState, viewport, isMobile, hasTouch, locale, timezoneId, watch }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (options = {}) => {
      const likeTheRest = { baseURL, storageState, viewport, isMobile, hasTouch, locale, timezoneId };
      const context = await browser.newContext({ ...likeTheRest, ...options });
      contexts.push(context);
      await watch.over(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

export { expect };

/** The first administrator, by the set-up link; gives the session. */
export async function setUp(office: Office): Promise<string> {
  const token = new URL(office.setUpLink).searchParams.get("token") ?? "";
  const answer = await office.api().post("set_up", { token, ...ADMIN });
  const session = answer.headers.get("set-cookie")?.match(/^posthouse=([^;]+)/)?.[1];
  if (!session) {
    throw new Error(`the set-up link answered ${answer.status}: ${await answer.text()}`);
  }
  return session;
}

/** The state of a browser that holds this session. */
export function signedIn(session: string) {
  const cookie = { name: "posthouse", value: session, domain: "127.0.0.1", path: "/", expires: -1 };
  return { cookies: [{ ...cookie, httpOnly: true, secure: false, sameSite: "Lax" as const }], origins: [] };
}

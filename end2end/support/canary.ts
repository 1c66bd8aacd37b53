// A secret in any of its spellings, looked for in all that a browser was sent.
import { type Page, type Request, expect } from "@playwright/test";

/** A space, quotes, what addresses and pages escape, and what takes four octets. */
export const CANARY = "pä ss\"'%<&>\\🔑 canary-7d41";

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  // A part that no spelling changes, and no escaping hides.
  const core = secret.match(/[a-z0-9-]{8,}/i)?.[0] ?? secret;
  return [secret, core, base64, html, form, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

async function answer(request: Request): Promise<string> {
  const response = await request.response();
  const headers = JSON.stringify(await response?.allHeaders());
  return `${headers}\n${(await response?.text().catch(() => "")) ?? ""}`;
}

/** Notes every address and every answer from now on; call the result to look through them and the page as it is. */
export function watchFor(page: Page, secret: string): () => Promise<void> {
  const texts: Promise<string>[] = [];
  page.on("request", (request) => texts.push(Promise.resolve(request.url())));
  // Of an answer that a page was left before the end of, Playwright waits for headers and text for ever.
  page.on("requestfinished", (request) => texts.push(answer(request)));
  return async () => {
    await page.waitForLoadState("networkidle");
    expectNone([await page.content(), page.url(), ...(await Promise.all(texts))], secret);
  };
}

export function expectNone(texts: string[], secret: string): void {
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) {
    const found = spellings(secret).filter((spelling) => text.includes(spelling));
    expect(found, `in ${text.slice(0, 200)}`).toEqual([]);
  }
}

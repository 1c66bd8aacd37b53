// A clock that stands still until a test moves it.
import type { Page } from "@playwright/test";

/** Before the page is opened. */
export async function installClock(page: Page): Promise<void> {
  await page.clock.install();
  // The faked timers have numbers beyond 32 bits, which no browser gives and WebAssembly's handles cannot hold.
  await page.addInitScript(() => {
    const { setTimeout: set, clearTimeout: clear } = window;
    const timers = new Map<number, number>();
    window.setTimeout = ((...timer: Parameters<typeof set>) => {
      timers.set(timers.size + 1, set(...timer) as unknown as number);
      return timers.size;
    }) as typeof set;
    window.clearTimeout = (id) => clear(timers.get(Number(id)));
  });
}

/** Once it has started: from here on the time passes by `page.clock.fastForward` alone. */
export async function stopClock(page: Page): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
}

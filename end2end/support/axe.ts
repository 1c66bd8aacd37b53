// What is checked of a page whatever it shows.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type axe from "axe-core";
import { type Page, expect } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * All of axe's rules: WCAG 2.2 A and AA, and its best practice; or those that colours matter to.
 *
 * axe runs in the page itself, which takes a third of the time that `@axe-core/playwright` takes: that loads axe for each
 * analysis, and opens another page to put together what it found in several frames.
 */
export async function expectNoFindings(page: Page, where: string, rules: string[] = []) {
  // The size of targets (WCAG 2.5.8) is a rule that axe leaves off by itself.
  const chosen: axe.RunOptions = rules.length > 0 ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(AXE);
  }
  const found = await page.evaluate(async (options) => {
    const injected = (window as unknown as { axe: typeof axe }).axe;
    const { violations } = await injected.run({ exclude: ["iframe"] }, { ...options, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }, chosen);
  expect(found, `axe on ${where}`).toEqual([]);
}

export async function expectNothingSideways(page: Page, where: string) {
  const over = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    return scrollWidth > clientWidth ? wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)) : [];
  });
  expect(over, `sideways on ${where}`).toEqual([]);
}

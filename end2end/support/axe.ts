// What is checked of a page whatever it shows.
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

/** All of axe's rules: WCAG 2.2 A and AA, and its best practice; or those that colours matter to. */
export async function expectNoFindings(page: Page, where: string, rules: string[] = []) {
  const axe = new AxeBuilder({ page }).exclude("iframe");
  // The size of targets (WCAG 2.5.8) is a rule that axe leaves off by itself.
  axe.options(rules.length > 0 ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } });
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(found, `axe on ${where}`).toEqual([]);
}

export async function expectNothingSideways(page: Page, where: string) {
  const over = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    const widest = wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
    return scrollWidth > clientWidth ? [`${scrollWidth} px in ${clientWidth}`, ...widest] : [];
  });
  expect(over, `sideways on ${where}`).toEqual([]);
}

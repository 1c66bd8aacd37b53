// What the browser's figures share: Chromium, somebody who is signed in, and figures as `bench` prints them.
import { chromium } from "@playwright/test";

export const url = process.env.BENCH_URL;
export const report = "/settings/email/smtp";

export async function start() {
  return await chromium.launch({
    executablePath: process.env.POSTHOUSE_TEST_CHROMIUM ?? "/usr/bin/chromium",
    // Chromium refuses to run as root with its sandbox.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
}

// The cookies of somebody who signed in, by the form.
export async function signIn(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail", { exact: true }).fill(process.env.BENCH_EMAIL);
  await page.getByLabel("Password", { exact: true }).fill(process.env.BENCH_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}${report}`);
  const state = await context.storageState();
  await context.close();
  return state;
}

// A line of the table that `cargo xtask bench` prints.
export function figure({ what, measured, baseline = "", ratio = "", limit = "", verdict = "" }) {
  console.log(JSON.stringify({ what, measured, baseline, ratio, limit, verdict }));
}

// What `percent` of the numbers are at most.
export function percentile(numbers, percent) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1];
}

// Debian's Chromium drives the optimised binary, which each test file starts by itself (POSTHOUSE_BIN).
import { defineConfig } from "@playwright/test";

const launchOptions = {
  executablePath: process.env.POSTHOUSE_TEST_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    // Chromium refuses to run as root with its sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: true,
  // A test that passes at the second try hides a defect.
  retries: 0,
  workers: 2,
  timeout: 60_000,
  // Of a machine that builds something else meanwhile.
  expect: { timeout: 15_000, toHaveScreenshot: { pathTemplate: "{testDir}/screenshots/{arg}{ext}" } },
  reporter: [["list"], ["json", { outputFile: process.env.POSTHOUSE_TEST_REPORT ?? "test-results/report.json" }]],
  use: {
    launchOptions,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    // Recording each step costs a third of the time: asked for where a failure needs it.
    trace: process.env.POSTHOUSE_TRACE ? "retain-on-failure" : "off",
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1440, height: 900 } } },
    { name: "phone", grep: /@phone/, use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  ],
});

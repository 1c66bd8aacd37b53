// The history of an account's tests, and what its certificate is known to be.
import { authority, selfSigned } from "./support/certificates.ts";
import { sendThrough } from "./support/accounts.ts";
import { REPORT, edit, open, row, started } from "./support/pages.ts";
import { heading, sendTest, test, win } from "./support/test-window.ts";
import { expect, phone } from "./support/test.ts";

const HISTORY = `${REPORT}/1/tests`;

test.describe("the history of an account", () => {
  test.beforeEach(async ({ api, serve }) => {
    const server = await serve();
    await api.create(server.account);
    const sent = { account: 1, "draft[recipient]": "to@example.test", "draft[subject]": "x", "draft[message]": "x" };
    await api.post("send_test", sent);
    await api.post("send_test", { ...sent, "draft[stop_after]": "recipient" });
    await server.stop();
    await api.post("send_test", sent);
  });

  test("lists its tests, and leads to each", phone, async ({ page }) => {
    await open(page, edit(1));
    await page.getByRole("link", { name: "Tests", exact: true }).click();
    await expect(page).toHaveURL(HISTORY);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Tests of Nordhavn billing");
    await expect(page.getByRole("status").filter({ hasText: "3 tests" })).toBeVisible();
    const outcomes = page.locator("[data-label=Outcome]");
    await expect(outcomes).toContainText(["Failed at TCP", "Checked", "Accepted"]);
    await expect(page.getByRole("figure", { name: "Time of each part of the way" })).toBeVisible();
    await expect(page.locator("svg.duration-chart g")).toHaveCount(3);
    await page.getByRole("rowheader").first().getByRole("link").click();
    await expect(heading(page, /^Failed at TCP/)).toBeVisible();
    await win(page).getByRole("link", { name: "All tests" }).click();
    await expect(page).toHaveURL(HISTORY);
  });

  test("is narrowed by outcome, stage, person and day", phone, async ({ page }) => {
    await open(page, HISTORY);
    const bar = page.getByRole("search");
    await bar.getByLabel("Outcome").selectOption("Checked");
    await expect(page).toHaveURL(`${HISTORY}?ended=checked`);
    await expect(page.locator("[data-label=Outcome]")).toContainText(["Checked"]);
    await expect(page.getByRole("status").filter({ hasText: "1 of 3 tests" })).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page.locator("[data-label=Outcome]")).toHaveCount(3);
    await bar.getByLabel("Failed at").selectOption("TCP");
    await expect(page.locator("[data-label=Outcome]")).toContainText(["Failed at TCP"]);
    await page.goBack();
    await bar.getByLabel("To day").fill("2001-01-01");
    await bar.getByLabel("To day").blur();
    await expect(page.getByRole("heading", { name: "No test matches" })).toBeVisible();
    await open(page, `${HISTORY}?by=nobody`);
    await expect(bar.getByLabel("Tested by")).toHaveValue("nobody");
    await expect(page.getByRole("heading", { name: "No test matches" })).toBeVisible();
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("is narrowed by its form", async ({ page }) => {
      await page.goto(HISTORY);
      await expect(page.locator("svg.duration-chart g")).toHaveCount(3);
      await page.getByRole("search").getByLabel("Outcome").selectOption("Accepted");
      await page.getByRole("button", { name: "Search" }).click();
      await expect(page.locator("[data-label=Outcome]")).toContainText(["Accepted"]);
      await expect(page).toHaveURL(/ended=accepted/);
    });
  });
});

test("an account that was never tested says what to do", async ({ page, api }) => {
  await api.create({});
  await open(page, HISTORY);
  await expect(page.getByRole("heading", { name: "No tests yet" })).toBeVisible();
  await page.getByRole("link", { name: "Test setting" }).first().click();
  await expect(page).toHaveURL(`${REPORT}/1/test`);
});

test.describe("the certificates that a server showed", () => {
  test("are inspected one by one, also where errors are ignored", phone, async ({ page, api, serve }) => {
    const pair = authority("Nordhavn Root").sign("127.0.0.1");
    const server = await serve({ tls: pair });
    await sendTest(page, api, { ...server.account, ignore_certificate: "Yes" }, "Inspected");
    await expect(heading(page, "The server accepted the message")).toBeVisible();
    const shown = win(page).getByRole("region", { name: "Encryption" });
    await expect(shown).toContainText("TLS 1.3");
    await expect(shown).toContainText("The certificate's issuer is not trusted; ignored");
    await expect(shown.getByRole("listitem")).toHaveCount(2);
    const own = shown.getByRole("listitem").first();
    await expect(own).toContainText("CN=127.0.0.1");
    await expect(own).toContainText("CN=Nordhavn Root");
    await expect(own).toContainText("RSA, 2048 bits");
    await expect(own).toContainText("SHA-256 with RSA");
    await expect(own).toContainText(pair.fingerprint);
    const root = shown.getByRole("listitem").last();
    await expect(root.locator("dl")).toBeHidden();
    await root.getByText("Root CA").click();
    await expect(root.locator("dl")).toContainText("itself");
  });

  test("are warned of before they end, in the window and in the report", phone, async ({ page, api }) => {
    // It is valid for two days.
    await sendThrough(api, { name: "Ends soon", ignore_certificate: "Yes" }, { tls: selfSigned() });
    await open(page, `${REPORT}/1/tests/1`);
    await expect(heading(page, /^Certificate ends in 1 day$/)).toBeVisible();
    await win(page).getByRole("link", { name: "Close" }).click();
    await started(page);
    await expect(row(page, "Ends soon")).toContainText("Certificate ends in 1 day");
  });
});

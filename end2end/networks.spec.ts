// The networks that an administrator closes: no test goes there.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Office } from "./support/office.ts";
import { REPORT, expectError, field, open, save, started, summary, testOf, toast } from "./support/pages.ts";
import { heading, send, test, win } from "./support/test-window.ts";
import { expect, phone, signedIn } from "./support/test.ts";

const NETWORKS = "/settings/email/networks";

test("what is closed is not tested, and what is open within it is", phone, async ({ page, api, serve }) => {
  const server = await serve();
  const { id } = await api.create(server.account);
  await open(page, NETWORKS);
  await field(page, "Closed networks").fill("127.0.0.0/8\n10.0.0.0/8");
  await save(page).click();
  await expect(toast(page)).toContainText("The networks are saved.");
  await started(page);
  await expect(field(page, "Closed networks")).toHaveValue("127.0.0.0/8\n10.0.0.0/8\n");
  await open(page, testOf(id));
  await send(page).click();
  await expect(heading(page, "Failed at TCP: there is no way to the server")).toBeVisible();
  await expect(win(page)).toContainText("a network that an administrator closed");
  expect(server.connections).toBe(0);

  await open(page, NETWORKS);
  await field(page, "Open all the same").fill("127.0.0.1");
  await save(page).click();
  await expect(toast(page)).toContainText("The networks are saved.");
  await open(page, testOf(id));
  await send(page).click();
  await expect(heading(page, "The server accepted the message")).toBeVisible();

  await open(page, NETWORKS);
  await field(page, "Closed networks").fill("");
  await field(page, "Open all the same").fill("");
  await save(page).click();
  await expect(toast(page)).toContainText("The networks are saved.");
});

test("a line that is no network is named, and nothing is lost", phone, async ({ page }) => {
  await open(page, NETWORKS);
  await field(page, "Closed networks").fill("10.0.0.0/8\n10.1.2.3/8");
  await save(page).click();
  await started(page);
  await expect(summary(page)).toBeFocused();
  await expect(page).toHaveTitle("Error: Networks · Posthouse");
  await expectError(field(page, "Closed networks"), /Line 2: “10\.1\.2\.3\/8” is an address within a network\. Its network is 10\.0\.0\.0\/8\./);
  await expect(field(page, "Closed networks")).toHaveValue("10.0.0.0/8\n10.1.2.3/8");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave without saving" }).click();
  await expect(page).toHaveURL(REPORT);
});

test("what the configuration denies stays closed, and the page says so", async ({ furnished, visit, serve }) => {
  const dataDir = await mkdtemp(join(tmpdir(), "posthouse-end2end-"));
  await cp(furnished.folder, dataDir, { recursive: true });
  const office = await Office.start({ dataDir, denyNetworks: "127.0.0.0/8,fd00::/8" });
  try {
    const server = await serve();
    const page = await visit({ baseURL: office.url, storageState: signedIn(furnished.session) });
    await open(page, NETWORKS);
    const fixed = page.getByRole("complementary", { name: "Always closed" });
    await expect(fixed.getByRole("heading", { name: "Denied by the configuration" })).toBeVisible();
    await expect(fixed.getByRole("listitem")).toHaveText(["127.0.0.0/8", "fd00::/8"]);
    await field(page, "Open all the same").fill("127.0.0.1");
    await save(page).click();
    await started(page);
    await expectError(field(page, "Open all the same"), /stays closed: the configuration denies 127\.0\.0\.0\/8/);

    const { id } = await office.api(furnished.session).create(server.account);
    await open(page, testOf(id));
    await send(page).click();
    await expect(heading(page, "Failed at TCP: there is no way to the server")).toBeVisible();
    await expect(win(page)).toContainText("a network that the configuration denies");
    expect(server.connections).toBe(0);
  } finally {
    await office.stop();
    await rm(dataDir, { recursive: true });
  }
});

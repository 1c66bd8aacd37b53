// The same pages on PostgreSQL: registered, found, changed, tested, deleted and brought back.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { MailServer } from "./support/mail-server.ts";
import { ADMIN, Office } from "./support/office.ts";
import { NEW, REPORT, answer, count, field, filter, names, open, row, started } from "./support/pages.ts";
import { NOBODY, expect, setUp, signedIn, test } from "./support/test.ts";

test.use({ storageState: NOBODY });

/** A database of its own on the server that the tests' runner started. */
async function withDatabase(use: (url: string) => Promise<void>) {
  const server = process.env.POSTHOUSE_TEST_POSTGRES;
  if (!server) {
    throw new Error("POSTHOUSE_TEST_POSTGRES names no PostgreSQL; `cargo xtask test` starts one");
  }
  const name = `end2end_${process.pid}_${Date.now()}`;
  const psql = (sql: string) => promisify(execFile)("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", server, "-c", sql]);
  await psql(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'`);
  try {
    const url = new URL(server);
    url.pathname = `/${name}`;
    await use(url.href);
  } finally {
    await psql(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

test("two servers on one PostgreSQL show the same accounts, and know the same people", async ({ visit }) => {
  await withDatabase(async (databaseUrl) => {
    const dataDir = await mkdtemp(join(tmpdir(), "posthouse-end2end-"));
    const vaultKeyFile = join(dataDir, "vault.key");
    const first = await Office.start({ dataDir: join(dataDir, "first"), databaseUrl, vaultKeyFile, fresh: true });
    const session = await setUp(first);
    const second = await Office.start({ dataDir: join(dataDir, "second"), databaseUrl, vaultKeyFile });
    const server = await MailServer.start();
    const storageState = signedIn(session);
    const page = await visit({ baseURL: first.url, storageState });
    const other = await visit({ baseURL: second.url, storageState });

    await open(page, NEW);
    await field(page, "Account name").fill("Großstraße 100%_");
    await field(page, "Sender e-mail").fill("κόσμε@παράδειγμα.example");
    await page.getByRole("button", { name: "Use it for reply, return and confirmation" }).click();
    await field(page, "Host SMTP").fill(server.account.host);
    await field(page, "Port").fill(server.account.port);
    await answer(page, "Use safe connection?", "No");
    await answer(page, "User authentication", "No");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page).toHaveURL(`${first.url}${REPORT}`);
    await first.api(session).createAll([{ name: "Nordhavn billing" }, { name: "Nordhavn careers", enabled: "No" }]);

    await open(other, REPORT);
    await expect(names(other)).toHaveText(["Großstraße 100%_", "Nordhavn billing", "Nordhavn careers"]);
    for (const [typed, found] of [
      ["GROSSSTRASSE", ["Großstraße 100%_"]],
      ["%_", ["Großstraße 100%_"]],
      ["NORD", ["Nordhavn billing", "Nordhavn careers"]],
      ["nobody", []],
    ] as const) {
      await filter(other, "Name").fill(typed);
      await expect(names(other), typed).toHaveText([...found]);
      await expect(count(other)).toHaveText(`${found.length} of 3 accounts`);
    }
    await open(other, `${REPORT}?sort=-name`);
    await expect(names(other)).toHaveText(["Nordhavn careers", "Nordhavn billing", "Großstraße 100%_"]);

    await other.getByRole("link", { name: "Test setting Großstraße" }).click();
    await field(other, "Send to").fill("to@example.test");
    await other.getByRole("button", { name: "Send test" }).click();
    await expect(other.getByRole("heading", { name: /^Failed at MAIL|accepted the message/ })).toBeVisible();
    await other.getByRole("link", { name: "Close" }).click();

    await open(page, REPORT);
    await expect(row(page, "Großstraße 100%_").getByRole("time")).toBeVisible();
    await page.getByRole("link", { name: "Edit Nordhavn careers" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByText("“Nordhavn careers” is back.")).toBeVisible();
    await started(page);

    await open(other, "/sign-in");
    await field(other, "E-mail").fill(ADMIN.email);
    await field(other, "Password").fill(ADMIN.password);
    await other.getByRole("button", { name: "Sign in" }).click();
    await expect(other).toHaveURL(`${second.url}${REPORT}`);

    await Promise.all([page.goto("about:blank"), other.goto("about:blank")]);
    expect(await first.stop()).toBe(0);
    expect(await second.stop()).toBe(0);
    await server.stop();
    await rm(dataDir, { recursive: true });
  });
});

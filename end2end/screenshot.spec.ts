// The picture in the README, of accounts that are always the same: it has to show the page as it is now.
import type { Draft } from "./support/api.ts";
import { MailServer, type Script } from "./support/mail-server.ts";
import { REPORT, count, names, open } from "./support/pages.ts";
import { expect, test } from "./support/test.ts";

const account = (name: string, local: string, answers: Partial<Draft> = {}): Partial<Draft> => ({
  name,
  sender: `${local}@nordhavn.example`,
  reply: `${local}@nordhavn.example`,
  return_path: "bounces@nordhavn.example",
  confirmation: "receipts@nordhavn.example",
  host: "smtp.nordhavn.example",
  ...answers,
});

const ACCOUNTS = [
  account("Nordhavn notifications", "no-reply", { footer: "Yes" }),
  account("Nordhavn billing", "billing", { read_receipt: "Yes", footer: "Yes" }),
  account("Nordhavn careers", "jobs", { reply: "people@nordhavn.example" }),
  account("Nordhavn payroll", "payroll", { tls_type: "SSL", force_settings: "Yes" }),
  account("Südhafen Logistik", "versand", { sender: "versand@südhafen.example", host: "mail.nordhavn.example" }),
  account("Support desk", "support", { footer: "Yes", read_receipt: "Yes" }),
  account("Monitoring", "alerts", { force_settings: "Yes" }),
  account("Old scanner, 3rd floor", "scanner", { safe_connection: "No", enabled: "No" }),
  account("Newsletter", "news", { footer: "Yes", return_path: "news-bounces@nordhavn.example" }),
  account("Staging", "staging", { ignore_certificate: "Yes" }),
];

/** What the tests of some of them came to. */
const TESTED: [number, Script][] = [
  [0, {}],
  [1, {}],
  [2, { says: { rcpt: "550 5.1.1 Nobody here" } }],
  [5, {}],
  [6, { drops: "dot" }],
  [8, { says: { ehlo: "554 5.7.1 Not from you" } }],
];

test("the picture of the README shows the report as it is", async ({ page, api }) => {
  const saved = await api.createAll(ACCOUNTS);
  for (const [n, script] of TESTED) {
    const server = await MailServer.start(script);
    const { [n]: one } = saved;
    const answers = { ...ACCOUNTS[n], default: n === 0 ? "Yes" : "No" } as const;
    const through = await api.update(one ?? saved[0]!, { ...answers, ...server.account });
    const message = { "draft[recipient]": "to@example.test", "draft[subject]": "A test", "draft[message]": "A test" };
    expect((await api.post("send_test", { account: through.id, ...message })).status).toBe(200);
    await server.stop();
    await api.update(through, answers);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, REPORT);
  await expect(names(page)).toHaveText(ACCOUNTS.map(({ name }) => name ?? ""));
  await expect(count(page)).toHaveText(`${ACCOUNTS.length} accounts`);
  await expect(page.getByRole("time").first()).toHaveText("now");
  await page.mouse.move(0, 0);
  await expect(page, "make it anew: cargo xtask test e2e screenshot --update-snapshots").toHaveScreenshot("report.png", {
    // Fonts and the head of the table are drawn a little differently at times.
    maxDiffPixels: 600,
  });
});

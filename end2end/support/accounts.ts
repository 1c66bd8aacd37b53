// Accounts for the report: names and addresses in several scripts, long ones, and such with every risk.
import type { Api, Draft } from "./api.ts";
import { MailServer, type Script } from "./mail-server.ts";

export const ACCOUNTS: Partial<Draft>[] = [
  { name: "Nordhavn billing", sender: "billing@nordhavn.example", reply: "ar@nordhavn.example" },
  { name: "Nordhavn careers", sender: "jobs@nordhavn.example", return_path: "careers-bounces@nordhavn.example", enabled: "No" },
  { name: "100% discount", confirmation: "100%_x@marketing.example" },
  { name: "a_b", reply: "a_b@under.example" },
  { name: "axb", reply: "axb@under.example" },
  { name: "back\\slash" },
  { name: "Großstraße", sender: "grüße@straße.example", enabled: "No" },
  { name: "Καλημέρα κόσμε", sender: "κόσμε@παράδειγμα.example" },
  { name: "Почта России" },
  { name: "請求書 経理部" },
  { name: "حسابات البريد" },
];

export const ALL = ACCOUNTS.map((account) => account.name ?? "");

export const MANY: Partial<Draft>[] = [
  { name: "Nordhavn billing", footer: "Yes", read_receipt: "Yes" },
  { name: "Nordhavn careers", enabled: "No", ignore_certificate: "Yes" },
  { name: "A name that is much longer than the column that it stands in has room for, in every layout there is", safe_connection: "No", port: "2525" },
  { name: "Südhafen", tls_type: "SSL", sender: "a-local-part-of-some-length+and-a-tag@a-domain-of-some-length.example" },
];

/** Registers an account on a mail server that does as it is told, and sends a test through it. */
export async function sendThrough(api: Api, account: Partial<Draft>, script: Script) {
  const server = await MailServer.start(script);
  const { id } = await api.create({ ...server.account, ...account });
  const message = { "draft[recipient]": "to@example.test", "draft[subject]": "A test", "draft[message]": "A test" };
  const sent = (await api.post("send_test", { account: id, ...message })).status;
  if (sent !== 200) {
    throw new Error(`the test send answered ${sent}`);
  }
  await server.stop();
}

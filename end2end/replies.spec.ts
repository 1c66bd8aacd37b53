// Replies that servers really gave, one of each cause: what a browser shows of them, over TLS but where they are about
// its want. That each of all of them is told by its cause is tested without a browser.
import { readFileSync, readdirSync } from "node:fs";
import { parse } from "smol-toml";

import { selfSigned } from "./support/certificates.ts";
import type { Step } from "./support/mail-server.ts";
import { open, testOf } from "./support/pages.ts";
import { expect } from "./support/test.ts";
import { heading, send, stages, test, win } from "./support/test-window.ts";

interface Reply {
  row: number;
  stage: string;
  lines: string[];
  key: string;
  provider?: string;
  /** Its cause is offered, not named. */
  possible?: boolean;
}

interface Rule {
  key: string;
  cause: string;
}

interface Provider {
  name: string;
  reply?: { cause: string }[];
}

const DIAGNOSIS = new URL("../crates/diagnosis/", import.meta.url);
const read = <T>(path: string) => parse(readFileSync(new URL(path, DIAGNOSIS), "utf8")) as T;

const { reply: replies } = read<{ reply: Reply[] }>("../backend/tests/engine/replies.toml");
const { rule: rules } = read<{ rule: Rule[] }>("knowledge/replies.toml");
const providers = readdirSync(new URL("knowledge/providers", DIAGNOSIS)).map((file) => read<Provider>(`knowledge/providers/${file}`));

/** How the servers greet whose own rules know a reply. */
const GREETINGS: Record<string, string> = {
  "Amazon SES": "220 email-smtp.amazonaws.com ESMTP",
  Gmail: "220 smtp.gmail.com ESMTP - gsmtp",
  "Microsoft 365": "220 AM0.outlook.office365.com Microsoft",
};
const STEPS: Record<string, [step: Step, label: string]> = {
  greeting: ["greeting", "Greeting"],
  ehlo: ["ehlo", "EHLO"],
  tls: ["starttls", "TLS"],
  auth: ["auth", "AUTH"],
  mail: ["mail", "MAIL"],
  rcpt: ["rcpt", "RCPT"],
  data: ["dot", "DATA"],
};

const of = ({ row, stage, key, provider, possible }: Reply) => [row, stage, key, provider, possible].join(" ");
const oneOfEach = [...new Map(replies.map((reply) => [of(reply), reply])).values()];
const rows = [...new Set(oneOfEach.map(({ row }) => row))].toSorted((a, b) => a - b);

/** What may be said of a reply: of one cause there are several words, by what the reply names. */
function causes({ key, provider }: Reply): string[] {
  const known = provider ? (providers.find(({ name }) => name === provider)?.reply ?? []) : rules.filter((rule) => rule.key === key);
  return known.map(({ cause }) => cause);
}

/** Of some replies not every line was recorded: the last that was ends it. */
const whole = (lines: string[]) => lines.with(-1, lines.at(-1)!.replace(/^(\d{3})-/, "$1 "));

for (const number of rows) {
  test(`row ${number} of the causes`, async ({ page, api, serve }) => {
    const pair = selfSigned();
    for (const [place, reply] of oneOfEach.filter(({ row }) => row === number).entries()) {
      const [step, label] = STEPS[reply.stage]!;
      const said = whole(reply.lines);
      const says = { ...(reply.provider && { greeting: GREETINGS[reply.provider] }), [step]: said.join("\r\n") };
      const isClear = reply.key === "encryption-wanted" || step === "starttls";
      const knows = { userName: "NORDHAVN\\ops", secret: "Right" };
      const server = await serve({ says, ...(step === "auth" && { knows }), ...(!isClear && { tls: pair }) });
      const trust = isClear ? {} : ({ trust: "Certificate", pin: pair.fingerprint } as const);
      const wanted = step === "starttls" ? ({ safe_connection: "Yes" } as const) : {};
      const signIn = async () => {
        const { id } = await api.register({ ...server.destination, name: `Credential ${place}` });
        return { authentication: "Yes", credential: String(id) } as const;
      };
      const account = { ...server.account, ...trust, ...wanted, ...(step === "auth" && (await signIn())) };
      const { id } = await api.create({ ...account, name: `${reply.key} at ${label}, ${place}` });
      await open(page, testOf(id));
      await send(page).click();
      const found = heading(page, new RegExp(`^Failed at ${label}: `));
      await expect(found, of(reply)).toBeVisible();
      const cause = (await found.innerText()).replace(`Failed at ${label}: `, "").trim();
      if (reply.possible) {
        expect(cause, of(reply)).toBe("the server refused; the cause is not known for certain");
        await expect(heading(page, "Possible causes")).toBeVisible();
        const offered = (await win(page).getByRole("list").filter({ hasText: " for it." }).innerText()).toLowerCase();
        expect(causes(reply).some((words) => offered.includes(words.toLowerCase())), of(reply)).toBe(true);
      } else {
        expect(causes(reply), of(reply)).toContain(cause);
      }
      await expect(win(page).locator(".evidence-line")).toContainText(said.at(-1)!.slice(0, 3));
      await expect(win(page)).toContainText("The mail server");
      await expect(heading(page, reply.possible ? "If it is none of these" : "To fix it")).toBeVisible();
      await expect(stages(page).filter({ hasText: ", failed" })).toContainText(label);
    }
  });
}

// What the threats of tools like this one come to here: other sites, scripts in data, and secrets in pages.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, type Server, createServer, request as send } from "node:http";

import type { Page } from "@playwright/test";

import { draft, drafted, fields, schedule } from "./support/api.ts";
import { MailServer } from "./support/mail-server.ts";
import { ADMIN } from "./support/office.ts";
import { FOOTER, NEW, REPORT, edit, names, open, testOf } from "./support/pages.ts";
import { expect, test } from "./support/test.ts";

/** The names of all server functions, which the server's own tests hold against the program. */
const NAMES = readFileSync(new URL("../server/tests/program/functions.txt", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((path) => path.replace("/api/", ""))
  .toSorted();

/** Every server function, with arguments that it would take from our own pages. */
const FUNCTIONS: Record<string, Record<string, string>> = {
  list_accounts: {},
  load_account_form: { form: "New" },
  save_account: { form: "New", version: "0", ...strings(fields(draft({ name: "From elsewhere" }))) },
  delete_account: { id: "1" },
  restore_account: { id: "1" },
  load_restore_form: { id: "1" },
  save_preferences: { page_size: "10" },
  load_preferences: {},
  load_footer: {},
  save_footer: { "draft[text]": "From elsewhere", "draft[html]": "", "draft[version]": "0" },
  load_networks: {},
  save_networks: { "draft[closed]": "0.0.0.0/0", "draft[open]": "", "draft[version]": "0" },
  load_explain: {},
  explain_text: { "draft[text]": "550 5.1.1 User unknown" },
  load_test_form: { account: "1" },
  send_test: { account: "1", "draft[recipient]": "a@b.example", "draft[subject]": "x", "draft[message]": "x" },
  find_test_send: { id: "1" },
  load_live: { id: "1" },
  list_tests: { account: "1" },
  load_batch_form: { chosen: "chosen=1" },
  begin_batch: { chosen: "chosen=1", "draft[recipient]": "a@b.example", "draft[subject]": "x", "draft[message]": "x" },
  load_batch: { id: "1" },
  cancel_batch: { id: "1" },
  cancel_test: { test: "1" },
  test_typed: { form: "New" },
  apply_remedy: { test: "1", number: "0" },
  trust_certificate: { test: "1", what: "Certificate" },
  load_change: { chosen: "chosen=1", kind: "Delete" },
  change_accounts: { chosen: "chosen=1", kind: "Delete" },
  undo_change: { id: "1" },
  restore_record: { kind: "view", id: "1" },
  load_deleted_record: { record_kind: "view", id: "1" },
  begin_registration: { form: "New", missing: "Credential", ...strings(fields(draft())) },
  list_credentials: {},
  load_credential_form: { form: "New", list: "" },
  save_credential: { form: "New", "draft[name]": "From elsewhere", "draft[user_name]": "x", answer: "Clear" },
  load_credential_to_delete: { id: "1" },
  delete_credential: { id: "1" },
  list_connectors: {},
  load_connector_form: { form: "New" },
  save_connector: { form: "New", "draft[name]": "From elsewhere", "draft[host]": "proxy.example" },
  load_connector_to_delete: { id: "1" },
  delete_connector: { id: "1" },
  load_connector_check: { id: "1" },
  check_connector: { id: "1", "draft[host]": "smtp.example", "draft[port]": "25" },
  list_schedules: {},
  load_schedule_form: { form: "New", report: "" },
  load_next_runs: strings(drafted(schedule())),
  save_schedule: { form: "New", version: "0", ...strings(drafted(schedule({ account: "1" }))) },
  load_schedule: { id: "1" },
  run_schedule: { id: "1" },
  cancel_run: { id: "1" },
  pause_schedule: { id: "1", pause: "Yes" },
  see_schedule: { id: "1" },
  load_schedule_to_delete: { id: "1" },
  delete_schedule: { id: "1" },
  load_view_form: { form: "New", list: "name=nord" },
  save_view: { form: "New", "draft[name]": "From elsewhere", list: "name=nord" },
  replace_view: { id: "1", list: "name=nord" },
  delete_view: { id: "1" },
  load_import: { file: "1" },
  import_accounts: { file: "1" },
  load_password_form: {},
  change_password: { current: ADMIN.password, password: "from elsewhere, and long" },
  load_sign_in: {},
  load_set_up: {},
  set_theme: { theme: "dark" },
  sign_in: { ...ADMIN },
  set_up: { token: "x", ...ADMIN },
  sign_out: {},
};

function strings(of: Record<string, string | number>) {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, String(value)]));
}

test.describe("a page of another site", () => {
  let elsewhere: Server;
  let origin: string;

  test.beforeAll(async () => {
    elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>Elsewhere</title>"));
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    origin = `http://127.0.0.1:${(elsewhere.address() as { port: number }).port}`;
  });
  test.afterAll(async () => {
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  /** The same machine is the same site, whatever its port: its cookie goes along. Another name is another site. */
  for (const [which, address] of [["of the same host", () => origin], ["of another host", () => origin.replace("127.0.0.1", "localhost")]] as const) {
    test(`${which} changes nothing by any form`, async ({ page, office, api, watch }) => {
      // Every function by every kind of form is more than 200 pages.
      test.slow();
      watch.allow(/status of 403/);
      await api.create();
      for (const enctype of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
        for (const [name, form] of Object.entries(FUNCTIONS)) {
          await page.goto(address());
          const answer = page.waitForResponse((response) => response.url() === `${office.url}/api/${name}`);
          const landed = page.waitForURL(`${office.url}/api/${name}`);
          await page.evaluate(
            ({ action, enctype, form }) => {
              const element = document.createElement("form");
              Object.assign(element, { method: "post", action, enctype });
              for (const [name, value] of Object.entries(form)) {
                const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
                element.append(input);
              }
              document.body.append(element);
              element.submit();
            },
            { action: `${office.url}/api/${name}`, enctype, form },
          );
          await landed;
          expect((await answer).status(), `${name} by ${enctype}`).toBe(403);
        }
      }
      expect(await api.count()).toBe(1);
      expect((await api.find(1)).name).toBe("Nordhavn billing");
    });

    test(`${which} changes and reads nothing by fetch, and is framed by nobody`, async ({ page, office, api, watch }) => {
      watch.allow(/status of 403/, /CORS/, /ERR_FAILED/, /frame-ancestors/, /ERR_BLOCKED_BY_RESPONSE/, /Failed to fetch/);
      await api.create();
      await page.goto(address());
      const read = await page.evaluate(
        async ({ url, functions }) => {
          const types = ["application/x-www-form-urlencoded", "text/plain", "application/json"];
          const read: string[] = [];
          for (const name of functions) {
            for (const type of types) {
              for (const mode of ["cors", "no-cors"] as const) {
                const init = { method: "POST", mode, credentials: "include", headers: { "content-type": type }, body: "{}" } as const;
                const answer = await fetch(`${url}/api/${name}`, init).catch(() => undefined);
                if (answer && answer.type !== "opaque") {
                  read.push(name);
                }
              }
            }
          }
          const page = await fetch(`${url}/settings/email/smtp`, { credentials: "include" }).catch(() => undefined);
          return page ? [...read, "the report"] : read;
        },
        { url: office.url, functions: Object.keys(FUNCTIONS) },
      );
      expect(read).toEqual([]);
      expect(await api.count()).toBe(1);
      await page.evaluate((url) => {
        const frame = Object.assign(document.createElement("iframe"), { src: `${url}/settings/email/smtp` });
        document.body.append(frame);
        return new Promise((loaded) => frame.addEventListener("load", loaded));
      }, office.url);
      const framed = () => page.frames().find((frame) => frame !== page.mainFrame())?.url();
      await expect.poll(framed, "the browser's own page, which says that it was refused").toMatch(/^chrome-error:/);
    });
  }

  test("is refused whatever its request says of itself, also without a browser", async ({ api }) => {
    for (const [name, form] of Object.entries(FUNCTIONS)) {
      for (const headers of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: `${api.url}.evil.example` },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
      ] as Record<string, string>[]) {
        const answer = await api.post(name, form, headers);
        expect(answer.status, `${name} ${JSON.stringify(headers)}`).toBe(403);
        expect(await answer.text()).toContain("This request came from another site. Nothing was changed.");
      }
    }
  });

  test("finds no server function that answers to GET", async ({ page, office, request }) => {
    for (const [name, form] of Object.entries(FUNCTIONS)) {
      const answer = await request.get(`${office.url}/api/${name}`, { params: form, maxRedirects: 0, headers: { cookie: await cookies(page) } });
      expect([404, 405], `${name} answers ${answer.status()}`).toContain(answer.status());
    }
  });
});

const cookies = async (page: Page) =>
  (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");

test("the server functions here are all that the server has, and all that the pages call", async ({ page, office }) => {
  expect(Object.keys(FUNCTIONS).toSorted()).toEqual(NAMES);
  const root = (await (await page.request.get("/sign-in")).text()).match(/data-assets="([^"]+)"/)?.[1];
  const get = (file: string) => page.request.get(`${office.url}${root}/pkg/${file}`);
  const split = (await (await get("__wasm_split_manifest.json")).json()) as Record<string, string[]>;
  const called = new Set<string>();
  for (const module of new Set(["posthouse_bg", ...Object.values(split).flat()])) {
    const answer = await get(`${module}.wasm`);
    expect(answer.status(), module).toBe(200);
    // Nothing ends a name there: other words stand right behind it.
    for (const [, words = ""] of (await answer.body()).toString("latin1").matchAll(/(?<!src)\/api\/([a-z_]+)/g)) {
      const known = NAMES.filter((name) => words.startsWith(name) && words[name.length] !== "_");
      called.add(known.toSorted((a, b) => b.length - a.length)[0] ?? words);
    }
  }
  expect([...called].toSorted()).toEqual(NAMES);
});

test("text from people is text, wherever it shows", async ({ page, api, watch }) => {
  const evil = `<img src=x onerror="alert(1)"><script>alert(2)</script>{{7*7}}"'`;
  watch.dialogsOf(page);
  await api.createAll([{ name: evil }, { name: "Second" }]);
  await open(page, `${REPORT}?name=${encodeURIComponent("<script>")}`);
  await expect(names(page)).toHaveText([evil]);
  await expect(page.locator("main img, main script, main b b")).toHaveCount(0);
  await expect(page.locator("mark")).toHaveText(["<script>"]);
  for (const path of [edit(1), `${REPORT}/1/duplicate`, testOf(1)]) {
    await open(page, path);
    await expect(page.getByRole("heading", { level: 1 }).last()).toContainText("<script>alert(2)</script>");
    await expect(page.locator("main img, main script")).toHaveCount(0);
  }
  const title = await page.title();
  expect(title).toContain("<script>");
});

test("a script that gets into a page does not run", async ({ page, watch }) => {
  watch.allow(/Content Security Policy/i, /Content security policy violated/, /status of 404/);
  await open(page, REPORT);
  await page.evaluate(() => {
    const ways = [
      `<img src="/no-such-picture" onerror="document.title = 'ran'">`,
      `<a id="evil" href="javascript:document.title='ran'">x</a>`,
      `<iframe srcdoc="<script>parent.document.title = 'ran'</script>"></iframe>`,
      `<svg onload="document.title = 'ran'"></svg>`,
    ];
    document.querySelector("main")?.insertAdjacentHTML("beforeend", ways.join(""));
    (document.querySelector("#evil") as HTMLElement).click();
  });
  await expect.poll(() => watch.violations.length).toBeGreaterThanOrEqual(4);
  expect(await page.title()).not.toBe("ran");
});

test("every answer carries the headers that it should", async ({ page, office, request }) => {
  for (const path of [REPORT, NEW, FOOTER, "/nothing/here"]) {
    const headers = (await request.get(path)).headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy, path).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=-]{16,}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; /);
    for (const rule of ["connect-src 'self'", "img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy.split("; "), path).toContain(rule);
    }
    expect(policy, path).not.toContain("unsafe-inline");
    expect(headers["referrer-policy"], path).toBe("same-origin");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["cache-control"], path).toBe("no-store");
  }
  const nonce = async () => (await request.get(REPORT)).headers()["content-security-policy"]?.match(/nonce-([^']+)/)?.[1];
  expect(await nonce(), "a nonce is used once").not.toBe(await nonce());
  const asset = (await (await request.get("/sign-in")).text()).match(/href="(\/assets\/[^"]+\.css)"/)?.[1] ?? "";
  expect((await request.get(asset)).headers()["cache-control"]).toContain("immutable");
  const preview = (await request.get(`${FOOTER}/preview`)).headers()["content-security-policy"] ?? "";
  expect(preview).toContain("sandbox");
  expect(preview).not.toContain("allow-scripts");
  await page.goto(office.url);
});

test("no page and no answer holds the password or its hash", async ({ page, api, office }) => {
  const server = await MailServer.start();
  await api.create(server.account);
  await api.post("send_test", { account: 1, "draft[recipient]": "a@b.example", "draft[subject]": "x", "draft[message]": "x" });
  const seen: string[] = [];
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().startsWith(office.url) && !response.url().includes("/assets/")) {
      seen.push(response.url());
      // A redirection has no text.
      answers.push(response.text().catch(() => ""));
    }
  });
  const paths = [REPORT, NEW, edit(1), `${REPORT}/preferences`, testOf(1), `${REPORT}/1/tests`, `${REPORT}/1/tests/1`, FOOTER];
  for (const path of paths) {
    await open(page, path);
    seen.push(await page.content());
  }
  const texts = await Promise.all(answers);
  expect(texts.filter((text) => text.includes(ADMIN.email)).length, "each page as it was sent").toBeGreaterThanOrEqual(paths.length);
  const all = [...seen, ...texts, office.log].join("\n");
  for (const secret of [ADMIN.password, Buffer.from(ADMIN.password).toString("base64"), encodeURIComponent(ADMIN.password), "$argon2"]) {
    expect(all.includes(secret), secret).toBe(false);
  }
  await server.stop();
});

test("a request that is too large is refused before it is sent, and the server lives on", async ({ api, office, page }) => {
  const headers = { accept: "application/json", origin: office.url, cookie: await cookies(page) };
  const type = { "content-type": "application/x-www-form-urlencoded", "content-length": 3_000_000 };
  const large = send(`${office.url}/api/save_account`, { method: "POST", headers: { ...headers, ...type } });
  large.flushHeaders();
  const [answer] = (await once(large, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(413);
  large.on("error", () => undefined).destroy();
  expect(await api.count()).toBe(0);
});

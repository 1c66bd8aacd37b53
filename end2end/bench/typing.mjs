// From the last key to the list on the page. Enter follows the last key at once, so that the wait for more keys is not
// part of it. The clock is the page's own: it starts with the key and stops after the frame that shows the list.
import { figure, percentile, report, signIn, start, url } from "./browser.mjs";

const rounds = Number(process.env.BENCH_ROUNDS);
const accounts = Number(process.env.BENCH_ACCOUNTS);

// In the page: resolves once the first row marks what was looked for.
function timed(term) {
  const shown = () => {
    const marks = document.querySelectorAll("tbody tr:first-child th mark");
    const matching = [...marks].map((mark) => mark.textContent.toLowerCase()).join("");
    return matching === term && new URLSearchParams(location.search).get("name") === term;
  };
  const started = new Promise((begin) => {
    addEventListener("keydown", () => begin(performance.now()), { once: true, capture: true });
  });
  performance.clearResourceTimings();
  const there = new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (shown()) {
        observer.disconnect();
        // The task behind the next frame: the list has been painted.
        requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
      }
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  globalThis.measured = Promise.all([started, there]).then(([begin, end]) => {
    const asked = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/list_accounts"));
    const { requestStart, responseEnd } = asked.at(-1);
    return { took: end - begin, server: responseEnd - requestStart, asked: asked.length };
  });
}

// Types all but the last key, waits for its list, then presses the last key and Enter and times those.
async function round(page, session, term) {
  const field = page.getByLabel("Name", { exact: true });
  await field.fill(term.slice(0, -1));
  await field.press("Enter");
  await page.waitForFunction(
    (before) => {
      const marks = document.querySelectorAll("tbody tr:first-child th mark");
      return [...marks].map((mark) => mark.textContent.toLowerCase()).join("") === before;
    },
    term.slice(0, -1).trimEnd(),
  );
  await page.evaluate(timed, term);
  const key = (type, text, code) =>
    session.send("Input.dispatchKeyEvent", { type, text, key: text === "\r" ? "Enter" : text, windowsVirtualKeyCode: code });
  const last = term.at(-1);
  // Sent without waiting for one another: the driver's own way back is not part of the time.
  await Promise.all([
    key("keyDown", last, last.toUpperCase().charCodeAt(0)),
    key("keyUp", last, last.toUpperCase().charCodeAt(0)),
    key("keyDown", "\r", 13),
    key("keyUp", "\r", 13),
  ]);
  return await page.evaluate(() => globalThis.measured);
}

function print(what, results) {
  const ms = (numbers, percent) => `${percentile(numbers, percent).toFixed(1)} ms`;
  const [took, server] = [results.map(({ took }) => took), results.map(({ server }) => server)];
  figure({
    what: `${what}, ${accounts} accounts, over the server's part (${results.length} rounds; p50, p95)`,
    measured: `${ms(took, 50)}, ${ms(took, 95)}`,
    baseline: `${ms(server, 50)}, ${ms(server, 95)}`,
    ratio: [50, 95].map((percent) => (percentile(took, percent) / percentile(server, percent)).toFixed(2)).join(", "),
  });
}

const browser = await start();
const context = await browser.newContext({ storageState: await signIn(browser), viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
const session = await context.newCDPSession(page);
await page.goto(`${url}${report}`, { waitUntil: "networkidle" });

const purposes = ["billing", "alerts", "newsletter", "support", "orders", "payroll", "backup", "monitoring", "audit"];
// One hit each, and pages full of hits, in turns; the same ones on every run.
const terms = Array.from({ length: rounds }, (_, number) =>
  number % 2 === 0
    ? String((number * 7919 + 123) % accounts).padStart(6, "0")
    : `${purposes[number % purposes.length]} 0${number % 10}`,
);
await round(page, session, "newsletter 01");
const results = [];
for (const term of terms) results.push(await round(page, session, term));
print("from the last key to the list on the page", results);

// Two letters: too few for the search index.
const short = [];
for (const term of ["re", "bi", "al", "su", "or", "pa", "ba", "mo", "au", "ne"]) {
  short.push(await round(page, session, term));
}
print("the same for two letters", short);
await browser.close();

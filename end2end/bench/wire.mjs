// How many octets go over the wire until a page works, with nothing in the browser's cache: headers and bodies, as
// they were compressed, of all that the browser loads by itself.
import { figure, report, signIn, start, url } from "./browser.mjs";

const LIMIT = 300_000;
const kB = (octets) => `${(octets / 1000).toFixed(1)} kB`;

// What the browser loads for one page, by kind.
async function load(browser, state, path) {
  const context = await browser.newContext({ storageState: state });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const requests = new Map();
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, type, response }) => {
    requests.set(requestId, { type, url: response.url, mime: response.mimeType, coding: coding(response), octets: 0 });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) request.octets = encodedDataLength;
  });
  await page.goto(`${url}${path}`, { waitUntil: "networkidle" });
  await context.close();
  const loaded = [...requests.values()];
  const kinds = new Map();
  for (const { mime, octets } of loaded) kinds.set(kind(mime), (kinds.get(kind(mime)) ?? 0) + octets);
  return { path, loaded, kinds, octets: loaded.reduce((sum, { octets }) => sum + octets, 0) };
}

function coding({ headers }) {
  const name = Object.keys(headers).find((name) => name.toLowerCase() === "content-encoding");
  return name ? headers[name] : "none";
}

function kind(mime) {
  const kinds = { "text/html": "HTML", "text/css": "CSS", "text/javascript": "JS", "application/wasm": "WASM" };
  return kinds[mime] ?? (mime.startsWith("image/") ? "images" : "else");
}

const said = ({ kinds }) => [...kinds].map(([kind, octets]) => `${kind} ${(octets / 1000).toFixed(1)}`).join(", ");

const browser = await start();
const state = await signIn(browser);
const first = await load(browser, state, report);
for (const { url, coding, octets } of first.loaded) console.error(`${octets}\t${coding}\t${url}`);
const of = (kind) => first.kinds.get(kind) ?? 0;
const code = of("HTML") + of("CSS") + of("JS") + of("WASM");
figure({
  what: `first load of the report, compressed: HTML, CSS, JS and WASM (${said(first)})`,
  measured: kB(code),
  baseline: `${kB(first.octets)} with all else`,
  limit: kB(LIMIT),
  verdict: code <= LIMIT ? "ok" : "OVER",
});

const others = [`${report}/new`, `${report}/1/edit`, `${report}/1/duplicate`, `${report}/preferences`];
others.push(`${report}/1/test`, process.env.BENCH_TEST_SEND, "/settings/email/footer", "/no/such/page");
const pages = [];
for (const path of others) pages.push(await load(browser, state, path));
pages.push(await load(browser, undefined, "/sign-in"));
for (const page of pages) console.error(`${page.path}: ${kB(page.octets)} (${said(page)})`);
const largest = pages.reduce((a, b) => (b.octets > a.octets ? b : a));
figure({
  what: `first load of the largest other page, ${largest.path} (${said(largest)})`,
  measured: kB(largest.octets),
  baseline: `${kB(first.octets)} of the report`,
  ratio: (largest.octets / first.octets).toFixed(2),
});
await browser.close();

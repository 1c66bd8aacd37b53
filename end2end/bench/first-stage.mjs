// From the press on "Send test" to the first stage on the screen, over a server that greets and then says nothing: what
// is shown is shown while the test goes on. The clock is the page's own: it starts with the press and stops after the
// frame that shows the stage.
import { once } from "node:events";
import { createServer } from "node:net";

import { figure, percentile, report, signIn, start, url } from "./browser.mjs";

const LIMIT = 100;
const rounds = Number(process.env.BENCH_ROUNDS);

// In the page: resolves once a stage is done, or goes on.
function timed() {
  const pressed = new Promise((begin) => {
    addEventListener("click", () => begin(performance.now()), { once: true, capture: true });
  });
  const there = new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (document.querySelector(".stages .good, .stages .running")) {
        observer.disconnect();
        // The task behind the next frame: the stage has been painted.
        requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0));
      }
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  globalThis.measured = Promise.all([pressed, there]).then(([begin, end]) => end - begin);
}

const sockets = new Set();
const silent = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => {}).write("220 silent.example ESMTP\r\n");
});
silent.listen(0, "127.0.0.1");
await once(silent, "listening");

const browser = await start();
const context = await browser.newContext({ storageState: await signIn(browser) });
const page = await context.newPage();
const { origin } = new URL(url);
const answers = { host: "127.0.0.1", port: String(silent.address().port), safe_connection: "No", authentication: "No" };
for (const field of ["sender", "reply", "return_path", "confirmation"]) {
  answers[field] = "bench@posthouse.example";
}
const draft = { name: `Silent ${Date.now()}`, ...answers };
const form = Object.fromEntries(Object.entries(draft).map(([name, value]) => [`draft[${name}]`, value]));
const saved = await page.request.post(`${url}/api/save_account`, { form: { form: "New", version: "0", ...form }, headers: { origin } });
const { id } = await saved.json();

const times = [];
for (let round = 0; round < rounds; round += 1) {
  await page.goto(`${url}${report}/${id}/test`);
  await page.locator("html[data-hydrated]").waitFor();
  await page.evaluate(timed);
  await page.getByRole("button", { name: "Send test" }).click();
  times.push(await page.evaluate(() => globalThis.measured));
  // The test ends, so that the next one may begin.
  for (const socket of sockets) {
    socket.destroy();
  }
  sockets.clear();
  await page.getByRole("heading", { name: /^Failed at/ }).waitFor();
}
const median = percentile(times, 50);
figure({
  what: `from the press to the first stage of a test (${rounds} tests, median; the slowest ${Math.max(...times).toFixed(0)} ms)`,
  measured: `${median.toFixed(0)} ms`,
  limit: `${LIMIT} ms`,
  verdict: median <= LIMIT ? "ok" : "OVER",
});
await browser.close();
silent.close();

// Schedules: made from the report, run, paused, changed and deleted; and what is said where one cannot run.
import { readFile } from "node:fs/promises";

import { REPORT, SCHEDULES, answer, count, expectError, field, names, open, row, save, summary, tabTo, toast } from "./support/pages.ts";
import { NEW_SCHEDULE, editSchedule, next, recur, relay, runNow, runs, scheduleOf, scheduleReport, stopped } from "./support/schedules.ts";
import { expect, phone, test } from "./support/test.ts";

/** The file that a message carries. */
const attached = (message: string) => Buffer.from(/base64\n\n([^-]*)\n--/.exec(message)?.[1] ?? "", "base64").toString();

test("Schedule report keeps what the report shows, and sends it", phone, async ({ page, api }) => {
  const server = await relay(api);
  await api.create({ name: "Nordhavn" });
  await api.create({ name: "Left out" });
  await scheduleReport(page, "?name=nord&columns=id,name&sort=-name&page_size=10");
  await expect(page.getByText("Name contains nord")).toBeVisible();
  await expect(page.getByText("Name, descending")).toBeVisible();
  await field(page, "Schedule name").fill("Every morning");
  await field(page, "Recipients").fill("ops@nordhavn.example\naudit@nordhavn.example");
  await field(page, "Subject").fill("Accounts of Nordhavn");
  await field(page, "Time").fill("06:45");
  await field(page, "Time zone").selectOption("Europe/Berlin");
  await expect(next(page)).toHaveCount(5);
  await expect(next(page).first()).toContainText(/06:45 CES?T$/);
  await save(page).click();
  await expect(page).toHaveURL(scheduleOf(1));
  await expect(toast(page)).toContainText("“Every morning” is saved.");
  await expect(page.getByText("Every day at 06:45, Europe/Berlin")).toBeVisible();
  await expect(next(page)).toHaveCount(5);

  await runNow(page, "Sent");
  const run = runs(page).first();
  await expect(run).toContainText("Run now");
  await expect(run).toContainText("1 row");
  await expect(run).toContainText("Through Relay, 2 recipients");
  await expect(run).toContainText("250 2.0.0 Ok: queued as 4QZx7Y1");
  const download = page.waitForEvent("download");
  await run.getByRole("link", { name: /^File of the run/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^smtp-configuration-\d{8}T\d{6}Z\.csv$/);
  const text = "\uFEFFID,Name\r\n2,Nordhavn\r\n";
  expect(await readFile(await file.path(), "utf8")).toBe(text);
  const sent = server.received[0]?.data ?? "";
  expect(sent).toContain("Subject: Accounts of Nordhavn");
  expect(sent).toContain("Content-Disposition: attachment");
  expect(attached(sent)).toBe(text);
  await server.stop();
});

test("a schedule follows a view, and stops when that is deleted", phone, async ({ page, api }) => {
  const server = await relay(api);
  await api.post("save_view", { form: "New", "draft[name]": "Harbours", list: "name=hafen&columns=name" });
  await api.create({ name: "Hafenamt" });
  await scheduleReport(page, "?name=nord&columns=id,name");
  await field(page, "Schedule name").fill("Every morning");
  await expect(page.getByText("Name contains nord")).toBeVisible();
  await field(page, "Follows a view").selectOption("Harbours");
  await expect(page.getByText("Name contains hafen")).toBeVisible();
  await expect(page.getByRole("link", { name: "open this report" })).toHaveAttribute("href", `${REPORT}?name=hafen&columns=name`);
  await save(page).click();
  await expect(page.getByRole("link", { name: "The view “Harbours”: Name contains “hafen”; by ID" })).toBeVisible();
  await runNow(page, "1 row");
  await server.stop();
  expect(attached(server.received[0]?.data ?? "")).toBe("\uFEFFName\r\nHafenamt\r\n");
  await open(page, `${REPORT}?name=hafen&columns=name`);
  await page.getByRole("link", { name: "Edit view", exact: true }).click();
  await page.getByRole("button", { name: "Delete view" }).click();
  await expect(toast(page)).toContainText("The view “Harbours” is deleted.");
  await open(page, SCHEDULES);
  await names(page).click();
  await expect(page.getByText("The view that it followed was deleted.")).toBeVisible();
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(summary(page)).toContainText("The view that it follows is not there any more. Choose another.");
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(page.getByText("Name contains nord"), "the report that it was made from").toBeVisible();
  await expect(field(page, "Follows a view").locator("option:checked")).toHaveText("A view that is not there any more");
  await field(page, "Follows a view").selectOption("No view: the report below");
  await save(page).click();
  await expect(page.getByRole("link", { name: /^Name contains “nord”/ })).toBeVisible();
});

test("the form shows the fields of the chosen recurrence, and its next runs as one types", phone, async ({ page, api }) => {
  await relay(api).then((server) => server.stop());
  await open(page, NEW_SCHEDULE);
  const fields = { minute: "Minute of the hour", time: "Time", day: "Day of the month", cron: "Cron line" };
  const shows = async (shown: (keyof typeof fields)[]) => {
    for (const [key, label] of Object.entries(fields)) {
      await expect(page.locator(`#${key}`), label).toBeVisible({ visible: shown.includes(key as keyof typeof fields) });
    }
  };
  const choose = (label: string) => recur(page, label);
  await shows(["time"]);
  await field(page, "Time zone").selectOption("UTC");
  await choose("Every hour");
  await shows(["minute"]);
  await page.locator("#minute").fill("17");
  await expect(next(page).first()).toContainText(/:17 UTC$/);
  await choose("Every month");
  await shows(["time", "day"]);
  await page.locator("#day").fill("31");
  await expect(next(page).first()).toContainText(/ (28|29|30|31) .*, 08:00 UTC$/);
  await choose("Every week");
  await shows(["time"]);
  await page.getByRole("checkbox", { name: "Monday" }).uncheck();
  await expect(page.getByText("Choose at least one day.")).toBeVisible();
  await page.getByRole("checkbox", { name: "Sunday" }).check();
  await expect(next(page).first()).toContainText(/^Sun /);
  await choose("Cron line");
  await shows(["cron"]);
  await page.locator("#cron").fill("61 8 * * *");
  await expect(page.getByText(/Field 1, the minute, is “61”/)).toBeVisible();
  await page.locator("#cron").fill("0 8 1 1 *");
  await expect(next(page).first()).toContainText(/ 1 Jan \d{4}, 08:00 UTC$/);
});

test("what does not hold is said in the summary and beside its field, and nothing is lost", phone, async ({ page, api, watch }) => {
  watch.allow(/status of 422/);
  await relay(api).then((server) => server.stop());
  await open(page, NEW_SCHEDULE);
  await field(page, "Recipients").fill("ops@nordhavn.example\nops@@nordhavn");
  await save(page).click();
  await expect(summary(page)).toBeFocused();
  await expectError(field(page, "Schedule name"), /Enter a schedule name\./);
  await expectError(field(page, "Recipients"), /Line 2, “ops@@nordhavn”: Recipient has/);
  await field(page, "Schedule name").fill("Never");
  await field(page, "Recipients").fill("ops@nordhavn.example");
  await recur(page, "Cron line");
  await page.locator("#cron").fill("0 0 30 2 *");
  await save(page).click();
  await expectError(page.locator("#cron"), /This cron line never comes due/);
  await expect(page).toHaveTitle("Error: New schedule · Schedule report · Posthouse");
  await page.locator("#cron").fill("*/5 * * * *");
  await field(page, "Recipients").fill("ops@nordhavn.example\nstranger@elsewhere.example");
  await save(page).click();
  await expectError(page.locator("#cron"), /A schedule runs at most every 15 minutes\./);
  await page.locator("#cron").fill("0 0 28 2 *");
  await save(page).click();
  await expectError(field(page, "Recipients"), /“stranger@elsewhere\.example” may not receive reports\. .* addresses at nordhavn\.example/);
  await field(page, "Recipients").fill("ops@nordhavn.example");
  await save(page).click();
  await expect(page).toHaveURL(scheduleOf(1));
});

test("a schedule is paused, resumed, changed and deleted", phone, async ({ page, api }) => {
  await relay(api).then((server) => server.stop());
  await api.schedule();
  await api.schedule({ name: "Other", recipients: "audit@nordhavn.example" });
  await open(page, SCHEDULES);
  await expect(names(page)).toHaveText(["Every morning", "Other"]);
  await field(page, "Recipient").fill("audit");
  await expect(count(page, "List")).toContainText("1 of 2 schedules");
  await open(page, scheduleOf(1));
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(toast(page)).toContainText("“Every morning” is paused.");
  await expect(page.getByText("None: it does not run by itself now.")).toBeVisible();
  await open(page, SCHEDULES);
  await expect(row(page, "Every morning")).toContainText("Paused");
  await row(page, "Every morning").getByRole("link", { name: "Runs of Every morning" }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(toast(page)).toContainText("“Every morning” runs again.");
  await expect(next(page)).toHaveCount(5);

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(field(page, "Recipients")).toHaveValue("ops@nordhavn.example");
  await answer(page, "Send an empty report", "No");
  await page.getByRole("radiogroup", { name: "Format" }).getByText("Table in the message").click();
  await save(page).click();
  await expect(page.getByText("Table in the message")).toBeVisible();
  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete schedule" }).click();
  await expect(page).toHaveURL(SCHEDULES);
  await expect(names(page)).toHaveText(["Other"]);
});

test("a run that waits to be tried again is cancelled", phone, async ({ page, api }) => {
  await relay(api).then((server) => server.stop());
  await api.schedule();
  await open(page, scheduleOf(1));
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(runs(page).first()).toContainText("Next attempt on");
  await page.getByRole("button", { name: /^Cancel the run planned for / }).click();
  await expect(toast(page)).toContainText("The run of “Every morning” is cancelled.");
  await expect(runs(page).first()).toContainText("Cancelled by ops@nordhavn.example.");
  await expect(page.getByRole("button", { name: /^Cancel the run/ })).toHaveCount(0);
});

test("an account that is disabled stops its schedules with the reason, and the menu says so until it was seen", phone, async ({ page, api, isMobile }) => {
  await stopped(page, api);
  await expect(page.getByText("The account “Other” is disabled. Choose another account, or enable it again.").first()).toBeVisible();
  const menu = page.getByRole("navigation", { name: /Email/ });
  if (isMobile) {
    await page.getByRole("button", { name: "Menu", exact: true }).click();
  }
  await expect(menu.getByRole("link", { name: "Schedules 1 failed" })).toBeVisible();
  await open(page, scheduleOf(1));
  await page.getByRole("button", { name: "Mark as seen" }).click();
  await expect(page.getByRole("button", { name: "Mark as seen" })).toBeHidden();
  await expect(menu.getByText("1 failed")).toHaveCount(0);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("alert")).toContainText("The account “Other” is disabled.");
});

test("a report is scheduled and run with the keyboard alone", phone, async ({ page, api }) => {
  const server = await relay(api);
  await open(page, REPORT);
  await page.locator("summary", { hasText: "Actions" }).focus();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("link", { name: "Schedule report", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "New schedule" })).toBeFocused();
  await tabTo(page, field(page, "Schedule name"));
  await page.keyboard.type("By hand");
  await tabTo(page, page.getByRole("radio", { name: /^Every day/ }));
  await page.keyboard.press("ArrowRight");
  await tabTo(page, page.getByRole("checkbox", { name: "Friday" }));
  await page.keyboard.press("Space");
  await tabTo(page, save(page));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(scheduleOf(1));
  await expect(page.getByText(/^Every Mon, Fri at 08:00, /)).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Run now" }));
  await page.keyboard.press("Enter");
  await expect(runs(page).first()).toContainText("Sent");
  await server.stop();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a schedule is refused with its answers kept, saved, and run", phone, async ({ page, api }) => {
    const server = await relay(api);
    await page.goto(`${NEW_SCHEDULE}?report=name%3Drelay`);
    await field(page, "Schedule name").fill("Plain");
    await field(page, "Recipients").fill("ops@nordhavn.example");
    await recur(page, "Cron line");
    await page.locator("#cron").fill("0 0 31 2 *");
    await save(page).click();
    await expectError(page.locator("#cron"), /never comes due/);
    await expect(field(page, "Schedule name")).toHaveValue("Plain");
    await recur(page, "Every week");
    await page.getByRole("checkbox", { name: "Sunday" }).check();
    await page.getByRole("checkbox", { name: "Monday" }).uncheck();
    await save(page).click();
    await expect(page).toHaveURL(scheduleOf(1));
    await expect(page.getByText("Every Sun at 08:00, UTC")).toBeVisible();
    await expect(page.getByText("Name contains “relay”")).toBeVisible();
    await page.getByRole("button", { name: "Run now" }).click();
    await expect.poll(() => server.received.length).toBe(1);
    await page.goto(editSchedule(1));
    await expect(page.getByRole("checkbox", { name: "Sunday" })).toBeChecked();
    await server.stop();
  });
});

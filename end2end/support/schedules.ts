// The pages of schedules, and what leads to each of their states.
import { type Page, expect } from "@playwright/test";

import type { Api } from "./api.ts";
import { MailServer } from "./mail-server.ts";
import { REPORT, SCHEDULES, field, names, open, save, summary } from "./pages.ts";

export const NEW_SCHEDULE = `${SCHEDULES}/new`;
export const scheduleOf = (id: number) => `${SCHEDULES}/${id}`;
export const editSchedule = (id: number) => `${SCHEDULES}/${id}/edit`;
export const deleteSchedule = (id: number) => `${SCHEDULES}/${id}/delete`;

/** The times that are planned, on a form or on the page of a schedule. */
export const next = (page: Page) => page.locator("ol.steps time");

/** The runs of a schedule, the newest first. */
export const runs = (page: Page) => page.getByRole("region", { name: "Runs", exact: true }).getByRole("row").filter({ has: page.getByRole("rowheader") });

/** Chooses how often it runs, as a person does: by pressing the words. */
export async function recur(page: Page, label: string): Promise<void> {
  await page.getByRole("radiogroup", { name: "Recurrence" }).getByText(label).first().click();
}

/** An account that is the default and sends to a mail server of the test's own. */
export async function relay(api: Api): Promise<MailServer> {
  const server = await MailServer.start();
  await api.create({ ...server.account, name: "Relay", default: "Yes" });
  return server;
}

/** Runs a schedule, and waits for its end. */
export async function runNow(page: Page, outcome: string): Promise<void> {
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(runs(page).first()).toContainText(outcome);
}

export const SCHEDULE_STATES: Record<string, (page: Page, api: Api) => Promise<void>> = {
  "the schedules, none of them": async (page) => {
    await open(page, SCHEDULES);
    await expect(page.getByRole("heading", { name: "No schedules yet" })).toBeVisible();
  },
  "the schedules": async (page, api) => {
    const server = await relay(api);
    await api.schedule({ recipients: "ops@nordhavn.example, a-local-part-of-some-length+and-a-tag@a-domain-of-some-length.example" });
    await api.schedule({ name: "A name that is much longer than the column that it stands in has room for", rhythm: "Cron", cron: "0 8 * * MON-FRI", enabled: "No" });
    await open(page, scheduleOf(1));
    await runNow(page, "Sent");
    await server.stop();
    await open(page, SCHEDULES);
    await expect(names(page)).toHaveCount(2);
  },
  "the form for a new schedule": async (page, api) => {
    await relay(api).then((server) => server.stop());
    await open(page, `${NEW_SCHEDULE}?report=name%3Dnord%26enabled%3DYes%26columns%3Did%2Cname`);
    await expect(next(page)).toHaveCount(5);
  },
  "the form for a weekly schedule": async (page, api) => {
    await relay(api).then((server) => server.stop());
    await open(page, NEW_SCHEDULE);
    await recur(page, "Every week");
    await expect(page.getByRole("checkbox", { name: "Monday" })).toBeVisible();
  },
  "the form for a new schedule with errors": async (page) => {
    await open(page, NEW_SCHEDULE);
    await recur(page, "Cron line");
    await field(page, "Recipients").fill("ops@");
    await save(page).click();
    await expect(summary(page)).toBeVisible();
  },
  "a schedule with its runs": async (page, api) => {
    const server = await relay(api);
    await api.schedule({ query: "name=re&columns=id,name" });
    await open(page, scheduleOf(1));
    await runNow(page, "Sent");
    await server.stop();
    await page.getByRole("button", { name: "Run now" }).click();
    await expect(runs(page).first()).toContainText("Next attempt on");
  },
  "a schedule that was stopped": async (page, api) => {
    await stopped(page, api);
  },
  "the page that deletes a schedule": async (page, api) => {
    await relay(api).then((server) => server.stop());
    await api.schedule();
    await open(page, deleteSchedule(1));
    await expect(page.getByRole("button", { name: "Delete schedule" })).toBeVisible();
  },
};

/** Its account was disabled meanwhile. */
export async function stopped(page: Page, api: Api): Promise<void> {
  const server = await relay(api);
  const other = await api.create({ ...server.account, name: "Other" });
  await api.schedule({ account: String(other.id) });
  await api.update(other, { ...server.account, name: "Other", enabled: "No" });
  await open(page, scheduleOf(1));
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(runs(page).first()).toContainText("Failed");
  await server.stop();
  await open(page, scheduleOf(1));
  await expect(page.getByRole("heading", { name: "Stopped: it does not run any more" })).toBeVisible();
}

/** Opens the form from the report, as a person does. */
export async function scheduleReport(page: Page, query: string): Promise<void> {
  await open(page, `${REPORT}${query}`);
  await page.locator("summary", { hasText: "Actions" }).click();
  await page.getByRole("link", { name: "Schedule report", exact: true }).click();
  await expect(page.getByRole("heading", { name: "New schedule" })).toBeVisible();
}

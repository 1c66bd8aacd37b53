// Someone else saved the same account meanwhile: nothing is lost, and the person chooses.
import type { Page } from "@playwright/test";

import { type Api, draft } from "./support/api.ts";
import { REPORT, edit, field, open, save, summary } from "./support/pages.ts";
import { fill } from "./support/form.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("a form that went stale", () => {
  const stale = async (page: Page, api: Api) => {
    const saved = await api.create();
    await open(page, edit(saved.id));
    await fill(page, { host: "mine.nordhavn.example", port: "2525" });
    await api.update(saved, { host: "theirs.nordhavn.example", read_receipt: "Yes", default: "Yes" });
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(summary(page)).toContainText("someone else saved this meanwhile");
    await expect(summary(page)).toContainText("ops@nordhavn.example saved it");
    return saved.id;
  };

  test("shows what differs and loses nothing", phone, async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await stale(page, api);
    const differs = summary(page).getByRole("table");
    await expect(differs.getByRole("rowheader")).toHaveText(["Send read receipt", "Host SMTP", "Port"]);
    await expect(differs.getByRole("row", { name: /Host SMTP/ })).toContainText("mine.nordhavn.example");
    await expect(differs.getByRole("row", { name: /Host SMTP/ })).toContainText("theirs.nordhavn.example");
    await expect(differs.getByRole("row", { name: /Port/ })).toContainText("empty");
    await expect(field(page, "Host SMTP")).toHaveValue("mine.nordhavn.example");
    await expect(field(page, "Port")).toHaveValue("2525");
  });

  test("takes mine by Keep mine and Save", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    const id = await stale(page, api);
    await page.getByRole("button", { name: "Keep mine" }).click();
    await expect(summary(page)).toHaveCount(0);
    await save(page).click();
    await expect(page).toHaveURL(REPORT);
    expect(await api.find(id)).toEqual(draft({ host: "mine.nordhavn.example", port: "2525", default: "Yes" }));
  });

  test("takes theirs by Take theirs", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    const id = await stale(page, api);
    await page.getByRole("button", { name: "Take theirs" }).click();
    await expect(field(page, "Host SMTP")).toHaveValue("theirs.nordhavn.example");
    await expect(field(page, "Port")).toHaveValue("");
    await page.getByRole("link", { name: "Cancel" }).click();
    await expect(page, "nothing is unsaved any more").toHaveURL(REPORT);
    expect((await api.find(id)).host).toBe("theirs.nordhavn.example");
  });
});

// Deleting an account happens at once and can be undone; the toast that offers it stays.
import { installClock, stopClock } from "./support/clock.ts";
import { CONNECTORS, CREDENTIALS, REPORT, SCHEDULES, edit, expectError, field, names, open, save, summary, toast } from "./support/pages.ts";
import { OTHER } from "./support/form.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("a deleted account", () => {
  test("is gone at once, and comes back by Undo", phone, async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { ...OTHER, name: "Second" }]);
    await open(page, edit(2, "?name=second"));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=second`);
    await expect(page.getByRole("heading", { name: "No account matches" })).toBeVisible();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(toast(page)).toContainText("“Second” is back.");
    await expect(names(page)).toHaveText(["Second"]);
    expect(await api.find(2)).toEqual({ ...OTHER, name: "Second" });
  });

  test("keeps its Undo until it is closed or the page changes, and another toast for a while", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await installClock(page);
    await open(page, edit(2));
    await stopClock(page);
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await page.clock.fastForward("10:00");
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await toast(page).getByRole("button", { name: "Close" }).click();
    await expect(toast(page)).toBeEmpty();

    await page.getByRole("link", { name: "Edit First" }).click();
    await save(page).click();
    await expect(toast(page)).toContainText("“First” is saved.");
    await page.clock.fastForward(5_000);
    await expect(toast(page)).toContainText("“First” is saved.");
    await toast(page).getByText("is saved").hover();
    await page.clock.fastForward("01:00");
    await expect(toast(page), "it waits while it is looked at").toContainText("“First” is saved.");
    await page.mouse.move(5, 5);
    await page.clock.fastForward(7_000);
    await expect(toast(page)).toBeEmpty();
  });

  test("loses its Undo when the page changes", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await page.getByRole("link", { name: "Edit First" }).click();
    await expect(page).toHaveURL(edit(1));
    await expect(toast(page)).toBeEmpty();
  });

  test("frees its name at once, and asks for another when it comes back", async ({ page, api }) => {
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2, "?sort=-name"));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(toast(page)).toContainText("“Second” is deleted.");
    await api.create({ name: "second" });
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Second");
    await expect(page).toHaveTitle(/^Error: Restore Second/);
    await expectError(field(page, "Account name"), /“Second” exists already\. Choose another name\./);
    await field(page, "Account name").fill("Second, restored");
    await page.getByRole("button", { name: "Restore" }).click();
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await expect(names(page)).toHaveText(["Second, restored", "second", "First"]);
  });

  test("is not found any more, and neither is one that never was", async ({ page, api, watch }) => {
    watch.allow(/status of 404/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await api.delete(2);
    for (const path of [edit(2), edit(77), edit(0), `${REPORT}/x/edit`, `${REPORT}/77/duplicate`, `${REPORT}/77/test`]) {
      const answer = await page.goto(path);
      expect(answer?.status(), path).toBe(404);
      await expect(page.getByRole("heading", { name: "Not found" }), path).toBeVisible();
    }
    await page.getByRole("link", { name: "To the SMTP accounts" }).or(page.getByRole("link", { name: "Close" })).first().click();
    await expect(page).toHaveURL(REPORT);
  });

  test("can be deleted while someone else edits it: the draft stays, and the words say so", async ({ page, api, watch }) => {
    watch.allow(/status of 404/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await field(page, "Host SMTP").fill("other.nordhavn.example");
    await api.delete(2);
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(summary(page)).toContainText("“Second” was deleted by ops@nordhavn.example");
    await expect(field(page, "Host SMTP")).toHaveValue("other.nordhavn.example");
    expect(await api.count()).toBe(1);
  });
});

test.describe("another deleted record", () => {
  test("comes back by Undo, whatever its kind", phone, async ({ page, api }) => {
    await api.register();
    await api.connect();
    await api.create();
    await api.schedule();
    await api.post("save_view", { form: "New", "draft[name]": "Mine", list: "" });
    for (const [form, button, list, name] of [
      [`${CREDENTIALS}/1/delete`, "Delete credential", CREDENTIALS, "Nordhavn relay"],
      [`${CONNECTORS}/1/delete`, "Delete network connector", CONNECTORS, "Way out"],
      [`${SCHEDULES}/1/delete`, "Delete schedule", SCHEDULES, "Every morning"],
      [`${REPORT}/views/1/edit`, "Delete view", REPORT, "Mine"],
    ] as const) {
      await open(page, form);
      await page.getByRole("button", { name: button }).click();
      await expect(page).toHaveURL(list);
      await expect(toast(page)).toContainText(`“${name}” is deleted.`);
      await toast(page).getByRole("button", { name: "Undo" }).click();
      await expect(toast(page)).toContainText(`“${name}” is back.`);
      await expect(page.getByRole("link", { name, exact: true }).first()).toBeVisible();
    }
  });

  test("asks for another name where its own was taken", phone, async ({ page, api }) => {
    await api.register();
    await open(page, `${CREDENTIALS}/1/delete`);
    await page.getByRole("button", { name: "Delete credential" }).click();
    await expect(toast(page)).toContainText("“Nordhavn relay” is deleted.");
    await api.register();
    await toast(page).getByRole("button", { name: "Undo" }).click();
    await expect(page).toHaveTitle(/^Error: Restore Nordhavn relay/);
    await expectError(field(page, "Name"), /“Nordhavn relay” exists already\. Choose another name\./);
    await field(page, "Name").fill("Nordhavn relay, restored");
    await page.getByRole("button", { name: "Restore" }).click();
    await expect(page).toHaveURL(CREDENTIALS);
    await expect(names(page)).toHaveText(["Nordhavn relay", "Nordhavn relay, restored"]);
  });
});

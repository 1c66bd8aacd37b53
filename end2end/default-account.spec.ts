// The default account: there is one as soon as any is enabled, and it moves when another is chosen.
import { draft } from "./support/api.ts";
import { NEW, answer, edit, open, question, row, save, summary, toast } from "./support/pages.ts";
import { fill } from "./support/form.ts";
import { expect, test } from "./support/test.ts";

test.describe("the default account", () => {
  test("is the first enabled one, by itself, and the report says so", async ({ page }) => {
    await open(page, NEW);
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/The first enabled account becomes it/);
    await fill(page, draft());
    await save(page).click();
    await expect(toast(page)).toContainText("It is the default.");
    await expect(row(page, "Nordhavn billing").getByRole("cell", { name: "Yes" }).nth(1)).toBeVisible();
  });

  test("moves when another is chosen, and says so", async ({ page, api }) => {
    const [first] = await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(2));
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/Yes takes the mark from “First”/);
    await answer(page, "Default account", "Yes");
    await save(page).click();
    await expect(toast(page)).toContainText("“Second” is now the default, in place of “First”.");
    expect((await api.find(1)).default).toBe("No");
    expect((await api.find(2)).default).toBe("Yes");
    expect(first?.id).toBe(1);
  });

  test("cannot be given up or disabled while another could be it, and the words say how", async ({ page, api, watch }) => {
    watch.allow(/status of 422/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(1));
    const words = /This is the default\. Make another account the default first\./;
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/To change that, make another account the default/);
    await answer(page, "Default account", "No");
    await answer(page, "Enabled", "No");
    await save(page).click();
    await expect(summary(page)).toBeFocused();
    await expect(question(page, "Enabled")).toHaveAccessibleDescription(words);
    await expect(question(page, "Default account")).toHaveAccessibleDescription(words);
    await summary(page).getByRole("link", { name: words }).first().click();
    await expect(question(page, "Enabled").locator(":focus")).toHaveCount(1);
    expect((await api.find(1)).default).toBe("Yes");
  });

  test("is not a disabled one: two answers that contradict each other are refused", async ({ page, api }) => {
    await open(page, NEW);
    await fill(page, draft({ enabled: "No", default: "Yes" }));
    await save(page).click();
    await expect(question(page, "Default account")).toHaveAccessibleDescription(/Answer Yes to Enabled, or No here/);
    await answer(page, "Enabled", "Yes");
    await expect(question(page, "Default account")).not.toHaveAccessibleDescription(/Answer Yes to Enabled/);
    expect(await api.count()).toBe(0);
  });

  test("cannot be deleted while another could be it, and the words say how", async ({ page, api, watch }) => {
    watch.allow(/status of 409/);
    await api.createAll([{ name: "First" }, { name: "Second" }]);
    await open(page, edit(1));
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByText("“First” is the default. Make another account the default first, then delete this one.")).toBeVisible();
    await expect(page).toHaveURL(edit(1));
    expect(await api.count()).toBe(2);
  });
});

// The order of the report, both ways by every column, and its numbered pages.
import { type Draft, draft } from "./support/api.ts";
import { REPORT, filter, head, names, open, row, started } from "./support/pages.ts";
import { expect, phone, test } from "./support/test.ts";

test.describe("sorting", () => {
  const flags = (yes: boolean) => (yes ? "Yes" : "No") as "Yes" | "No";
  const sorted: Draft[] = ["Delta", "alpha", "Bravo", "charlie"].map((name, n) =>
    draft({
      name,
      enabled: flags(n !== 2),
      default: "No",
      sender: `${["d", "b", "c", "a"][n]}@x.example`,
      reply: `${["b", "d", "a", "c"][n]}@x.example`,
      return_path: `${["c", "a", "d", "b"][n]}@x.example`,
      confirmation: `${["a", "c", "b", "d"][n]}@x.example`,
      force_settings: flags(n === 1),
      read_receipt: flags(n === 0),
      footer: flags(n > 1),
      safe_connection: flags(n !== 3),
      tls_type: n === 1 ? "SSL" : "TLS",
    }),
  );
  const by: [string, string, (account: Draft, n: number) => string | number][] = [
    ["Name", "name", (account) => account.name.toLowerCase()],
    ["Sender e-mail", "sender", (account) => account.sender],
    ["Reply e-mail", "reply", (account) => account.reply],
    ["Return e-mail", "return_path", (account) => account.return_path],
    ["Confirmation mail", "confirmation", (account) => account.confirmation],
    ["Enabled", "enabled", (account) => (account.enabled === "Yes" ? 1 : 0)],
    ["Default", "default", (_, n) => (n === 0 ? 1 : 0)],
    ["Secure connection", "security", (account) => (account.safe_connection === "No" ? "No" : account.tls_type)],
    ["Uses config", "force_settings", (account) => (account.force_settings === "Yes" ? 1 : 0)],
    ["Read conf", "read_receipt", (account) => (account.read_receipt === "Yes" ? 1 : 0)],
    ["Footer", "footer", (account) => (account.footer === "Yes" ? 1 : 0)],
    ["Last test", "last_test", () => 0],
    ["ID", "id", () => 0],
  ];
  const expected = (key: (account: Draft, n: number) => string | number) =>
    sorted
      .map((account, n) => ({ name: account.name, key: key(account, n), n }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.n - b.n))
      .map(({ name }) => name);

  test("works by every column, both ways, with ties broken by ID", async ({ page, api }) => {
    await api.createAll(sorted);
    await open(page, REPORT);
    await expect(head(page, "ID")).toHaveAttribute("aria-sort", "ascending");
    for (const [label, key, value] of by) {
      const ascending = expected(value);
      await head(page, label).getByRole("button").click();
      await expect(head(page, label)).toHaveAttribute("aria-sort", "ascending");
      await expect(names(page), label).toHaveText(ascending);
      await expect(page).toHaveURL(key === "id" ? REPORT : `${REPORT}?sort=${key}`);
      await expect(page.locator("[aria-sort]"), "on the sorted head alone").toHaveCount(1);
      await head(page, label).getByRole("button").click();
      await expect(head(page, label)).toHaveAttribute("aria-sort", "descending");
      await expect(names(page), label).toHaveText([...ascending].reverse());
      await expect(page).toHaveURL(`${REPORT}?sort=-${key}`);
      await expect(head(page, label).getByRole("button"), "the focus stays").toBeFocused();
    }
  });

  test("by the last test puts those that were never tested at one end", async ({ page, api }) => {
    const saved = await api.createAll(sorted.map((account) => ({ ...account, host: "127.0.0.1", port: "1", safe_connection: "No" })));
    for (const n of [2, 0]) {
      const sent = await api.post("send_test", {
        account: saved[n]?.id ?? 0,
        "draft[recipient]": "to@example.test",
        "draft[subject]": "A test",
        "draft[message]": "A test",
      });
      expect(sent.status).toBe(200);
    }
    await open(page, `${REPORT}?sort=last_test`);
    await expect(names(page)).toHaveText(["alpha", "charlie", "Bravo", "Delta"]);
    await open(page, `${REPORT}?sort=-last_test`);
    await expect(names(page)).toHaveText(["Delta", "Bravo", "charlie", "alpha"]);
    await expect(row(page, "Delta").getByRole("link", { name: "Failed at TCP" })).toBeVisible();
    await expect(row(page, "alpha")).toContainText("Never tested");
  });

  test("on cards is chosen from a list", phone, async ({ page, api }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await api.createAll(sorted);
    await open(page, REPORT);
    const sort = page.getByRole("combobox", { name: "Sort by" });
    await sort.selectOption({ label: "By Name, descending" });
    await expect(names(page)).toHaveText(["Delta", "charlie", "Bravo", "alpha"]);
    await expect(page).toHaveURL(`${REPORT}?sort=-name`);
    await page.reload();
    await started(page);
    await expect(sort).toHaveValue("-name");
    await page.goBack();
    await expect(sort).toHaveValue("id");
  });
});

test.describe("pages", () => {
  const many = Array.from({ length: 60 }, (_, n) => ({ name: `Account ${String(n + 1).padStart(2, "0")}` }));
  const from = (first: number, last: number) => many.slice(first - 1, last).map(({ name }) => name);

  test("are numbered, and keep filters and order", phone, async ({ page, api }) => {
    await api.createAll(many);
    await open(page, `${REPORT}?name=account&sort=name`);
    const pages = page.getByRole("navigation", { name: "Pages" });
    await expect(names(page)).toHaveText(from(1, 25));
    await expect(page.getByText("1 to 25 of 60")).toBeVisible();
    await expect(pages.getByRole("link", { name: "1", exact: true })).toHaveAttribute("aria-current", "page");
    await expect(pages.getByRole("link", { name: "Previous page" })).toHaveCount(0);
    await pages.getByRole("link", { name: "Next page" }).click();
    await expect(page).toHaveURL(`${REPORT}?name=account&sort=name&page=2`);
    await expect(names(page)).toHaveText(from(26, 50));
    await pages.getByRole("link", { name: "3", exact: true }).click();
    await expect(names(page)).toHaveText(from(51, 60));
    await expect(page.getByText("51 to 60 of 60")).toBeVisible();
    await expect(pages.getByRole("link", { name: "Next page" })).toHaveCount(0);
    await page.goBack();
    await expect(names(page)).toHaveText(from(26, 50));
    await filter(page, "Name").fill("account 0");
    await expect(names(page)).toHaveText(from(1, 9));
    await expect(page, "another filter begins at the first page").toHaveURL(`${REPORT}?name=account+0&sort=name`);
    await expect(pages).toHaveCount(0);
  });

  test("beyond the last show the last, and nonsense counts as absent", async ({ page, api }) => {
    await api.createAll(many.slice(0, 12));
    await open(page, `${REPORT}?page=999&page_size=10`);
    await expect(names(page)).toHaveText(from(11, 12));
    await page.goto(`${REPORT}?page=-3&page_size=7&sort=nothing&enabled=maybe&columns=x&id=&name=+`);
    await expect(page).toHaveURL(REPORT);
    await expect(names(page)).toHaveText(from(1, 12));
  });
});

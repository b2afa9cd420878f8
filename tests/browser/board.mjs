/* board.mjs - cards of a page's board: adding, opening, reading them
 *
 * SPDX-License-Identifier: MIT
 */
import { until } from "./harness.mjs";

export const COLUMNS = { todo: "To do", doing: "Doing", done: "Done" };

export function cardOf(page, title) {
  return page.locator("li.kanban-card:not(.carried)", { has: page.getByText(title, { exact: true }) });
}

/** Writes a card and adds it; whether the board keeps it is another matter. */
export async function writeCard(page, column, title, { description = "", assignee = "" } = {}) {
  await page.getByRole("button", { name: `Add a card to ${COLUMNS[column]}` }).click();
  await page.locator("#card-title").fill(title);
  await page.locator("#card-description").fill(description);
  await page.locator("#card-assignee").fill(assignee);
  await page.getByRole("button", { name: "Add card" }).click();
}

export async function addCard(page, column, title, written) {
  await writeCard(page, column, title, written);
  await cardOf(page, title).first().waitFor();
}

/** Until the columns of all of these pages have these titles, in order. */
export async function showsCards(pages, wanted) {
  const texts = JSON.stringify(["todo", "doing", "done"].map((column) => wanted[column] ?? []));
  for (const page of pages) {
    await until(
      page,
      (expected) => {
        const lists = [...document.querySelectorAll("ol[data-column]")];
        const titles = lists.map((list) => [...list.querySelectorAll(".title")].map((e) => e.textContent));
        return JSON.stringify(titles) === expected;
      },
      texts,
    );
  }
}

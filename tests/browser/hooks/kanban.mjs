/* hooks/kanban.mjs - what tests of every page must know of the board
 *
 * SPDX-License-Identifier: MIT
 */
import { addCard } from "../board.mjs";
import { until } from "../harness.mjs";

export async function ready(page) {
  await page.locator("#status[data-state=open]").waitFor();
}

export async function post(page, text) {
  await addCard(page, "doing", text.slice(0, 200), { description: text, assignee: text.slice(0, 60) });
  await shown(page, text);
}

export async function shown(page, text) {
  await until(
    page,
    (wanted) => [...document.querySelectorAll(".title")].some((e) => e.textContent === wanted),
    text.slice(0, 200),
  );
}

export function keeps(text) {
  const all = { title: text, description: text, assignee: text, by: text, column: text, order: text };
  return [
    { key: "card/strange", value: { ...all, at: text } },
    { key: `card/${text}`, value: { ...all, column: "done", order: "V" } },
    { key: "card/none", value: text },
  ];
}

export function says(text) {
  return [{ type: "add_task", content: { id: text, title: text, description: text, assignee: text } }];
}

export async function scene(ann, bob) {
  await addCard(ann, "todo", "Pictures of every page", { assignee: "Ann" });
  await addCard(ann, "todo", "Try it on a slow line", {
    description: "A train, a lift, the cellar. What is written there must be on the board when we are back.",
  });
  await addCard(bob, "doing", "Undo for deleted cards", { assignee: "Ben" });
  await addCard(bob, "doing", "What if two move the same card?", {
    description: "Cards that got the same place are told apart by their id.",
    assignee: "Ann",
  });
  await addCard(bob, "done", "Cards survive a killed hub", { assignee: "Ben" });
  await addCard(ann, "done", "Arrow keys", { description: "Space lifts, Space puts down.", assignee: "Cleo" });
  for (const page of [ann, bob]) {
    await until(page, () => document.querySelectorAll("li.kanban-card").length === 6);
    await page.evaluate(() => {
      document.activeElement?.blur();
      document.getElementById("board").scrollLeft = 0;
    });
  }
}

/* kanban.test.mjs - the board: cards in the same order on all pages, whoever moves them
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { addCard, cardOf, showsCards, writeCard } from "../board.mjs";
import { comeBack, eventually, goAway, killHub, person, PHONE } from "../harness.mjs";

async function edit(page, title, fields) {
  await cardOf(page, title).locator(".open").click();
  for (const [name, text] of Object.entries(fields)) await page.locator(`#card-${name}`).fill(text);
  await page.getByRole("button", { name: "Save" }).click();
}

async function centre(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  return [x + width / 2, y + height / 2];
}

test("cards are added, written on and deleted for both; a late one and a reload have them", async () => {
  const ann = await person("Ann", "kanban", "cards");
  const bob = await person("Bob", "kanban", "cards", PHONE);
  await addCard(ann, "todo", "Milk", { description: "Two bottles", assignee: "Bob" });
  await addCard(bob, "todo", "Bread");
  await showsCards([ann, bob], { todo: ["Milk", "Bread"] });
  const card = cardOf(bob, "Milk");
  await card.locator(".text", { hasText: "Two bottles" }).waitFor();
  await card.locator(".assignee", { hasText: "Bob" }).waitFor();
  await card.locator(".by", { hasText: "changed by Ann" }).waitFor();
  await edit(bob, "Milk", { title: "Oat milk" });
  await showsCards([ann, bob], { todo: ["Oat milk", "Bread"] });
  await cardOf(ann, "Oat milk").locator(".by", { hasText: "changed by Bob" }).waitFor();
  const late = await person("Late", "kanban", "cards");
  await showsCards([late], { todo: ["Oat milk", "Bread"] });
  await ann.reload();
  await showsCards([ann], { todo: ["Oat milk", "Bread"] });
  await cardOf(ann, "Bread").locator(".more").click();
  await ann.getByRole("menuitem", { name: "Delete" }).click();
  await showsCards([ann, bob, late], { todo: ["Oat milk"] });
  await ann.getByRole("button", { name: "Undo" }).click();
  await showsCards([ann, bob, late], { todo: ["Oat milk", "Bread"] });
});

test("who is here is offered for a card", async () => {
  const ann = await person("Ann", "kanban", "people");
  await person("Bob", "kanban", "people");
  await ann.locator("#faces .number", { hasText: "2" }).waitFor({ state: "attached" });
  await ann.getByRole("button", { name: "Add a card to To do" }).click();
  const names = await ann.locator("#card-people option").evaluateAll((all) => all.map((e) => e.value));
  assert.deepEqual(names, ["Ann", "Bob"]);
});

test("a card is carried with the mouse to its place; Escape puts it back", async () => {
  const ann = await person("Ann", "kanban", "mouse");
  const bob = await person("Bob", "kanban", "mouse");
  for (const title of ["one", "two", "three"]) await addCard(ann, "todo", title);
  await addCard(ann, "done", "four");
  await showsCards([bob], { todo: ["one", "two", "three"], done: ["four"] });
  await ann.mouse.move(...(await centre(cardOf(ann, "three"))));
  await ann.mouse.down();
  const [x, y] = await centre(cardOf(ann, "one"));
  await ann.mouse.move(x, y - 12, { steps: 6 });
  await showsCards([ann], { todo: ["three", "one", "two"], done: ["four"] });
  await showsCards([bob], { todo: ["one", "two", "three"], done: ["four"] });
  await ann.keyboard.press("Escape");
  await ann.mouse.up();
  await showsCards([ann], { todo: ["one", "two", "three"], done: ["four"] });
  await ann.mouse.move(...(await centre(cardOf(ann, "two"))));
  await ann.mouse.down();
  const [toX, toY] = await centre(cardOf(ann, "four"));
  await ann.mouse.move(toX, toY + 20, { steps: 6 });
  await ann.mouse.up();
  await showsCards([ann, bob], { todo: ["one", "three"], done: ["four", "two"] });
  assert.equal(await ann.locator("dialog").count(), 0, "putting it down does not open it");
});

test("a card is carried with the arrow keys, and it is said where it is", async () => {
  const ann = await person("Ann", "kanban", "keys");
  const bob = await person("Bob", "kanban", "keys");
  for (const title of ["one", "two"]) await addCard(ann, "todo", title);
  await addCard(ann, "doing", "three");
  await cardOf(ann, "one").locator(".open").focus();
  const said = ann.locator("#said");
  const press = async (key, words) => {
    await ann.keyboard.press(key);
    if (words) await said.filter({ hasText: words }).waitFor({ state: "attached" });
  };
  await press("Space", /one is lifted/);
  await press("ArrowDown", "To do, 2 of 2.");
  await press("ArrowRight", "Doing, 2 of 2.");
  await press("ArrowUp", "Doing, 1 of 2.");
  await showsCards([bob], { todo: ["one", "two"], doing: ["three"] });
  await press("Space", /one is put down: Doing, 1 of 2/);
  await showsCards([ann, bob], { todo: ["two"], doing: ["one", "three"] });
  assert.equal(await cardOf(ann, "one").locator(".open").evaluate((e) => e === document.activeElement), true);
  await press("ArrowDown");
  await press("Space", /three is lifted/);
  await press("ArrowLeft", /To do/);
  await press("Escape", /three is back/);
  await showsCards([ann, bob], { todo: ["two"], doing: ["one", "three"] });
  await press("Delete");
  await showsCards([ann, bob], { todo: ["two"], doing: ["one"] });
});

test("a finger that rests carries a card, one that moves at once scrolls", async () => {
  const bob = await person("Bob", "kanban", "finger");
  const ann = await person("Ann", "kanban", "finger", PHONE);
  for (const title of ["one", "two"]) await addCard(bob, "todo", title);
  await showsCards([ann], { todo: ["one", "two"] });
  const session = await ann.context().newCDPSession(ann);
  const touch = (type, ...touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  const [x, y] = await centre(cardOf(ann, "two"));
  const [, top] = await centre(cardOf(ann, "one"));
  await touch("touchStart", { x, y });
  await ann.locator(".carried").waitFor();
  await touch("touchMove", { x, y: (y + top) / 2 });
  await touch("touchMove", { x, y: top - 14 });
  await touch("touchEnd");
  await showsCards([ann, bob], { todo: ["two", "one"] });
  await touch("touchStart", { x, y });
  await touch("touchMove", { x: x - 60, y });
  await touch("touchMove", { x: x - 120, y });
  await touch("touchEnd");
  assert.equal(await ann.locator(".carried").count(), 0);
  await showsCards([ann, bob], { todo: ["two", "one"] });
});

test("changes without a connection arrive, and meet what others did: a choice where both wrote the same", async () => {
  const ann = await person("Ann", "kanban", "away");
  const bob = await person("Bob", "kanban", "away");
  for (const title of ["one", "two", "three"]) await addCard(ann, "todo", title);
  await showsCards([bob], { todo: ["one", "two", "three"] });
  await goAway(bob);
  await edit(bob, "one", { title: "Bob's one" });
  await edit(bob, "two", { description: "Bob's words" });
  await cardOf(bob, "three").locator(".more").click();
  await bob.getByRole("menuitem", { name: "Move to Done" }).click();
  await addCard(bob, "doing", "Bob's own");
  await edit(ann, "one", { title: "Ann's one" });
  await edit(ann, "two", { title: "Ann's two" });
  await showsCards([ann], { todo: ["Ann's one", "Ann's two", "three"] });
  await comeBack(bob);
  const choice = bob.getByRole("dialog", { name: "Two changes" });
  await choice.waitFor();
  await choice.getByText("Ann's one").waitFor();
  await choice.getByText("Bob's one").waitFor();
  await choice.getByRole("button", { name: "Save" }).click();
  await showsCards([ann, bob], {
    todo: ["Bob's one", "Ann's two"],
    doing: ["Bob's own"],
    done: ["three"],
  });
  await cardOf(ann, "Ann's two").locator(".text", { hasText: "Bob's words" }).waitFor();
  const late = await person("Late", "kanban", "away");
  await showsCards([late], { todo: ["Bob's one", "Ann's two"], doing: ["Bob's own"], done: ["three"] });
});

test("who has a card open is told that it changes, and may take what the other wrote", async () => {
  const ann = await person("Ann", "kanban", "open");
  const bob = await person("Bob", "kanban", "open");
  await addCard(ann, "todo", "one");
  await cardOf(bob, "one").locator(".open").click();
  await bob.locator("#card-title").fill("Bob's");
  await edit(ann, "one", { title: "Ann's" });
  await bob.locator(".edit .notice", { hasText: "Ann has changed this card" }).waitFor();
  await bob.getByRole("button", { name: "Save" }).click();
  await bob.locator(".version", { hasText: "Ann's" }).click();
  await bob.getByRole("dialog", { name: "Two changes" }).getByRole("button", { name: "Save" }).click();
  await showsCards([ann, bob], { todo: ["Ann's"] });
});

test("both move at once, and a killed hub comes back: both boards are the same", async () => {
  const ann = await person("Ann", "kanban", "killed");
  const bob = await person("Bob", "kanban", "killed");
  for (const title of ["one", "two", "three"]) await addCard(ann, "todo", title);
  await showsCards([bob], { todo: ["one", "two", "three"] });
  const move = async (page, title, to) => {
    await cardOf(page, title).locator(".more").click();
    await page.getByRole("menuitem", { name: to }).click();
  };
  await killHub();
  await Promise.all([move(ann, "one", "Move to Doing"), move(bob, "two", "Move to Doing")]);
  await move(ann, "three", "Move to Done");
  await cardOf(bob, "three").locator(".more").waitFor();
  const order = await columns(ann, bob);
  assert.deepEqual([order.todo, [...order.doing].sort(), order.done], [[], ["one", "two"], ["three"]]);
  const late = await person("Late", "kanban", "killed");
  await showsCards([ann, bob, late], order);
});

/** The columns, once all moves are there, as the first page has them. */
async function columns(ann, bob) {
  for (const page of [ann, bob]) {
    await page.waitForFunction(() => !document.querySelector("ol[data-column=todo] li"));
  }
  const titles = (column) => ann.locator(`ol[data-column=${column}] .title`).allTextContents();
  return { todo: await titles("todo"), doing: await titles("doing"), done: await titles("done") };
}

/** In the page: as a board that only sends messages. */
async function speak(messages) {
  const { connect } = await import("/static/atrium-client.mjs");
  const client = connect({ nickname: "Base", rooms: ["base-board"] });
  const room = await client.join("base-board").ready;
  for (const [type, content] of messages) await room.publish(type, { content });
  client.close();
}

test("a board that only sends messages takes part", async () => {
  const ann = await person("Ann", "kanban", "base-board");
  const bob = await person("Bob", "kanban", "base-board");
  const base = await person("Base", "chat", "elsewhere");
  await base.evaluate(speak, [["add_task", { id: 7, title: "old", column: "in-progress", assignee: "Bo" }]]);
  await showsCards([ann, bob], { doing: ["old"] });
  await base.evaluate(speak, [["move_task", { taskId: 7, newColumn: "done" }]]);
  await showsCards([ann, bob], { done: ["old"] });
  await base.evaluate(speak, [["delete_task", { id: 7 }]]);
  await showsCards([ann, bob], {});
});

test("a board that is full says so, and what was not kept is on no board", async () => {
  const ann = await person("Ann", "kanban", "small-board");
  const bob = await person("Bob", "kanban", "small-board");
  await addCard(ann, "todo", "short");
  await writeCard(ann, "done", "long", { description: "word ".repeat(300) });
  await ann.locator(".toast.wrong", { hasText: "The board is full" }).waitFor();
  await showsCards([ann, bob], { todo: ["short"] });
  await edit(bob, "short", { title: "shorter" });
  await showsCards([ann, bob], { todo: ["shorter"] });
});

/** Moves every card once, by the menu, to some column or up or down. */
async function moveAll(page, titles, choices) {
  for (const [at, title] of titles.entries()) {
    await cardOf(page, title).locator(".more").click();
    const items = page.getByRole("menuitem", { name: /Move/ });
    await items.nth(choices[at] % (await items.count())).click();
  }
}

test("whoever moves what, before, during and after a break: all boards are the same in the end", async () => {
  const ann = await person("Ann", "kanban", "mixed");
  const bob = await person("Bob", "kanban", "mixed");
  const titles = ["a", "b", "c", "d", "e", "f"];
  for (const title of titles) await addCard(ann, "todo", title);
  await showsCards([bob], { todo: titles });
  await goAway(bob);
  await Promise.all([
    moveAll(ann, titles, [0, 1, 2, 0, 1, 2]),
    moveAll(bob, [...titles].reverse(), [1, 1, 0, 2, 3, 0]),
  ]);
  await comeBack(bob);
  await moveAll(bob, ["b"], [1]);
  await cardOf(ann, "b").locator(".by", { hasText: "Bob" }).waitFor();
  const late = await person("Late", "kanban", "mixed");
  await eventually(async () => {
    const boards = await Promise.all([ann, bob, late].map(orders));
    assert.deepEqual(boards[1], boards[0]);
    assert.deepEqual(boards[2], boards[0]);
    assert.deepEqual(boards[0].flat().sort(), titles);
  });
});

/** The titles of each column. */
function orders(page) {
  const lists = page.locator("ol[data-column]");
  return lists.evaluateAll((all) =>
    all.map((list) => [...list.querySelectorAll(".title")].map((e) => e.textContent)),
  );
}

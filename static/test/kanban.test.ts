/* kanban.test.ts - the board without a page: places, cards, changes at once, what keys do */

import assert from "node:assert/strict";
import test from "node:test";
import type { Card, Kept, Written } from "../pages/kanban/card.js";
import { clashes, columnOf, keep, keyOf, read } from "../pages/kanban/card.js";
import { Keys } from "../pages/kanban/keys.js";
import { isLegacy, obey, told } from "../pages/kanban/legacy.js";
import { beside, type Held, listsOf, step, whereIs } from "../pages/kanban/lists.js";
import { between, compare, isOrder, place, type Placed } from "../pages/lib/order.js";
import { type Conflict, Store } from "../pages/kanban/store.js";
import { chances } from "./chances.js";

const written = (title: string): Written => ({ title, description: "", assignee: "" });

function card(id: string, change: Partial<Card> = {}): Card {
  return { ...written(id), id, column: "todo", order: "V", by: "Ann", at: 1, ...change };
}

/* ---- places ------------------------------------------------------------------------------ */

test("between any two places there is another", () => {
  for (const [low, high] of [["", ""], ["", "1"], ["z", ""], ["1", "2"], ["1", "11"], ["V", "V1"], ["", "01"]]) {
    const middle = between(low!, high!);
    assert.ok(isOrder(middle), middle);
    assert.ok(middle > low! && (!high || middle < high), `${low} < ${middle} < ${high}`);
  }
  assert.throws(() => between("b", "a"), RangeError);
  assert.throws(() => between("a", "a"), RangeError);
  for (const bad of ["", "10", "a-b", 7, undefined, "a".repeat(101)]) assert.equal(isOrder(bad), false);
});

test("lists stay in the order in which things were put, wherever that was", () => {
  const random = chances(4);
  const list: Placed[] = [];
  for (let at = 0; at < 2000; at++) {
    const index = [0, list.length, random(list.length + 1), Math.min(5, list.length)][at % 4]!;
    const said = place(`c${at}`, list, index);
    list.splice(index, 0, said[0]!);
    for (const { id, order } of said.slice(1)) list.find((each) => each.id === id)!.order = order;
    assert.ok(list.every(({ order }) => isOrder(order)));
  }
  const ids = list.map(({ id }) => id);
  assert.deepEqual([...list].sort(compare).map(({ id }) => id), ids);
});

test("places that have become long are made short again", () => {
  const list: Placed[] = [{ id: "a", order: "1".repeat(50) }, { id: "b", order: `${"1".repeat(50)}2` }];
  const said = place("x", list, 1);
  assert.equal(said[0]?.id, "x");
  assert.deepEqual([...said].sort(compare).map(({ id }) => id), ["a", "x", "b"]);
  assert.ok(said.every(({ order }) => order.length < 5));
});

test("what got the same place at once is told apart by its id, and others come between", () => {
  const twins = [{ id: "a", order: "V" }, { id: "b", order: "V" }, { id: "c", order: "W" }];
  assert.deepEqual([...twins].reverse().sort(compare), twins);
  const said = place("x", twins, 1);
  assert.deepEqual(said.map(({ id }) => id), ["x", "b"]);
  const now = [twins[0]!, ...said, twins[2]!];
  assert.deepEqual([...now].sort(compare), now);
  assert.deepEqual(place("x", twins, 2).map(({ id }) => id), ["x"]);
});

/* ---- cards ------------------------------------------------------------------------------- */

test("a card is read as it was kept; what is none is none; what is strange is made harmless", () => {
  const one = card("a", { description: "d", assignee: "Bob", order: "a1" });
  assert.deepEqual(read(keyOf("a"), JSON.parse(JSON.stringify(keep(one)))), one);
  for (const bad of [null, 1, "x", [], {}, { title: 7 }]) assert.equal(read(keyOf("a"), bad), undefined);
  assert.equal(read("else", keep(one)), undefined);
  const strange = read(keyOf("a"), { title: "x".repeat(999), column: "?", order: "0", by: {}, at: "1" });
  assert.equal(strange?.title.length, 200);
  assert.deepEqual([strange?.column, strange?.order, strange?.by, strange?.at], ["todo", "V", "", 0]);
  assert.deepEqual(["in-progress", "To Do", "DONE", 5].map(columnOf), ["doing", "todo", "done", "todo"]);
});

test("two changes clash only where both wrote something else", () => {
  const base = { title: "a", description: "b", assignee: "" };
  const now = { title: "A", description: "b", assignee: "Bob" };
  assert.deepEqual(clashes(base, { description: "B" }, now), []);
  assert.deepEqual(clashes(base, { title: "A" }, now), []);
  assert.deepEqual(clashes(base, { title: "mine", assignee: "Cy" }, now), ["title", "assignee"]);
  assert.deepEqual(clashes(base, { column: "done" }, now), []);
});

/* ---- the store --------------------------------------------------------------------------- */

class FakeState {
  map = new Map<string, Kept>();
  /** Someone else is first, so often. */
  meanwhile: (() => void)[] = [];

  entries = (): [string, Kept][] => [...this.map].sort();
  get = (key: string): Kept | undefined => this.map.get(key);
  set = (key: string, value: Kept, { if: rev }: { if?: unknown } = {}): Promise<{ rev: number }> => {
    const first = this.meanwhile.shift();
    first?.();
    if (first || (rev === 0 && this.map.has(key))) {
      return Promise.reject(Object.assign(new Error("conflict"), { code: "conflict" }));
    }
    this.map.set(key, value);
    return Promise.resolve({ rev: 1 });
  };
  delete = (key: string): Promise<{ rev: number }> => {
    this.map.delete(key);
    return Promise.resolve({ rev: 1 });
  };
  put(...cards: Card[]): void {
    for (const each of cards) this.map.set(keyOf(each.id), keep(each));
  }
}

function storeOf(state: FakeState, resolve = (_: Conflict): unknown => assert.fail("conflict")): Store {
  const events = { resolve: async (c: Conflict) => resolve(c), me: () => "Me", now: () => 5 };
  return new Store(state as never, events as never);
}

test("cards are added at the end and moved between others, each with who did it", async () => {
  const state = new FakeState();
  const store = storeOf(state);
  for (const title of ["a", "b", "c"]) await store.add("todo", written(title), title);
  const titles = (): string[] => store.column("todo").map(({ title }) => title);
  assert.deepEqual(titles(), ["a", "b", "c"]);
  assert.equal(await store.move("c", "todo", 0), "done");
  assert.deepEqual(titles(), ["c", "a", "b"]);
  await store.move("a", "done", 0);
  assert.equal(store.get("a")?.column, "done");
  assert.equal(store.get("a")?.by, "Me");
  assert.equal(await store.move("none", "done", 0), "gone");
});

test("a change that finds another card is put upon that; where a card is put, the last one says", async () => {
  const state = new FakeState();
  state.put(card("a"));
  const store = storeOf(state);
  const base = store.get("a")!;
  state.meanwhile = [() => state.put(card("a", { assignee: "Bob", column: "done", order: "Z" }))];
  assert.equal(await store.write(base, { title: "new" }), "done");
  const { title, assignee, column } = store.get("a")!;
  assert.deepEqual([title, assignee, column], ["new", "Bob", "done"]);
  state.meanwhile = [() => state.put(card("a", { title: "theirs" }))];
  assert.equal(await store.move("a", "doing", 0), "done");
  assert.deepEqual([store.get("a")?.title, store.get("a")?.column], ["theirs", "doing"]);
  state.meanwhile = [() => state.map.clear()];
  assert.equal(await store.write(store.get("a")!, { title: "late" }), "gone");
});

test("who wrote the same as someone else is asked which is to stay", async () => {
  const state = new FakeState();
  state.put(card("a"));
  let answer: unknown = undefined;
  const asked: Conflict[] = [];
  const store = storeOf(state, (conflict) => (asked.push(conflict), answer));
  const base = store.get("a")!;
  state.put(card("a", { title: "theirs", by: "Bob" }));
  assert.equal(await store.write(base, { title: "mine" }), "left");
  assert.deepEqual(asked[0]?.fields, ["title"]);
  assert.equal(asked[0]?.now.by, "Bob");
  assert.equal(store.get("a")?.title, "theirs");
  answer = { title: "mine" };
  assert.equal(await store.write(base, { title: "mine" }), "done");
  assert.equal(store.get("a")?.title, "mine");
});

test("what is refused for another reason is not tried again", async () => {
  const state = new FakeState();
  state.put(card("a"));
  state.set = () => Promise.reject(Object.assign(new Error("full"), { code: "state_full" }));
  const store = storeOf(state);
  await assert.rejects(store.write(store.get("a")!, { title: "x" }), { code: "state_full" });
});

/* ---- carrying ---------------------------------------------------------------------------- */

const CARDS = [
  card("a", { order: "1" }),
  card("b", { order: "2" }),
  card("c", { order: "1", column: "done" }),
];

test("a held card is shown where it would be put", () => {
  const lists = listsOf(CARDS, { id: "a", column: "done", index: 1 });
  assert.deepEqual([...lists.values()].map((list) => list.map(({ id }) => id)), [["b"], [], ["c", "a"]]);
  assert.deepEqual(whereIs(lists, "a"), { id: "a", column: "done", index: 1 });
  assert.equal(whereIs(lists, "none"), undefined);
});

test("arrow keys find the next place, and the next card", () => {
  const lists = listsOf(CARDS);
  const held: Held = { id: "a", column: "todo", index: 0 };
  assert.deepEqual(step(lists, held, "ArrowUp"), held);
  assert.deepEqual(step(lists, held, "ArrowLeft"), held);
  assert.equal(step(lists, held, "ArrowDown").index, 1);
  assert.equal(step(lists, { ...held, index: 1 }, "ArrowDown").index, 1);
  assert.deepEqual(step(lists, held, "ArrowRight"), { id: "a", column: "doing", index: 0 });
  assert.equal(beside(lists, "a", "ArrowDown")?.id, "b");
  assert.equal(beside(lists, "b", "ArrowRight")?.id, "c", "an empty column is passed over");
  assert.equal(beside(lists, "b", "ArrowDown"), undefined);
});

test("keys lift, carry, put down and put back, and say so", () => {
  const said: string[] = [];
  const done: [string, boolean][] = [];
  let held: Held | undefined;
  const keys = new Keys({
    lists: () => listsOf(CARDS, held),
    focus: () => {},
    over: (where) => (held = where),
    drop: (id, put) => (done.push([id, put]), (held = undefined)),
    remove: () => {},
    say: (words) => said.push(words),
  });
  for (const key of [" ", "ArrowRight", "ArrowRight", "ArrowDown"]) assert.ok(keys.press("a", { key }));
  assert.deepEqual(held, { id: "a", column: "done", index: 1 });
  assert.equal(said.at(-1), "Done, 2 of 2.");
  keys.press("a", { key: " " });
  keys.press("b", { key: " " });
  keys.press("b", { key: "ArrowDown" });
  keys.press("b", { key: "Escape" });
  assert.deepEqual(done, [["a", true], ["b", false]]);
  assert.equal(said.at(-1), "b is back where it was.");
  assert.equal(keys.press("a", { key: "x" }), false);
});

/* ---- boards without a state -------------------------------------------------------------- */

test("boards that keep nothing are understood, once, and told", async () => {
  const state = new FakeState();
  const store = storeOf(state);
  const add = { type: "add_task", content: { id: 7, title: "T", column: "in-progress", assignee: "Bo" } };
  assert.equal(isLegacy(add), true);
  assert.equal(isLegacy({ ...add, kept: true }), false);
  await obey(add, store);
  await obey(add, store);
  assert.deepEqual(store.cards().map(({ id, title, column }) => [id, title, column]), [["7", "T", "doing"]]);
  await obey({ type: "move_task", content: { taskId: 7, newColumn: "done" } }, store);
  assert.equal(store.get("7")?.column, "done");
  assert.deepEqual(told(card("a"), card("a", { column: "done" })), ["move_task", { taskId: "a", newColumn: "done" }]);
  assert.equal(told(card("a"), card("a", { title: "x" })), undefined);
  assert.equal(told(undefined, card("a"))?.[0], "add_task");
  assert.equal(told(card("a"), undefined)?.[0], "delete_task");
  await obey({ type: "delete_task", content: { id: 7 } }, store);
  await obey({ type: "add_task", content: { title: "no id" } }, store);
  assert.equal(store.cards().length, 0);
});

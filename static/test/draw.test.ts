/* draw.test.ts - the drawing page without a page: strokes, what is undone, what grows, what is seen */

import assert from "node:assert/strict";
import test from "node:test";
import { piece, Pieces } from "../pages/draw/legacy.js";
import { Growth, Live } from "../pages/draw/live.js";
import { Own } from "../pages/draw/own.js";
import {
  isStrokeKey,
  keep,
  type Kept,
  keyAfter,
  MOST_POINTS,
  pack,
  type Point,
  read,
  simplify,
  type Stroke,
  unpack,
} from "../pages/draw/strokes.js";
import { View } from "../pages/draw/view.js";

const point = (x: number, y: number, pressure = 0.5): Point => ({ x, y, pressure });

function stroke(points: Point[], change: Partial<Stroke> = {}): Stroke {
  return { colour: "#112233", size: 5, author: "me", group: "s/00000001-a", points, ...change };
}

/** A room's state, as far as strokes need it. */
function fakeState(refuse?: Error): {
  map: Map<string, Kept>;
  state: ConstructorParameters<typeof Own>[0];
} {
  const map = new Map<string, Kept>();
  const done = (): Promise<{ rev: number }> =>
    refuse ? Promise.reject(refuse) : Promise.resolve({ rev: 1 });
  const state = {
    keys: () => [...map.keys()].sort(),
    get: (key: string) => map.get(key),
    set: (key: string, value: Kept) => (map.set(key, value), done()),
    apply: (ops: { key: string }[]) => (ops.forEach(({ key }) => map.delete(key)), done()),
  };
  return { map, state: state as never };
}

function ownOf(state: ConstructorParameters<typeof Own>[0], author = "me"): Own {
  return new Own(state, author, { moved: () => {}, failed: () => {}, changed: () => {} });
}

function draw(own: Own, ...points: Point[]): void {
  own.begin("#000000", 4, points[0]!);
  own.extend(points.slice(1));
  own.end();
}

test("a stroke that is kept and read is the same, to half a unit", () => {
  const points = [point(10.2, 20.3), point(11.9, 20.1), point(500.6, 0)];
  const value = JSON.parse(JSON.stringify(keep(stroke(points), "s/00000001-a"))) as unknown;
  const back = read(value, "s/00000001-a")!;
  assert.deepEqual(back.points, [point(10, 20.5), point(12, 20), point(500.5, 0)]);
  assert.deepEqual({ ...back, points: [] }, stroke([]));
  const pressed = [point(1, 2, 0.25), point(3, 4, 0.75)];
  assert.deepEqual(unpack(pack(pressed, true), true), pressed);
});

test("what is no stroke is none, whoever sent it", () => {
  const good = { c: "#000", s: 1, a: "x", p: [1, 2] };
  assert.ok(read(good, "k"));
  const bad: unknown[] = [
    ...[null, 1, "x", [], {}, { ...good, p: [] }, { ...good, p: [1] }, { ...good, p: ["1", "2"] }],
    ...[{ ...good, p: [1, null] }, { ...good, c: "red;" }, { ...good, c: 7 }, { ...good, s: 0 }],
    ...[{ ...good, s: 1e9 }, { ...good, s: "4" }, { ...good, p: Array(20_001).fill(0) }],
  ];
  for (const value of bad) assert.equal(read(value, "k"), undefined, JSON.stringify(value));
  assert.equal(read({ ...good, a: 5, g: {} }, "k")?.group, "k");
});

test("keys sort as strokes lie over each other", () => {
  const first = keyAfter(undefined, "z");
  const second = keyAfter(first, "a");
  const many = keyAfter("s/0000000z-q", "a");
  assert.deepEqual([second, many, first].sort(), [first, second, many]);
  assert.equal(many, "s/00000010-a");
  assert.ok(isStrokeKey(first));
  assert.equal(isStrokeKey("s/x"), false);
  assert.ok(isStrokeKey(keyAfter("s/not a number", "a")));
});

test("a line loses points that do not bend it, never its ends; pressure counts too", () => {
  const line = Array.from({ length: 100 }, (_, at) => point(at, at * 2));
  assert.deepEqual(simplify(line, 0.4), [line[0], line[1], line[98], line[99]]);
  const bent = [point(0, 0), point(50, 30), point(100, 0)];
  assert.deepEqual(simplify(bent, 0.4), bent);
  const pressed = [point(0, 0), point(50, 0, 0.9), point(100, 0)];
  assert.deepEqual(simplify(pressed, 0.4), pressed);
  assert.deepEqual(simplify([point(1, 1)], 0.4), [point(1, 1)]);
});

test("only our own strokes are undone, the last first, and done again in their place", () => {
  const { map, state } = fakeState();
  const [own, other] = [ownOf(state), ownOf(state, "other")];
  draw(own, point(0, 0), point(9, 9));
  draw(other, point(1, 1));
  draw(own, point(2, 2));
  const before = [...map];
  assert.equal(own.undo(), true);
  assert.equal(own.undo(), true);
  assert.equal(own.undo(), false);
  assert.deepEqual([...map.values()].map(({ a }) => a), ["other"]);
  assert.equal(own.redo(), true);
  assert.equal(own.redo(), true);
  assert.equal(own.redo(), false);
  assert.deepEqual([...map].sort(), before.sort());
  own.undo();
  draw(own, point(3, 3));
  assert.equal(own.canRedo, false);
});

test("a long stroke becomes several, each below a message's size, undone as one", () => {
  const { map, state } = fakeState();
  const own = ownOf(state);
  const wild = (at: number): Point => point((at * 7919) % 1600, (at * 104729) % 1200, (at % 99) / 100);
  draw(own, ...Array.from({ length: MOST_POINTS * 2 + 50 }, (_, at) => wild(at)));
  assert.equal(map.size, 3);
  for (const value of map.values()) assert.ok(JSON.stringify(value).length < 60_000);
  const [first, ...others] = [...map.keys()].sort();
  assert.deepEqual(others.map((key) => map.get(key)?.g), [first, first]);
  own.undo();
  assert.equal(map.size, 0);
  own.redo();
  assert.equal(map.size, 3);
});

test("what is not kept is reported", async () => {
  const refusal = Object.assign(new Error("no"), { code: "state_full" });
  const { state } = fakeState(refusal);
  const told = new Promise<string | undefined>((resolve) => {
    const events = { moved: () => {}, changed: () => {}, failed: (e: { code?: string }) => resolve(e.code) };
    draw(new Own(state, "me", events), point(0, 0));
  });
  assert.equal(await told, "state_full");
});

test("a stroke grows at others by what is new of it; a lost part does no harm", () => {
  const growth = new Growth();
  const live = new Live();
  const drawing = { ...stroke([point(0, 0), point(5, 5)]), key: "s/00000001-a" };
  const send = (): void => {
    const message = growth.next(drawing);
    if (message) live.take({ ...(JSON.parse(JSON.stringify(message)) as object), id: "ann" }, 0);
  };
  send();
  assert.equal(growth.next(drawing), undefined);
  drawing.points.push(point(10, 5));
  send();
  assert.deepEqual(live.strokes()[0]?.points, drawing.points);
  drawing.points.push(point(20, 5));
  growth.next(drawing); // lost
  drawing.points.push(point(30, 5));
  send();
  assert.equal(live.strokes()[0]?.points.length, 4);
  live.take({ key: drawing.key, at: 0, gone: true, id: "bob" }, 0);
  assert.equal(live.strokes().length, 1, "only who draws it may give it up");
  live.take({ ...growth.gone(), id: "ann" }, 0);
  assert.equal(live.strokes().length, 0);
});

test("what no longer grows, or whose drawer has gone, is dropped", () => {
  const live = new Live();
  const value = keep(stroke([point(0, 0)]), "s/00000001-a");
  live.take({ key: "s/00000001-a", at: 0, stroke: value, id: "ann" }, 0);
  live.take({ key: "s/00000002-a", at: 0, stroke: value, id: "bob" }, 10_000);
  live.take({ key: "nothing", at: 0, stroke: value, id: "bob" }, 0);
  live.take({ key: "s/00000003-a", at: 0, stroke: {} as Kept, id: "bob" }, 0);
  assert.equal(live.strokes().length, 2);
  assert.equal(live.sweep(16_000), true);
  assert.equal(live.strokes().length, 1);
  live.dropOf("bob");
  assert.equal(live.strokes().length, 0);
});

test("the whole sheet is seen, or a part of it that stays under the fingers", () => {
  const view = new View();
  view.resize(824, 1000);
  assert.equal(view.scale, 0.5);
  assert.deepEqual(view.unit(view.pixel({ x: 30, y: 40 })), { x: 30, y: 40 });
  const under = view.unit({ x: 400, y: 500 });
  view.zoom(4, { x: 400, y: 500 });
  assert.equal(view.whole, false);
  const after = view.unit({ x: 400, y: 500 });
  assert.ok(Math.hypot(after.x - under.x, after.y - under.y) < 1);
  view.pan(1e6, 1e6);
  assert.ok(view.x <= 12 && view.y <= 12);
  view.zoom(1e-6, { x: 0, y: 0 });
  assert.equal(view.whole, true);
  assert.equal(view.scale, 0.5);
});

test("pieces of pages that keep nothing are shown until someone clears", () => {
  const draw = { type: "draw", fromX: 1, fromY: 2, toX: 3, toY: 4, color: "red", size: 3 };
  assert.deepEqual(piece(draw)?.points, [point(1, 2), point(3, 4)]);
  assert.equal(piece({ ...draw, toY: "4" }), undefined);
  const pieces = new Pieces();
  assert.equal(pieces.take(draw), true);
  assert.equal(pieces.take({ type: "clear" }), true);
  assert.equal(pieces.looks().length, 0);
  pieces.take({ ...draw, offset: 4 });
  pieces.take({ ...draw, offset: 6 });
  pieces.restore([draw, { type: "clear" }, { ...draw, offset: 4 }], 5);
  assert.equal(pieces.looks().length, 2);
});

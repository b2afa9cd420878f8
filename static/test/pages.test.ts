/* pages.test.ts - what the pages know without a page: conversations, timelines, figures, words */

import assert from "node:assert/strict";
import test from "node:test";
import {
  Conversation,
  KEPT,
  continues,
  type Entry,
  typingLine,
} from "../pages/chat/model.js";
import { hue, initial } from "../pages/lib/colour.js";
import { bytes, duration, number, percent, when } from "../pages/lib/format.js";
import { roomNameProblem } from "../pages/lib/names.js";
import { fill, readSeries } from "../pages/monitor/history.js";
import { readMetrics, share } from "../pages/monitor/metrics.js";
import { niceTop, Timeline } from "../pages/monitor/timeline.js";

function entry(change: Partial<Entry> = {}): Entry {
  const sender = { id: "a", nickname: "Ann", own: false } as const;
  return { ...sender, kind: "message", key: "1", text: "hi", at: 0, state: "sent", ...change };
}

const texts = (conversation: Conversation): string[] =>
  conversation.entries.map(({ text, state }) => `${text} ${state}`);

test("a message of ours waits at the end until the server's order is known", () => {
  const room = new Conversation("room", "general");
  room.add(entry({ key: "m", own: true, id: "", text: "mine", state: "waiting" }));
  room.add(entry({ key: "o", text: "other" }));
  assert.deepEqual(texts(room), ["other sent", "mine waiting"]);
  assert.equal(room.add(entry({ key: "m", own: true, id: "me", text: "mine" })), true);
  room.add(entry({ key: "p", text: "later" }));
  assert.deepEqual(texts(room), ["other sent", "mine sent", "later sent"]);
});

test("the same message twice is one; the same key of another sender is not", () => {
  const room = new Conversation("room", "general");
  assert.equal(room.add(entry()), true);
  assert.equal(room.add(entry()), false);
  assert.equal(room.add(entry({ id: "b" })), true);
  assert.equal(room.entries.length, 2);
});

test("an ack settles what waits; an error says why; neither touches what came back before", () => {
  const room = new Conversation("direct", "x");
  room.add(entry({ key: "1", own: true, state: "waiting" }));
  room.add(entry({ key: "2", own: true, state: "waiting" }));
  room.settle("1");
  room.settle("2", "gone");
  assert.deepEqual(texts(room), ["hi sent", "hi failed"]);
  assert.equal(room.entries[1]?.problem, "gone");
  room.settle("1", "late");
  assert.equal(room.entries[0]?.problem, undefined);
  room.remove("2");
  assert.deepEqual(texts(room), ["hi sent"]);
});

test("what was said before we came goes before what was said since, each once", () => {
  const room = new Conversation("room", "general");
  assert.equal(room.stale, true);
  room.add(entry({ kind: "system", key: "", text: "we came" }));
  room.add(entry({ key: "3", text: "three" }));
  room.add(entry({ kind: "system", key: "", text: "Bob came" }));
  room.add(entry({ key: "4", own: true, id: "", text: "four", state: "waiting" }));
  room.add(entry({ key: "5", own: true, text: "five", state: "waiting" }));
  room.restore([
    ...["one", "two"].map((text, at) => entry({ key: `${at + 1}`, text })),
    entry({ key: "4", own: true, id: "me", text: "four" }),
    entry({ key: "3", text: "three" }),
  ]);
  const lines = ["one", "two", "four", "we came", "three", "Bob came"].map((t) => `${t} sent`);
  assert.deepEqual(texts(room), [...lines, "five waiting"]);
  assert.equal(room.stale, false);
});

test("what is out of date goes when what is right has come; what waits and is new stays", () => {
  const room = new Conversation("room", "general");
  for (const key of ["1", "2"]) room.add(entry({ key, text: key }));
  room.restore([]);
  room.add(entry({ key: "mine", own: true, text: "mine", state: "waiting" }));
  room.outdate();
  assert.equal(room.stale, true);
  room.add(entry({ key: "9", text: "9" }));
  assert.deepEqual(texts(room), ["1 sent", "2 sent", "9 sent", "mine waiting"]);
  room.restore(["2", "8", "9"].map((key) => entry({ key, text: key })));
  assert.deepEqual(texts(room), ["2 sent", "8 sent", "9 sent", "mine waiting"]);
  const many = Array.from({ length: KEPT + 100 }, (_, n) => entry({ key: `n${n}`, text: `n${n}` }));
  room.restore(many);
  assert.equal(room.entries.length, KEPT);
  assert.equal(room.entries.at(-1)?.text, "mine");
});

test("a conversation keeps its last lines, so many", () => {
  const room = new Conversation("room", "general");
  for (let n = 0; n < KEPT + 100; n++) room.add(entry({ key: String(n), text: String(n) }));
  assert.equal(room.entries.length, KEPT);
  assert.equal(room.entries[0]?.text, "100");
});

test("older pages go before all that is here, until the log is as long as it gets", () => {
  const room = new Conversation("room", "general");
  const page = (from: number, to: number): Entry[] =>
    Array.from({ length: to - from }, (_, n) => entry({ key: `${from + n}`, text: `${from + n}` }));
  room.restore(page(300, 350), 300);
  assert.equal(room.oldest, 300);
  assert.equal(room.prepend(page(200, 350), 200), true);
  assert.deepEqual([room.entries.length, room.entries[0]?.text, room.oldest], [150, "200", 200]);
  assert.equal(room.prepend(page(200, 350), 0), false);
  assert.equal(room.oldest, 0);
  room.prepend(page(350, 500 + KEPT), 350);
  assert.equal(room.entries.length, KEPT);
  assert.equal(room.entries[0]?.text, "650"); // 150 were there
  assert.equal(room.oldest, 0);
});

test("lines of one sender within five minutes belong together", () => {
  assert.equal(continues(entry({ at: 299_999 }), entry()), true);
  assert.equal(continues(entry({ at: 300_000 }), entry()), false);
  assert.equal(continues(entry({ id: "b" }), entry()), false);
  assert.equal(continues(entry(), entry({ kind: "system" })), false);
  assert.equal(continues(entry(), undefined), false);
});

test("room names are what the server takes", () => {
  assert.equal(roomNameProblem("Café ☕"), undefined);
  for (const name of ["", "a\nb", "ü".repeat(128)]) assert.ok(roomNameProblem(name), name);
});

test("typing is said in a line", () => {
  const said = ["", "A", "A B", "A B C"].map((names) =>
    typingLine(names.split(" ").filter(Boolean)),
  );
  assert.deepEqual(said, ["", "A is typing", "A and B are typing", "A, B and others are typing"]);
});

test("a timeline has a gap where nothing came, and lets the old go", () => {
  const line = new Timeline(2.5, 10);
  line.push(100, { a: 1, b: 2 });
  line.push(101, { a: 3 });
  line.push(108, { a: 4, b: Number.NaN });
  assert.deepEqual(line.times, [100, 101, 102.25, 108]);
  assert.deepEqual(line.column("a"), [1, 3, null, 4]);
  assert.deepEqual(line.column("b"), [2, null, null, null]);
  line.push(112, { a: 5 });
  assert.deepEqual(line.times, [102.25, 108, 109.25, 112]);
  assert.deepEqual(line.column("a"), [null, 4, null, 5]);
});

test("a clock that is set back begins a timeline anew; a late message is passed over", () => {
  const line = new Timeline(2.5, 10);
  line.push(100, { a: 1 });
  line.push(99, { a: 2 });
  assert.deepEqual(line.times, [100]);
  line.push(50, { a: 3 });
  assert.deepEqual(line.times, [50]);
});

test("what the server has kept becomes a timeline, gaps included", () => {
  const line = new Timeline(25, 7200);
  line.push(1, { old: 1 });
  const series = { "hub.cpu": [1, null, 3], "host.cpu": [4] };
  const read = readSeries({ range: "2h", step: 10, start: 1000, rows: 3, series });
  assert.ok(read);
  fill(line, read);
  assert.deepEqual(line.times, [1010, 1020, 1030]);
  assert.deepEqual(line.column("hub.cpu"), [1, null, 3]);
  assert.deepEqual(line.column("host.cpu"), [4, null, null]);
  assert.deepEqual(line.column("old"), [null, null, null]);
  line.push(1035, { "auth.cpu": 7 });
  assert.deepEqual(line.column("auth.cpu"), [null, null, null, 7]);
  for (const wrong of [null, 1, {}, { start: 1, step: 0, rows: 1, series: {} }])
    assert.equal(readSeries(wrong), undefined);
});

test("a scale's top has a round half", () => {
  const tops = [null, 0, 0.9, 1, 3, 5, 17, 900, 3700].map(niceTop);
  assert.deepEqual(tops, [1, 1, 1, 2, 4, 10, 20, 1000, 10000]);
});

test("system_metrics is read with care", () => {
  const read = readMetrics({
    ...{ time: 5000, cpu: 12, memory: { total: 4e9, used: 1e9, percent: 25 }, disk: "full" },
    ...{ load: [1, 2], connections: 3, processes: [{ name: "hub", pid: 7, up: false }, {}] },
    alerts: [{ name: "a", state: "firing", value: 3, on: "hub", since: 7 }, {}],
  });
  assert.equal(read.time, 5000);
  const names = ["cpu", "memory", "disk", "load1", "load15"].map((name) => `host.${name}`);
  assert.deepEqual(
    [...names, "total.connections", "total.rooms", "hub.cpu"].map((name) => read.row[name]),
    [12, 25, null, 1, null, 3, null, undefined],
  );
  assert.deepEqual(read.alerts, [
    { name: "a", firing: true, when: "", value: 3, on: "hub", since: 7 },
    { name: "?", firing: false, when: "", value: null, on: "", since: null },
  ]);
  assert.equal(share(read.memory), "954 MB of 3.7 GB");
  assert.equal(share(read.disk), "");
  assert.deepEqual(
    read.processes.map(({ name, pid, up }) => [name, pid, up]),
    [
      ["hub", 7, false],
      ["?", 0, true],
    ],
  );
});

test("numbers and names as people read them", () => {
  assert.deepEqual([0, 999, 1000, 18.2 * 2 ** 20, 3e12].map(bytes), [
    "0 B",
    "999 B",
    "1.0 KB",
    "18 MB",
    "2.7 TB",
  ]);
  assert.deepEqual([0.04, 9.96, 55.5].map(percent), ["0.0 %", "10.0 %", "56 %"]);
  assert.deepEqual([0, 0.25, 12.6, 3450].map(number), ["0", "0.3", "13", "3,450"]);
  assert.deepEqual([0, 59, 3600, 3725, 90_000].map(duration), [
    "0 s",
    "59 s",
    "1 h",
    "1 h 2 m",
    "1 d 1 h",
  ]);
  assert.equal(initial(" 🦊x"), "🦊");
  assert.equal(initial(""), "?");
  assert.ok(hue("Ann") !== hue("Bob") && hue("Ann") < 360);
});

test("what was today has a time, what was before has a day", () => {
  const noon = new Date(2026, 4, 3, 12, 0).getTime();
  assert.equal(when(noon, noon + 3_600_000), "12:00");
  assert.equal(when(noon, noon + 86_400_000), "3 May 2026");
});

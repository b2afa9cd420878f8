/* state.test.ts - a room's values: optimistic, refused, in conflict, offline, anew */

import assert from "node:assert/strict";
import test from "node:test";
import { AtriumError } from "../client/error.js";
import type { Room } from "../client/room.js";
import type { StateChange } from "../client/types.js";
import { type FakeSocket, joined, type Rig, rig, settle } from "./fakes.js";

interface Bench extends Rig {
  room: Room;
  /** The changes that were told: key, value, and whether they were our own. */
  told: [string, unknown, boolean][];
}

const refused = (code: string) => (error: unknown) =>
  error instanceof AtriumError && error.code === code;

function snapshot(entries: object[], rest: object = {}): object {
  const base = { type: "state_snapshot", room: "board", rev: 5, offset: 0, epoch: "e", full: true };
  return { ...base, entries, ...rest };
}

function changed(rev: number, ...ops: object[]): object {
  return { type: "state", room: "board", rev, ops, id: "bob", nickname: "Bob" };
}

function ackOf(socket: FakeSocket, n: number, rev: number): void {
  socket.says({ type: "ack", room: "board", ref: socket.of("state")[n]?.["ref"], rev });
}

function refuse(socket: FakeSocket, n: number, code: string, rest: object = {}): void {
  const ref = socket.of("state")[n]?.["ref"];
  socket.says({ type: "error", code, content: "-", room: "board", ref, ...rest });
}

/** In the room "board", with `a` = 1 of revision 3 and `b` = 2 of revision 5. */
async function bench(synced = true): Promise<Bench> {
  const made = rig({ rooms: [{ name: "board", state: true }] });
  const room = made.client.join("board");
  const told: Bench["told"] = [];
  room.state.on("change", ({ key, value, local }) => told.push([key, value, local]));
  await settle();
  if (!synced) return { ...made, room, told };
  made.welcome();
  made.env.socket.says(
    snapshot([
      { key: "a", value: 1, rev: 3 },
      { key: "b", value: 2, rev: 5 },
    ]),
  );
  told.length = 0;
  return { ...made, room, told };
}

test("the first room asks for its state in the address, others in their join", async () => {
  const { env, client, welcome } = rig({ rooms: [{ name: "one", state: true }, "two"] });
  await settle();
  assert.equal(env.socket.url.searchParams.get("state"), "1");
  client.join("three", { state: true });
  welcome();
  const asked = env.socket.of("join").map(({ room, state }) => [room, state]);
  assert.deepEqual(asked, [
    ["two", undefined],
    ["three", true],
  ]);
});

test("a room that was joined without its state asks for it when it is wanted", async () => {
  const { env, client, welcome } = rig({ rooms: ["one"] });
  const early = client.join("one", { state: true }); // the address has gone out without it
  await settle();
  welcome();
  assert.equal(env.socket.of("state_get").length, 1);
  client.join("two");
  const [{ ref } = {}] = env.socket.of("join");
  env.socket.says(joined("two", [], ref));
  const late = client.join("two", { state: true });
  assert.deepEqual(
    env.socket.of("state_get").map(({ room }) => room),
    ["one", "two"],
  );
  env.socket.says({ ...snapshot([{ key: "k", value: 1, rev: 1 }]), room: "two" });
  await late.state.ready;
  assert.equal(late.state.get("k"), 1);
  assert.equal(early.state.synced, false);
  await assert.rejects(client.join("three").state.set("k", 1), refused("no_state"));
});

test("a snapshot in parts is put in as one, and then told", async () => {
  const { env, room, told, welcome } = await bench(false);
  const order: string[] = [];
  room.state.on("change", ({ key }) => order.push(`${key} of ${room.state.size}`));
  room.state.on("sync", ({ full }) => order.push(`sync ${full}`));
  welcome();
  env.socket.says(snapshot([{ key: "b", value: [1], rev: 3 }], { more: true }));
  assert.equal(room.state.synced, false);
  assert.equal(room.state.size, 0);
  env.socket.says(snapshot([{ key: "a", value: null, rev: 5 }]));
  assert.deepEqual(order, ["b of 2", "a of 2", "sync true"]);
  assert.equal(room.state.synced, true);
  await room.state.ready;
  assert.deepEqual(room.state.entries(), [
    ["a", null],
    ["b", [1]],
  ]);
  assert.deepEqual(room.state.keys("b"), ["b"]);
  assert.equal(room.state.has("a"), true);
  assert.equal(room.state.rev("b"), 3);
  assert.equal(room.state.rev("c"), 0);
  assert.deepEqual(told, [
    ["b", [1], false],
    ["a", null, false],
  ]);
});

test("what others change is told with who it was; what is known already is not", async () => {
  const { env, room, told } = await bench();
  const by: unknown[] = [];
  room.state.on("change", (change) => {
    by.push([change.by?.id, change.previous, change.deleted]);
  });
  env.socket.says(changed(6, { key: "a", value: 7 }, { key: "b", delete: true }));
  env.socket.says(changed(6, { key: "a", value: 8 }));
  env.socket.says(changed(7, { key: "a", value: 7 }));
  assert.deepEqual(told, [
    ["a", 7, false],
    ["b", undefined, false],
  ]);
  assert.deepEqual(by, [
    ["bob", 1, false],
    ["bob", 2, true],
  ]);
  assert.equal(room.state.rev("a"), 7);
  assert.equal(room.state.rev("b"), 0);
});

test("our own change is seen at once, sent, and confirmed by its ack", async () => {
  const { env, room, told } = await bench();
  const given = { deep: [1] };
  const set = room.state.set("a", given);
  given.deep.push(2);
  assert.deepEqual(room.state.get("a"), { deep: [1] });
  assert.equal(room.state.rev("a"), 3);
  const [{ mid, ref, ...sent } = {}] = env.socket.of("state");
  assert.deepEqual(sent, {
    type: "state",
    room: "board",
    ops: [{ key: "a", value: { deep: [1] } }],
    echo: false,
  });
  ackOf(env.socket, 0, 6);
  assert.deepEqual(await set, { rev: 6 });
  assert.equal(room.state.rev("a"), 6);
  env.socket.says(changed(7, { key: "a", value: 9 }));
  assert.deepEqual(told, [
    ["a", { deep: [1] }, true],
    ["a", 9, false],
  ]);
});

test("what others change under a change of ours is seen when ours is refused", async () => {
  const { env, room, told } = await bench();
  const set = room.state.set("a", "mine");
  env.socket.says(changed(6, { key: "a", value: "theirs" }));
  assert.equal(room.state.get("a"), "mine");
  refuse(env.socket, 0, "forbidden");
  await assert.rejects(set, refused("forbidden"));
  assert.equal(room.state.get("a"), "theirs");
  assert.deepEqual(told, [
    ["a", "mine", true],
    ["a", "theirs", true],
  ]);
});

test("a refusal takes back its own change and leaves the later ones", async () => {
  const { env, room } = await bench();
  const first = room.state.apply([{ key: "a", value: "one" }, { key: "b", delete: true }]);
  const second = room.state.set("a", "two");
  refuse(env.socket, 0, "state_full");
  await assert.rejects(first, refused("state_full"));
  assert.equal(room.state.get("a"), "two");
  assert.equal(room.state.get("b"), 2);
  ackOf(env.socket, 1, 6);
  assert.equal((await second).rev, 6);
});

test("a conflict is told with what is there, after the way back", async () => {
  const { env, room, told } = await bench();
  const conflicts: AtriumError[] = [];
  room.state.on("conflict", (error) => conflicts.push(error));
  const set = room.state.set("a", "mine", { if: true });
  assert.deepEqual(env.socket.of("state")[0]?.["if"], { a: 3 });
  env.socket.says(changed(6, { key: "a", value: "theirs" }));
  const current = [{ key: "a", value: "theirs", rev: 6 }];
  room.on("*", ({ type }) => assert.notEqual(type, "error")); // it is for us alone
  refuse(env.socket, 0, "conflict", { rev: 6, current });
  await assert.rejects(set, (error: AtriumError) => {
    assert.deepEqual(error.current, current);
    return error.code === "conflict";
  });
  assert.deepEqual(conflicts[0]?.current, current);
  assert.deepEqual(told.at(-1), ["a", "theirs", true]);
});

test("a change that builds on one of ours waits for its revision", async () => {
  const { env, room } = await bench();
  const first = room.state.set("a", 10, { if: true });
  const second = room.state.set("a", 11, { if: true });
  const third = room.state.set("b", 12);
  assert.equal(room.state.get("a"), 11);
  assert.equal(env.socket.of("state").length, 1);
  env.socket.says(changed(6, { key: "z", value: 0 }));
  ackOf(env.socket, 0, 7);
  const sent = env.socket.of("state");
  assert.deepEqual(
    sent.map((message) => message["if"]),
    [{ a: 3 }, { a: 7 }, undefined],
  );
  ackOf(env.socket, 1, 8);
  ackOf(env.socket, 2, 9);
  assert.deepEqual(await Promise.all([first, second, third]), [{ rev: 7 }, { rev: 8 }, { rev: 9 }]);
});

test("who tries again at a conflict does so upon what is there, once for each change", async () => {
  const { env, room } = await bench();
  let tries = 0;
  room.state.on("conflict", () => {
    if (++tries < 10) void room.state.set("a", `again ${tries}`, { if: true }).catch(() => {});
  });
  for (const value of [10, 11, 12]) room.state.set("a", value, { if: true }).catch(() => {});
  env.socket.says(changed(6, { key: "a", value: "theirs" }));
  refuse(env.socket, 0, "conflict", { current: [] });
  assert.equal(tries, 3);
  assert.deepEqual(env.socket.of("state").at(-1)?.["if"], { a: 6 });
  assert.equal(room.state.get("a"), "again 3");
  assert.equal(env.socket.of("state").length, 2);
});

test("what a handler changes while a new room is put in is not of the old one", async () => {
  const { env, client, room, welcome } = await bench();
  env.socket.ends();
  const old = room.state.set("a", 10, { if: true });
  let made: Promise<unknown> | undefined;
  room.state.on("change", ({ key, local }) => {
    if (key === "b" && !local) made = room.state.set("b", "made", { if: true });
  });
  env.pass(client.status.delay);
  await settle();
  welcome();
  env.socket.says(snapshot([{ key: "b", value: "new", rev: 1 }], { rev: 1, epoch: "f" }));
  await assert.rejects(old, refused("conflict"));
  assert.deepEqual(env.socket.of("state")[0]?.["if"], { b: 1 });
  ackOf(env.socket, 0, 2);
  assert.deepEqual(await made, { rev: 2 });
});

test("what was deleted by a change of ours is not there for the next", async () => {
  const { env, room } = await bench();
  void room.state.delete("a", { if: true });
  void room.state.set("a", 1, { if: true });
  ackOf(env.socket, 0, 6);
  assert.deepEqual(env.socket.of("state")[1]?.["if"], { a: 0 });
});

test("what builds on a change that is refused is refused with it", async () => {
  const { env, room } = await bench();
  const first = room.state.set("a", 10, { if: true });
  const second = room.state.set("a", 11, { if: true });
  const third = room.state.set("b", 12);
  refuse(env.socket, 0, "conflict", { current: [] });
  await assert.rejects(first, refused("conflict"));
  await assert.rejects(second, refused("conflict"));
  assert.equal(room.state.get("a"), 1);
  assert.equal(env.socket.of("state").length, 2);
  ackOf(env.socket, 1, 6);
  assert.equal((await third).rev, 6);
});

test("offline changes wait with publishes, in order, and go again with the same mid", async () => {
  const { env, client, room, welcome } = await bench();
  const first = room.state.set("a", 10);
  const [{ mid } = {}] = env.socket.of("state");
  env.socket.ends();
  assert.equal(room.state.synced, false);
  void room.publish("note", {});
  const second = room.state.set("c", 11);
  assert.deepEqual(room.state.entries(), [
    ["a", 10],
    ["b", 2],
    ["c", 11],
  ]);
  env.pass(client.status.delay);
  await settle();
  const query = env.socket.url.searchParams;
  assert.deepEqual(["state", "rev", "epoch"].map((name) => query.get(name)), ["1", "5", "e"]);
  welcome();
  assert.deepEqual(
    env.socket.sent.map(({ type }) => type),
    ["state", "note", "state"],
  );
  assert.equal(env.socket.of("state")[0]?.["mid"], mid);
  const entries = [{ key: "a", value: 99, rev: 7 }];
  env.socket.says(snapshot(entries, { rev: 7, full: false, deleted: ["b"] }));
  assert.deepEqual(room.state.keys(), ["a", "c"]);
  ackOf(env.socket, 0, 6); // it had arrived the first time; someone else was after it
  assert.equal(room.state.get("a"), 99);
  ackOf(env.socket, 1, 8);
  assert.deepEqual(await Promise.all([first, second]), [{ rev: 6 }, { rev: 8 }]);
  assert.deepEqual(room.state.entries(), [
    ["a", 99],
    ["c", 11],
  ]);
});

test("what depends on a revision waits for the snapshot, and what follows with it", async () => {
  const { env, client, room, welcome } = await bench();
  env.socket.ends();
  void room.state.set("x", 0);
  const conditional = room.state.set("a", 10, { if: true });
  void room.state.set("a", 11);
  env.pass(client.status.delay);
  await settle();
  welcome();
  assert.equal(env.socket.of("state").length, 1);
  env.socket.says(snapshot([], { full: false }));
  assert.deepEqual(
    env.socket.of("state").map((message) => message["if"]),
    [undefined, { a: 3 }, undefined],
  );
  ackOf(env.socket, 0, 6);
  ackOf(env.socket, 1, 7);
  assert.equal((await conditional).rev, 7);
});

test("a change that came too fast is not taken back, but sent again", async () => {
  const { env, room, told } = await bench();
  const { socket } = env;
  const first = room.state.set("a", 10, { if: true });
  const second = room.state.set("b", 11);
  refuse(socket, 0, "rate", { retry_ms: 300 });
  refuse(socket, 1, "rate", { retry_ms: 300 });
  void room.state.set("c", 12);
  assert.equal(room.state.get("a"), 10);
  env.pass(300);
  const [one, two, ...again] = socket.of("state");
  assert.deepEqual(again.slice(0, 2), [one, two]);
  assert.deepEqual(again.length, 3);
  ackOf(socket, 0, 6);
  ackOf(socket, 1, 7);
  assert.deepEqual(await Promise.all([first, second]), [{ rev: 6 }, { rev: 7 }]);
  assert.deepEqual(
    told.map(([key]) => key),
    ["a", "b", "c"],
  );
});

test("in a room that began anew, revisions of before are a conflict", async () => {
  const { env, client, room, welcome } = await bench();
  const sent = room.state.set("a", 10, { if: true });
  env.socket.ends();
  const next = room.state.set("a", 11, { if: true });
  const free = room.state.set("b", 12);
  const created = room.state.set("c", 13, { if: 0 });
  env.pass(client.status.delay);
  await settle();
  welcome();
  env.socket.says(snapshot([{ key: "a", value: "new", rev: 3 }], { rev: 3, epoch: "f" }));
  await assert.rejects(sent, (error: AtriumError) => {
    assert.deepEqual(error.current, [{ key: "a", value: "new", rev: 3 }]);
    return error.code === "conflict";
  });
  await assert.rejects(next, refused("conflict"));
  ackOf(env.socket, 0, 4);
  ackOf(env.socket, 1, 5);
  assert.deepEqual(await Promise.all([free, created]), [{ rev: 4 }, { rev: 5 }]);
  assert.deepEqual(room.state.entries(), [
    ["a", "new"],
    ["b", 12],
    ["c", 13],
  ]);
});

test("a gap, should there ever be one, is closed by a snapshot", async () => {
  const { env, room } = await bench();
  env.socket.says(changed(7, { key: "a", value: "late" }));
  assert.equal(room.state.synced, false);
  assert.equal(env.socket.of("state_get").length, 1);
  env.socket.says(changed(8, { key: "a", value: "later" }));
  env.socket.says(snapshot([{ key: "a", value: "later", rev: 8 }], { rev: 8 }));
  assert.deepEqual(room.state.entries(), [["a", "later"]]);
});

test("a snapshot that cannot be had now is asked for again, while one is in the room", async () => {
  const { env, client, welcome } = rig({ rooms: ["one"] });
  const room = client.join("one", { state: true });
  await settle();
  welcome();
  const later = async (): Promise<void> => {
    const ref = env.socket.of("state_get").at(-1)?.["ref"];
    env.socket.says({ type: "error", code: "unavailable", content: "later", room: "one", ref });
    await settle();
  };
  await later();
  assert.equal(env.socket.of("state_get").length, 1);
  env.pass(1000);
  assert.equal(env.socket.of("state_get").length, 2);
  await later();
  env.pass(1000);
  assert.equal(env.socket.of("state_get").length, 3);
  env.socket.says({ ...snapshot([{ key: "k", value: 1, rev: 1 }]), room: "one" });
  await room.state.ready;
  assert.equal(room.state.get("k"), 1);
  env.socket.says({ ...changed(9, { key: "k", value: 2 }), room: "one" });
  await later();
  void client.leave("one");
  env.pass(1000);
  assert.equal(env.socket.of("state_get").length, 4);
});

test("what was acknowledged in a room that began anew is not kept over its values", async () => {
  const { env, client, room, welcome } = await bench();
  env.socket.says(changed(9, { key: "z", value: "gap" }));
  const set = room.state.set("a", "mine");
  ackOf(env.socket, 0, 10);
  await set;
  assert.equal(room.state.get("a"), "mine");
  env.socket.ends();
  env.pass(client.status.delay);
  await settle();
  welcome();
  env.socket.says(snapshot([{ key: "a", value: "theirs", rev: 1 }], { rev: 1, epoch: "f" }));
  assert.deepEqual(room.state.entries(), [["a", "theirs"]]);
});

test("the queue's bound is one for all; a closed client rejects and takes back", async () => {
  const { client, room, env } = await bench();
  const small = rig({ queue: 1, rooms: [{ name: "board", state: true }] });
  const other = small.client.join("board");
  const first = other.state.set("a", 1);
  await assert.rejects(other.state.set("a", 2), refused("queue_full"));
  assert.equal(other.state.get("a"), 1);
  small.client.close();
  await assert.rejects(first, refused("closed"));
  assert.equal(other.state.has("a"), false);
  const set = room.state.set("a", 5, { if: true });
  const later = room.state.set("a", 6, { if: true });
  client.close();
  await assert.rejects(set, refused("closed"));
  await assert.rejects(later, refused("closed"));
  assert.equal(room.state.get("a"), 1);
  assert.equal(env.socket.closed?.code, 1000);
});

test("leaving the room rejects what has not gone out, and its state's ready", async () => {
  const { room } = await bench();
  void room.state.set("a", 5, { if: true }).catch(() => {});
  const waiting = room.state.set("a", 6, { if: true });
  void room.leave();
  await assert.rejects(waiting, refused("closed"));
  await assert.rejects(room.state.set("a", 7), refused("no_state"));
  const { client } = await bench(false);
  const never = client.join("never", { state: true });
  void never.leave();
  await assert.rejects(never.state.ready, refused("closed"));
});

test("a handler may change the state; nothing that JSON has not can be a value", async () => {
  const { env, room } = await bench();
  room.state.on("change", ({ key }: StateChange) => {
    if (key === "a") void room.state.set("seen", true);
  });
  env.socket.says(changed(6, { key: "a", value: 0 }));
  assert.equal(room.state.get("seen"), true);
  await assert.rejects(room.state.set("a", undefined), refused("bad_message"));
  await assert.rejects(room.state.set("a", 1n), TypeError);
  assert.equal(room.state.get("a"), 0);
});

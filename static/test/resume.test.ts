/* resume.test.ts - offsets: nothing twice, nothing missing, or a word that something is */

import assert from "node:assert/strict";
import test from "node:test";
import type { Room } from "../client/room.js";
import type { History } from "../client/types.js";
import { AtriumError } from "../client/error.js";
import { type FakeSocket, joined, type Place, type Rig, rig, settle } from "./fakes.js";

const refused = (code: string) => (error: unknown) =>
  error instanceof AtriumError && error.code === code;

/** The room keeps messages `first` to `last`. */
function says(socket: FakeSocket, room: string, first: number, last = first): void {
  for (let offset = first; offset <= last; offset++) {
    socket.says({ type: "x", room, id: "o", nickname: "O", offset, n: offset });
  }
}

/** Everything a room tells, as one line each. */
function notes(room: Room): string[] {
  const lines: string[] = [];
  room.on("recovered", ({ offset }) => lines.push(`recovered ${offset}`));
  room.on("reset", ({ offset, epoch }) => lines.push(`reset ${epoch} ${offset}`));
  room.on("joined", () => lines.push("joined"));
  room.on("x", ({ offset, n }) => lines.push(String(offset ?? n)));
  return lines;
}

async function back({ env, client, welcome }: Rig, place: Place): Promise<void> {
  env.socket.ends();
  env.pass(client.status.delay);
  await settle();
  welcome("me", place);
}

/** A client in rooms a and b, b being at offset 3 of epoch f. */
async function twoRooms(): Promise<Rig> {
  const made = rig({ rooms: ["a", "b"] });
  await settle();
  made.welcome("me", { offset: 5 });
  const [join] = made.env.socket.of("join");
  made.env.socket.says(joined("b", [], join?.["ref"], { offset: 3, epoch: "f" }));
  return made;
}

test("the first join asks for nothing from before; a room counts from there", async () => {
  const { env, client } = await twoRooms();
  assert.equal(env.socket.url.searchParams.has("since"), false);
  assert.deepEqual(Object.keys(env.socket.of("join")[0] ?? {}).sort(), ["ref", "room", "type"]);
  const [a, b] = client.rooms.values();
  assert.deepEqual([a?.offset, a?.epoch, b?.offset, b?.epoch], [5, "e", 3, "f"]);
});

test("coming back, the first room goes on by the address and the others by join", async () => {
  const made = await twoRooms();
  const { env } = made;
  says(env.socket, "a", 6, 7);
  says(env.socket, "b", 4);
  await back(made, { offset: 7, recovered: true });
  const { id, resume, room, since, epoch } = Object.fromEntries(env.socket.url.searchParams);
  assert.deepEqual([id, resume, room, since, epoch], ["me", "key-me", "a", "7", "e"]);
  const [join] = env.socket.of("join");
  assert.deepEqual([join?.["room"], join?.["since"], join?.["epoch"]], ["b", 4, "f"]);
});

test("offsets that a slow client was spared are no gap: it goes on after the last it has", async () => {
  const made = await twoRooms();
  const heard = notes(made.client.join("a"));
  says(made.env.socket, "a", 6);
  says(made.env.socket, "a", 11);
  says(made.env.socket, "a", 14);
  await back(made, { offset: 15, recovered: true });
  assert.equal(made.env.socket.url.searchParams.get("since"), "14");
  says(made.env.socket, "a", 15);
  assert.deepEqual(heard, ["6", "11", "14", "recovered 15", "joined", "15"]);
});

test("what was missed arrives once, in order, after recovered and before what is new", async () => {
  const made = await twoRooms();
  const heard = notes(made.client.join("a"));
  const told: string[] = [];
  made.client.on("recovered", ({ name }) => told.push(name));
  made.client.on("reset", ({ name }) => told.push(name));
  says(made.env.socket, "a", 6);
  await back(made, { offset: 9, recovered: true });
  says(made.env.socket, "a", 7, 10);
  assert.deepEqual(heard, ["6", "recovered 9", "joined", "7", "8", "9", "10"]);
  assert.deepEqual(told, ["a"]);
});

test("a message that was here before is dropped, one without an offset never", async () => {
  const made = await twoRooms();
  const heard = notes(made.client.join("a"));
  const seen: unknown[] = [];
  made.client.on("message", ({ type, offset }) => type === "x" && seen.push(offset));
  const { socket } = made.env;
  says(socket, "a", 5, 7);
  says(socket, "a", 6, 8);
  for (const n of ["live", "live"]) socket.says({ type: "x", room: "a", n });
  says(socket, "a", 8, 9);
  assert.deepEqual(heard, ["6", "7", "8", "live", "live", "9"]);
  assert.deepEqual(seen, [6, 7, 8, undefined, undefined, 9]);
});

test("a history that is not whole is a reset; a new epoch counts anew", async () => {
  const made = await twoRooms();
  const room = made.client.join("a");
  const heard = notes(room);
  const resets: string[] = [];
  made.client.on("reset", ({ name }) => resets.push(name));
  says(made.env.socket, "a", 6);
  await back(made, { offset: 400 });
  says(made.env.socket, "a", 401);
  await back(made, { offset: 2, epoch: "new" });
  says(made.env.socket, "a", 2, 3);
  assert.deepEqual(heard, ["6", "reset e 400", "joined", "401", "reset new 2", "joined", "3"]);
  assert.deepEqual([room.offset, room.epoch], [3, "new"]);
  assert.deepEqual(resets, ["a", "a"]);
});

test("recovered of another epoch than ours is not believed", async () => {
  const made = await twoRooms();
  const heard = notes(made.client.join("a"));
  await back(made, { offset: 1, epoch: "new", recovered: true });
  says(made.env.socket, "a", 2);
  assert.deepEqual(heard, ["reset new 1", "joined", "2"]);
});

test("without anything kept there is nothing to start over", async () => {
  const made = rig({ rooms: ["a"] });
  const heard = notes(made.client.join("a"));
  await settle();
  made.welcome();
  made.env.socket.says({ type: "x", room: "a", n: "live" });
  await back(made, {});
  await back(made, { epoch: "new" });
  assert.deepEqual(heard, ["joined", "live", "joined", "joined"]);
  await back(made, { epoch: "newer", offset: 1 }); // something was said that we have not heard
  assert.deepEqual(heard.slice(4), ["reset newer 1", "joined"]);
});

test("a server that begins a history anew under an open connection says so by joined", async () => {
  const made = await twoRooms();
  const heard = notes(made.client.join("a"));
  made.env.socket.says(joined("a", [], undefined, { offset: 0, epoch: "new" }));
  says(made.env.socket, "a", 1);
  assert.deepEqual(heard, ["reset new 0", "joined", "1"]);
});

test("nothing of a room counts before its joined of this connection", async () => {
  const made = await twoRooms();
  const { env, client } = made;
  const room = client.join("b");
  const heard = notes(room);
  await back(made, { offset: 5, recovered: true });
  says(env.socket, "b", 4, 5); // would hide what is replayed
  env.socket.says({ type: "x", room: "b", n: "early" });
  env.socket.says({ type: "ack", room: "b", offset: 4, ref: 999 });
  assert.equal(room.offset, 3);
  const ref = env.socket.of("join")[0]?.["ref"];
  env.socket.says(joined("b", [], ref, { offset: 5, epoch: "f", recovered: true }));
  says(env.socket, "b", 4, 6);
  assert.deepEqual(heard, ["recovered 5", "joined", "4", "5", "6"]);
});

test("an answer to a join that was taken back brings no one in", async () => {
  const made = await twoRooms();
  const { env, client } = made;
  const { socket } = env;
  const first = client.join("c");
  void client.leave("c");
  const again = client.join("c");
  const heard = notes(again);
  const [, one, two] = socket.of("join");
  socket.says(joined("c", [], one?.["ref"], { offset: 7 }));
  says(socket, "c", 8);
  socket.says({ type: "left", room: "c", ref: socket.of("leave")[0]?.["ref"] });
  socket.says(joined("c", [], two?.["ref"], { offset: 9 }));
  says(socket, "c", 10);
  assert.deepEqual(heard, ["joined", "10"]);
  await assert.rejects(first.ready, refused("closed"));
  client.join("d");
  void client.leave("d");
  socket.says(joined("d", [], socket.of("join").at(-1)?.["ref"]));
  assert.equal(client.rooms.has("d"), false);
});

test("the room of the address may be left, and joined again, before it is answered", async () => {
  const { env, client, welcome } = rig({ rooms: ["a", "b"] });
  await settle();
  await client.leave("a");
  welcome();
  assert.deepEqual([...client.rooms.keys()], ["b"]);
  assert.deepEqual(
    env.socket.sent.map(({ type, room }) => [type, room]),
    [
      ["join", "b"],
      ["leave", "a"],
    ],
  );
});

test("a room whose join was not answered before a break may be the first after it", async () => {
  const made = await twoRooms();
  const room = made.client.join("c");
  const heard = notes(room);
  made.env.socket.ends();
  await made.client.leave("a");
  await made.client.leave("b");
  made.env.pass(made.client.status.delay);
  await settle();
  made.welcome("me", { offset: 2 });
  says(made.env.socket, "c", 3);
  assert.deepEqual(heard, ["joined", "3"]);
});

test("what we said without an echo is counted in by its ack", async () => {
  const made = await twoRooms();
  const { env, client } = made;
  const room = client.join("a");
  const quiet = room.publish("x", { echo: false });
  env.socket.says({ type: "ack", room: "a", offset: 6, ref: env.socket.of("x")[0]?.["ref"] });
  assert.deepEqual([(await quiet).offset, room.offset], [6, 6]);
  const twice = room.publish("x", { echo: false }); // its ack is of long ago, or of elsewhere
  env.socket.says({ type: "ack", room: "a", offset: 90, ref: env.socket.of("x")[1]?.["ref"] });
  assert.deepEqual([(await twice).offset, room.offset], [90, 6]);
});

test("publishes of before a break go out again after the joins and before new ones", async () => {
  const made = await twoRooms();
  const { env, client } = made;
  const acks = [1, 2, 3].map((n) => client.publish(n === 2 ? "b" : "a", "x", { n }));
  const before = env.socket.of("x");
  env.socket.says({ type: "ack", room: "a", offset: 6, ref: before[0]?.["ref"] });
  env.socket.ends(1012, '{"retry_ms":700}');
  acks.push(client.publish("a", "x", { n: 4 }));
  env.pass(700);
  await settle();
  made.welcome("me", { offset: 6, recovered: true });
  acks.push(client.publish("b", "x", { n: 5 }));
  assert.deepEqual(
    env.socket.sent.map(({ type, n }) => n ?? type),
    ["join", 2, 3, 4, 5],
  );
  const again = env.socket.of("x");
  assert.deepEqual(again.slice(0, 2), before.slice(1)); // with their mids
  assert.equal(new Set(again.map(({ mid }) => mid)).size, 4);
  says(env.socket, "a", 6, 8); // ours among them
  for (const { ref, room, n } of again) {
    env.socket.says({ type: "ack", room, offset: 5 + (n as number), ref });
  }
  assert.deepEqual(await Promise.all(acks).then((all) => all.map(({ offset }) => offset)), [
    6, 7, 8, 9, 10,
  ]);
});

test("history is asked for and answered; a connection's end is an error", async () => {
  const made = await twoRooms();
  const { env, client } = made;
  const room = client.join("a");
  const heard = notes(room);
  const all = room.history();
  const some = room.history({ since: 0, limit: 2 });
  const [first, second] = env.socket.of("history");
  assert.deepEqual(Object.keys(first ?? {}).sort(), ["ref", "room", "type"]);
  assert.deepEqual([second?.["since"], second?.["limit"]], [0, 2]);
  const messages = [{ type: "x", room: "a", id: "o", offset: 5, n: 5 }];
  const answer = { type: "history", room: "a", offset: 5, epoch: "e", messages };
  env.socket.says({ ...answer, ref: first?.["ref"] });
  env.socket.says({ type: "error", code: "unavailable", ref: second?.["ref"] });
  const { ref, ...said } = (await all) as History & { ref?: unknown };
  assert.deepEqual(said, answer);
  await assert.rejects(some, refused("unavailable"));
  assert.deepEqual([heard, room.offset], [[], 5]); // asked for, not said
  const cut = room.history();
  env.socket.ends();
  await assert.rejects(cut, refused("disconnected"));
});

test("no one in a room can make it reset", async () => {
  const made = await twoRooms();
  const room = made.client.join("a");
  const heard = notes(room);
  const all: string[] = [];
  room.on("*", ({ type }) => all.push(type));
  for (const type of ["reset", "recovered"]) made.env.socket.says({ type, room: "a", id: "o" });
  assert.deepEqual([heard, all], [[], ["reset", "recovered"]]);
});

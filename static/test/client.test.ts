/* client.test.ts - connecting, rooms, publishing, answers */

import assert from "node:assert/strict";
import test from "node:test";
import { AtriumError } from "../client/error.js";
import type { Message, State } from "../client/types.js";
import { joined, rig, settle } from "./fakes.js";

const refused = (code: string) => (error: unknown) =>
  error instanceof AtriumError && error.code === code;

test("an address is made of the options, and its first room with it", async () => {
  const { env } = rig({ nickname: "Ann & co", rooms: ["a b", "c"] });
  await settle();
  const { url } = env.socket;
  assert.equal(url.protocol, "ws:");
  assert.equal(url.pathname, "/api/ws");
  assert.deepEqual(Object.fromEntries(url.searchParams), { nickname: "Ann & co", room: "a b" });
});

test("states follow each other; welcome says who we are; other rooms are joined", async () => {
  const { env, client, welcome } = rig({ rooms: ["one", "two"] });
  const states: State[] = [];
  client.on("status", ({ state }) => states.push(state));
  await settle();
  assert.equal(client.status.state, "connecting");
  assert.deepEqual(env.socket.sent, []);
  welcome();
  assert.deepEqual(states, ["open"]);
  assert.equal(client.id, "me");
  assert.equal(client.nickname, "Guest-abcd");
  assert.deepEqual(client.identity, { id: "me", resume: "key-me" });
  assert.deepEqual(
    env.socket.of("join").map((m) => m["room"]),
    ["two"],
  );
});

test("a room knows its members from joined and users_update", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  assert.equal(await room.ready, room);
  assert.equal(room.joined, true);
  const ann = { id: "a", nickname: "Ann" };
  env.socket.says({
    type: "users_update",
    room: "general",
    content: ["Ann"],
    members: [ann],
    count: 5,
  });
  assert.deepEqual(room.members, [ann]);
  assert.equal(room.count, 5);
});

test("messages reach the handlers of their room and type; off takes a handler away", async () => {
  const { env, client, welcome } = rig({ rooms: ["a", "b"] });
  await settle();
  welcome();
  const heard: unknown[] = [];
  const note = (m: Message): void => void heard.push([m.room, m.type, m["n"]]);
  const off = client.join("a").on("draw", note);
  client.join("a").on("*", note);
  client.join("b").on("draw", note);
  env.socket.says({ type: "draw", room: "a", n: 1 });
  off();
  env.socket.says({ type: "draw", room: "a", n: 2 });
  env.socket.says({ type: "draw", room: "elsewhere", n: 3 });
  assert.deepEqual(heard, [
    ["a", "draw", 1],
    ["a", "draw", 1],
    ["a", "draw", 2],
  ]);
});

test("a publish resolves with its ack and is rejected with its error", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const first = room.publish("message", { content: "hi", type: "x", room: "y" });
  const second = room.publish("message", { content: "no" });
  const [a, b] = env.socket.of("message");
  assert.equal(a?.["content"], "hi");
  assert.equal(a?.["room"], "general");
  env.socket.says({ type: "error", code: "forbidden", content: "not you", ref: b?.["ref"] });
  env.socket.says({ type: "ack", room: "general", offset: 7, ref: a?.["ref"] });
  assert.equal((await first).offset, 7);
  await assert.rejects(second, refused("forbidden"));
});

test("private, ping, rooms and auth are answered by ref", async () => {
  const { env, client, welcome } = rig({ getToken: () => "t0ken" });
  await settle();
  assert.equal(env.socket.url.searchParams.get("token"), "t0ken");
  welcome();
  const asked = [
    client.private("bob", { content: "psst" }),
    client.listRooms(),
    client.ping(),
  ] as const;
  const signed = client.authorize();
  await settle();
  const [secret] = env.socket.of("private");
  assert.equal(secret?.["target"], "bob");
  const rooms = [{ name: "general", users: 1 }];
  let told: unknown;
  client.on("rooms", (list) => (told = list));
  env.time += 12;
  env.socket.says({ type: "error", code: "no_such_target", content: "-", ref: secret?.["ref"] });
  env.socket.says({ type: "rooms", rooms, count: 1, ref: env.socket.of("rooms")[0]?.["ref"] });
  env.socket.says({ type: "pong", time: 99, ref: env.socket.of("ping")[0]?.["ref"] });
  const [auth] = env.socket.of("auth");
  env.socket.says({ type: "authorized", user: "ann", expires: 5, ref: auth?.["ref"] });
  await assert.rejects(asked[0], refused("no_such_target"));
  assert.deepEqual(await asked[1], rooms);
  assert.deepEqual(told, rooms);
  assert.deepEqual(await asked[2], { time: 99, rtt: 12 });
  assert.equal((await signed).user, "ann");
  assert.equal(client.user, "ann");
});

test("a room that cannot be had now is asked for again, unless it was left", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const room = client.join("lobby");
  const refuse = async (): Promise<void> => {
    const ref = env.socket.of("join").at(-1)?.["ref"];
    env.socket.says({ type: "error", code: "unavailable", content: "later", ref });
    await settle();
  };
  await refuse();
  assert.equal(env.socket.of("join").length, 1);
  env.pass(1000);
  assert.equal(env.socket.of("join").length, 2);
  env.socket.says(joined("lobby", [], env.socket.of("join")[1]?.["ref"]));
  assert.equal(await room.ready, room);
  const other = client.join("other");
  await refuse();
  void client.leave("other");
  env.pass(1000);
  assert.equal(env.socket.of("join").length, 3);
  await assert.rejects(other.ready, refused("closed"));
});

test("a room that may not be joined is given up and said so", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const errors: string[] = [];
  client.on("error", ({ code }) => errors.push(code));
  const room = client.join("secret");
  const [join] = env.socket.of("join");
  env.socket.says({ type: "error", code: "forbidden", content: "-", ref: join?.["ref"] });
  await assert.rejects(room.ready, refused("forbidden"));
  assert.equal(client.rooms.has("secret"), false);
  assert.deepEqual(errors, ["forbidden"]);
});

test("leaving a room and joining it again at once ends inside", async () => {
  const { env, client, welcome } = rig({ rooms: ["a", "b"] });
  await settle();
  welcome();
  const left = client.leave("b");
  const again = client.join("b");
  const [leave] = env.socket.of("leave");
  const joins = env.socket.of("join");
  env.socket.says({ type: "left", room: "b", ref: leave?.["ref"] });
  env.socket.says(joined("b", [], joins[1]?.["ref"]));
  await left;
  assert.equal(await again.ready, again);
  assert.equal(client.rooms.get("b"), again);
});

test("the server may put us into a room and take us out of it", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  env.socket.says(joined("arena", [{ id: "me", nickname: "x" }]));
  assert.equal(client.rooms.get("arena")?.joined, true);
  env.socket.says({ type: "left", room: "arena" });
  assert.equal(client.rooms.has("arena"), false);
});

test("a handler that throws harms neither the next one nor the client", async (t) => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const { mock } = t.mock.method(globalThis, "queueMicrotask", () => {});
  const heard: unknown[] = [];
  client.join("general").on("x", () => {
    throw new Error("mine");
  });
  client.join("general").on("x", () => heard.push(1));
  env.socket.says({ type: "x", room: "general" });
  assert.deepEqual(heard, [1]);
  assert.throws(mock.calls[0]?.arguments[0] as () => void, /mine/);
});

test("what is not of the dialect is passed over", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  for (const data of ["", "{", "null", "[1]", '{"type":5}', "\u0000"]) {
    env.socket.onmessage?.({ data });
  }
  assert.equal(client.status.state, "open");
});

test("a signal goes out at once or not at all", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  assert.equal(room.signal("typing"), false);
  welcome();
  assert.equal(room.signal("typing"), true);
  assert.deepEqual(env.socket.sent.at(-1), { echo: false, type: "typing", room: "general" });
  env.socket.bufferedAmount = 1e6;
  assert.equal(room.signal("typing"), false);
});

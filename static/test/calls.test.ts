/* calls.test.ts - asking a room's handler, who is there, and what debug lines say */

import assert from "node:assert/strict";
import test from "node:test";
import { AtriumError } from "../client/error.js";
import { joined, rig, settle } from "./fakes.js";

const refused = (code: string) => (error: unknown) =>
  error instanceof AtriumError && error.code === code;

test("a call is answered by its result or its error, and neither is told to the room", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const heard: string[] = [];
  room.on("*", ({ type }) => heard.push(type));
  const good = room.call<{ sum: number }>("add", { a: 1, b: 2, type: "mine", room: "other" });
  const bad = room.call("nothing");
  const [{ ref, ...sent } = {}, second] = env.socket.of("call");
  assert.deepEqual(sent, { a: 1, b: 2, type: "call", room: "general", cmd: "add" });
  env.socket.says({ type: "result", room: "general", ref, sum: 3 });
  env.socket.says({ type: "error", code: "no_money", content: "no", ref: second?.["ref"] });
  assert.equal((await good).sum, 3);
  await assert.rejects(bad, refused("no_money"));
  assert.deepEqual(heard, []);
  assert.equal(env.timers.size, 1); // of the link
});

test("a call that is not answered in its time is over, and so with its connection", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const late = room.call("wait", {}, { timeout: 500 });
  env.pass(499);
  const other = room.publish("message");
  env.pass(1);
  await assert.rejects(late, refused("timeout"));
  env.socket.says({ type: "result", ref: env.socket.of("call")[0]?.["ref"] }); // of no use any more
  const cut = client.call("general", "wait");
  env.socket.ends();
  await assert.rejects(cut, refused("disconnected"));
  client.close();
  await assert.rejects(other, refused("closed"));
  await assert.rejects(room.call("any"), refused("closed"));
});

test("what a handler refuses is rejected in its words, and not said again", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  await settle();
  welcome();
  const moves = [1, 2, 3].map((n) => room.publish("move", { n }));
  const [first, second, third] = env.socket.of("move");
  const turn = { type: "error", code: "not_your_turn", content: "wait", ref: first?.["ref"] };
  env.socket.says(turn);
  await assert.rejects(moves[0]!, { code: "not_your_turn", message: "wait" });
  env.socket.says({ type: "error", code: "rate", content: "too fast", ref: second?.["ref"] });
  await assert.rejects(moves[1]!, { code: "rate", message: "too fast" });
  env.socket.ends();
  env.pass(client.status.delay);
  await settle();
  welcome();
  assert.deepEqual(env.socket.of("move"), [third], "the same mid and ref");
  env.socket.says({ type: "ack", room: "general", ref: third?.["ref"], offset: 1 });
  assert.equal((await moves[2]!).offset, 1);
  const next = room.publish("move", { n: 4 });
  const [, { mid, ref } = {}] = env.socket.of("move");
  assert.ok(![first, second, third].some((move) => move?.["mid"] === mid));
  env.socket.says({ type: "error", code: "refused", content: "no", ref });
  await assert.rejects(next, refused("refused"));
  env.socket.says(turn); // to what is over
  assert.deepEqual(errors, []);
});

test("users asks, and members follow the answer", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const asked = room.users();
  const members = [{ id: "a", nickname: "Ann" }];
  const [{ ref } = {}] = env.socket.of("users");
  const answer = { type: "users_update", room: "general", content: ["Ann"], members, count: 1 };
  env.socket.says({ ...answer, ref });
  assert.deepEqual((await asked).members, members);
  assert.deepEqual(room.members, members);
});

test("who came and who went is told one by one, as long as all are listed", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  const told: string[] = [];
  room.on("join", ({ nickname }) => told.push(`+${nickname}`));
  room.on("leave", ({ nickname }) => told.push(`-${nickname}`));
  await settle();
  welcome();
  const people = (count: number, ...names: string[]): void => {
    const members = names.map((nickname) => ({ id: nickname.toLowerCase(), nickname }));
    env.socket.says({ type: "users_update", room: "general", content: names, members, count });
  };
  people(3, "Me", "Ann", "Bob");
  people(2, "Me", "Bob");
  people(300, "Me", "Eve"); // not all of them
  people(2, "Me", "Leo");
  people(2, "Me", "Tom");
  assert.deepEqual(told, ["+Ann", "+Bob", "-Ann", "-Leo", "+Tom"]);
  env.socket.ends();
  env.pass(client.status.delay);
  await settle();
  const { socket } = env;
  socket.says({ type: "welcome", id: "me", nickname: "Me", user: null, resume: "k", ping: 25_000 });
  socket.says(joined("general", [{ id: "me", nickname: "Me" }]));
  assert.equal(told.at(-1), "-Tom");
  socket.says({ type: "join", room: "general", nickname: "Mallory" }); // no one can cause them
  assert.equal(told.length, 6);
});

test("debug lines tell what goes out and comes in, but no secrets", async () => {
  const lines: string[] = [];
  const debug = (line: string): void => void lines.push(line);
  const { env, client, welcome } = rig({ debug, getToken: () => "s3cret.tok-en", nickname: "Ann" });
  await settle();
  welcome();
  client.authorize().catch(() => {});
  await settle();
  client.signal("general", "wave", { at: 1 });
  env.socket.ends(1012, "restart");
  env.pass(client.status.delay);
  await settle();
  const all = lines.join("\n");
  assert.doesNotMatch(all, /s3cret|key-me/);
  for (const part of [
    /^connecting/m,
    /^to ws:.*nickname=Ann.*token=…/m,
    /^< \{"type":"welcome".*"resume":"…","ping":25000\}$/m,
    /^open/m,
    /^> \{"type":"auth","token":"…","ref":1\}$/m,
    /^> \{"echo":false,"at":1,"type":"wave","room":"general"\}$/m,
    /^end 1012 restart$/m,
    /^waiting 1012 restart$/m,
    /^to ws:.*resume=…/m,
  ]) {
    assert.match(all, part);
  }
});

test("a client that was closed by the server begins anew, and what is asked waits", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  env.socket.ends(4403, "no");
  assert.equal(client.status.state, "closed");
  const old = env.socket;
  client.connect();
  await settle();
  void client.publish("general", "message", {});
  assert.deepEqual(old.of("message"), []);
  welcome();
  assert.equal(env.socket.of("message").length, 1);
});

/* reconnect.test.ts - losing a connection and coming back */

import assert from "node:assert/strict";
import test from "node:test";
import { AtriumError } from "../client/error.js";
import { rig, settle } from "./fakes.js";

const refused = (code: string) => (error: unknown) =>
  error instanceof AtriumError && error.code === code;

test("a lost connection comes back as the same one, into its rooms", async () => {
  const { env, client, welcome } = rig({ nickname: "Ann", rooms: ["a", "b"] });
  await settle();
  welcome();
  env.socket.ends(1006);
  assert.deepEqual(
    [client.status.state, client.status.delay, client.status.code],
    ["waiting", 250, 1006],
  );
  assert.equal(client.rooms.get("a")?.joined, false);
  env.pass(250);
  await settle();
  assert.equal(env.sockets.length, 2);
  const query = Object.fromEntries(env.socket.url.searchParams);
  const place = { room: "a", since: "0", epoch: "e" };
  assert.deepEqual(query, { id: "me", resume: "key-me", nickname: "Ann", ...place });
  welcome();
  assert.equal(client.status.state, "open");
  assert.deepEqual(
    env.socket.of("join").map((m) => m["room"]),
    ["b"],
  );
});

test("attempts that fail wait longer; a connection that lasted begins anew", async () => {
  const { env, client, welcome } = rig();
  const delays: number[] = [];
  client.on("status", ({ state, delay }) => state === "waiting" && delays.push(delay));
  for (let n = 0; n < 4; n++) {
    await settle();
    env.socket.ends();
    env.pass(delays.at(-1) ?? 0);
  }
  await settle();
  welcome();
  env.pass(4999);
  env.socket.ends();
  env.pass(delays.at(-1) ?? 0);
  await settle();
  welcome();
  env.pass(5000);
  env.socket.ends();
  assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 250]);
});

test("the server's advice is honoured", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  env.pass(6000);
  env.socket.ends(1012, '{"retry_ms":3210}');
  assert.equal(client.status.delay, 3210);
  env.pass(3209);
  await settle();
  assert.equal(env.sockets.length, 1);
  env.pass(1);
  await settle();
  assert.equal(env.sockets.length, 2);
});

test("a final close ends it: no attempt follows and what waits is rejected", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const waiting = client.publish("general", "message", {});
  env.socket.ends(4401, "unauthorized");
  await assert.rejects(waiting, refused("closed"));
  assert.deepEqual([client.status.state, client.status.code], ["closed", 4401]);
  await assert.rejects(client.publish("general", "message", {}), refused("closed"));
  assert.equal(env.timers.size, 0);
  client.connect();
  await settle();
  assert.equal(env.sockets.length, 2);
});

test("an identity that someone else holds by now is given up, once", async () => {
  const { env, client, welcome } = rig({ identity: { id: "old", resume: "k" } });
  await settle();
  env.socket.ends(4409, "id in use");
  env.pass(0);
  await settle();
  assert.equal(env.socket.url.searchParams.get("id"), null);
  welcome("new");
  env.socket.ends(4409, "replaced");
  assert.equal(client.status.state, "closed");
  client.connect(); // not to take the place from who took it
  await settle();
  assert.equal(env.socket.url.searchParams.get("id"), null);
});

test("what is published offline goes out after the joins; too much is refused", async () => {
  const { env, client, welcome } = rig({ rooms: ["a", "b"], queue: 2 });
  const drops: unknown[] = [];
  client.on("drop", ({ message }) => drops.push(message["n"]));
  const first = client.publish("a", "x", { n: 1 });
  void client.publish("b", "x", { n: 2 });
  await assert.rejects(client.publish("a", "x", { n: 3 }), refused("queue_full"));
  assert.deepEqual(drops, [3]);
  await settle();
  welcome();
  assert.deepEqual(
    env.socket.sent.map((m) => m["n"] ?? m["type"]),
    ["join", 1, 2],
  );
  env.socket.says({ type: "ack", ref: env.socket.of("x")[0]?.["ref"] });
  await first;
});

test("what was not acknowledged is sent again as the same message; a question is not", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const published = client.publish("general", "x", { n: 1 });
  const asked = client.listRooms();
  const before = env.socket.of("x")[0];
  env.socket.ends();
  await assert.rejects(asked, refused("disconnected"));
  env.pass(500);
  await settle();
  welcome();
  const after = env.socket.of("x");
  assert.deepEqual(after, [before]);
  assert.ok(before?.["mid"]);
  env.socket.says({ type: "ack", ref: before?.["ref"] });
  await published;
  env.socket.ends();
  env.pass(1000);
  await settle();
  welcome();
  assert.deepEqual(env.socket.of("x"), []);
});

test("a message that ended the connection is not sent again", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const big = client.publish("general", "x", { content: "…" });
  env.socket.ends(1009, "too big");
  const later = client.publish("general", "x", { content: "." });
  await assert.rejects(big, refused("refused"));
  env.pass(500);
  await settle();
  welcome();
  assert.deepEqual(
    env.socket.of("x").map((m) => m["content"]),
    ["."],
  );
  env.socket.says({ type: "ack", ref: env.socket.of("x")[0]?.["ref"] });
  await later;
});

test("silence is answered with a ping, and a ping without an answer is a loss", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  env.pass(20_000);
  env.socket.says({ type: "x", room: "general" });
  env.pass(20_000);
  assert.deepEqual(env.socket.of("ping"), []);
  env.pass(5000);
  assert.equal(env.socket.of("ping").length, 1);
  env.pass(9000);
  env.socket.says({ type: "pong", time: 1 });
  env.pass(24_000);
  assert.equal(client.status.state, "open");
  env.pass(11_000);
  assert.equal(env.sockets[0]?.closed?.code, 4000);
  assert.notEqual(client.status.state, "open");
});

test("an attempt that is not welcomed in time is given up", async () => {
  const { env, client } = rig();
  await settle();
  env.pass(15_000);
  assert.equal(client.status.state, "waiting");
  assert.ok(env.socket.closed);
});

test("close leaves; a socket's late end changes nothing", async () => {
  const { env, client, welcome } = rig();
  await settle();
  welcome();
  const { socket } = env;
  client.close();
  assert.equal(socket.closed?.code, 1000);
  assert.equal(client.status.state, "closed");
  socket.ends();
  assert.equal(env.timers.size, 0);
});

test("a token that comes too late opens nothing; one that fails is asked for again", async () => {
  let give: (token: string) => void = () => {};
  const late = rig({ getToken: () => new Promise((resolve) => (give = resolve)) });
  late.client.close();
  give("t");
  await settle();
  assert.equal(late.env.sockets.length, 0);

  let calls = 0;
  const flaky = rig({
    getToken: async () => {
      if (calls++ === 0) throw new Error("offline");
      return "t";
    },
  });
  await settle();
  assert.equal(flaky.client.status.state, "waiting");
  flaky.env.pass(500);
  await settle();
  assert.equal(flaky.env.socket.url.searchParams.get("token"), "t");
});

test("a room left while offline is left when the server still has us in it", async () => {
  const { env, client, welcome } = rig({ rooms: ["a", "b"] });
  await settle();
  welcome();
  env.socket.ends();
  await client.leave("b");
  env.pass(500);
  await settle();
  welcome();
  assert.deepEqual(
    env.socket.of("leave").map((m) => m["room"]),
    ["b"],
  );
  assert.deepEqual(env.socket.of("join"), []);
});

test("who is in no room is not put into the default one", async () => {
  const { env, client, welcome } = rig({ rooms: [] });
  await settle();
  welcome();
  assert.deepEqual(
    env.socket.of("leave").map((m) => m["room"]),
    ["general"],
  );
  assert.equal(client.rooms.size, 0);
});

test("another nickname is taken by coming back under it as the same one", async () => {
  const { env, client, welcome } = rig({ nickname: "Ann" });
  await settle();
  welcome();
  const sent = client.publish("general", "x", { n: 1 });
  const { socket } = env;
  client.rename("Bea");
  await settle();
  assert.notEqual(socket.closed?.code, 1000);
  assert.equal(env.socket.url.searchParams.get("nickname"), "Bea");
  assert.equal(env.socket.url.searchParams.get("resume"), "key-me");
  welcome();
  assert.equal(client.nickname, "Bea");
  env.socket.says({ type: "ack", ref: env.socket.of("x")[0]?.["ref"] });
  await sent;
});

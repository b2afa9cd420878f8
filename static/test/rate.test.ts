/* rate.test.ts - a server that takes nothing for a while, for we said too much at once */

import assert from "node:assert/strict";
import test from "node:test";
import { rig, settle, type FakeSocket } from "./fakes.js";

const refuse = (socket: FakeSocket, message: Record<string, unknown>, retry_ms = 500): void =>
  socket.says({ type: "error", code: "rate", content: "later", ref: message["ref"], retry_ms });

const numbers = (socket: FakeSocket): unknown[] => socket.of("chat").map((m) => m["n"]);

test("what was refused goes out again later, in order, with what was asked meanwhile", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const { socket } = env;
  const done: number[] = [];
  for (let n = 0; n < 4; n++) void room.publish("chat", { n }).then(() => done.push(n));
  const [first, second, third, fourth] = socket.of("chat");
  socket.says({ type: "ack", ref: first!["ref"] });
  for (const message of [second!, third!, fourth!]) refuse(socket, message);
  void room.publish("chat", { n: 4 }).then(() => done.push(4));
  assert.equal(room.signal("typing"), false);
  env.pass(499);
  assert.deepEqual(numbers(socket), [0, 1, 2, 3]);
  env.pass(1);
  assert.deepEqual(numbers(socket), [0, 1, 2, 3, 1, 2, 3, 4]);
  const again = socket.of("chat").slice(4);
  assert.deepEqual(again[0], second, "the same mid and ref");
  for (const message of again) socket.says({ type: "ack", ref: message["ref"] });
  await settle();
  assert.deepEqual(done, [0, 1, 2, 3, 4]);
  assert.equal(room.signal("typing"), true);
});

test("each refusal says anew how long", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  const { socket } = env;
  for (let n = 0; n < 2; n++) room.publish("chat", { n }).catch(() => {});
  refuse(socket, socket.of("chat")[0]!, 100);
  env.pass(50);
  refuse(socket, socket.of("chat")[1]!, 1000);
  env.pass(999);
  assert.deepEqual(numbers(socket), [0, 1]);
  env.pass(1);
  assert.deepEqual(numbers(socket), [0, 1, 0, 1]);
});

test("a connection that ends meanwhile: the next one takes what waited, once", async () => {
  const { env, client, welcome } = rig();
  const room = client.join("general");
  await settle();
  welcome();
  room.publish("chat", { n: 0 }).catch(() => {});
  const other = client.join("other");
  const history = client.history("general");
  refuse(env.socket, env.socket.of("chat")[0]!, 60_000);
  refuse(env.socket, env.socket.of("join")[0]!, 60_000);
  refuse(env.socket, env.socket.of("history")[0]!, 60_000);
  env.socket.ends(4529, '{"retry_ms":10}');
  await assert.rejects(history, { name: "AtriumError", code: "disconnected" });
  env.pass(5000);
  await settle();
  welcome();
  assert.deepEqual(numbers(env.socket), [0]);
  assert.deepEqual(env.socket.of("join").map((m) => m["room"]), ["other"]);
  const { socket } = env;
  env.pass(60_000);
  assert.deepEqual(numbers(socket), [0]);
  assert.equal(client.rooms.get("other"), other);
});

test("what no promise stands for is told as an error", async () => {
  const { env, client, welcome } = rig();
  const errors: string[] = [];
  client.on("error", ({ code }) => errors.push(code));
  await settle();
  welcome();
  env.socket.says({ type: "error", code: "rate", content: "later", retry_ms: 1 });
  assert.deepEqual(errors, ["rate"]);
});

/* socket.test.ts - the command dialect's Socket: its queue, its pauses, what it is told to do */

import assert from "node:assert/strict";
import test from "node:test";
import { type Command, Socket } from "../client/socket.js";
import { FakeEnv, type FakeSocket } from "./fakes.js";

interface Bench {
  env: FakeEnv;
  socket: Socket;
  /** What the handlers were told, in order. */
  told: string[];
  /** The newest connection opens. */
  opens(): FakeSocket;
}

function bench(url = "ws://atrium.example/connect", onMessage = (_: Command): void => {}): Bench {
  const env = new FakeEnv();
  const told: string[] = [];
  const socket = new Socket(
    (line) => told.push(`debug ${line}`),
    () => told.push("open"),
    (message) => {
      told.push(`${message.cmd} ${JSON.stringify(message.param)}`);
      onMessage(message);
    },
    (service, error) => told.push(`error ${service}: ${error}`),
    url,
    { env },
  );
  const opens = (): FakeSocket => {
    (env.socket as { onopen?: () => void }).onopen?.();
    return env.socket;
  };
  return { env, socket, told, opens };
}

const heard = ({ told }: Bench): string[] => told.filter((line) => !line.startsWith("debug"));

test("it connects at once, and tells what comes", () => {
  const made = bench("http://atrium.example/connect?ch=games");
  assert.equal(made.socket.url, "ws://atrium.example/connect?ch=games");
  assert.equal(made.socket.connected, false);
  made.opens().says({ channel: "games", cmd: "chat", param: { text: "hi" } });
  assert.equal(made.socket.connected, true);
  made.env.socket.onmessage?.({ data: "{" });
  assert.deepEqual(heard(made), ["open", 'chat {"text":"hi"}', "error socket: not JSON"]);
});

test("a hundred messages wait for a connection, in order; more are refused", () => {
  const made = bench();
  const numbers = Array.from({ length: 101 }, (_, n) => n);
  const results = numbers.map((n) => made.socket.send({ cmd: "n", param: { n } }));
  assert.deepEqual([results.filter(Boolean).length, results[100]], [100, false]);
  assert.deepEqual(heard(made), ["error queue: 100 messages wait already"]);
  const { sent } = made.opens();
  assert.deepEqual(
    sent.map(({ param }) => (param as { n: number }).n),
    numbers.slice(0, 100),
  );
  assert.equal(made.socket.pendingMessages.length, 0);
  assert.equal(made.socket.send({ channel: "a", cmd: "late", param: {} }), true);
  assert.deepEqual(sent.at(-1), { channel: "a", cmd: "late", param: {} });
});

test("the pause doubles when a connection ended within two seconds, up to a minute", () => {
  const made = bench();
  const pauses: number[] = [];
  made.env.chance = 1;
  for (let n = 0; n < 7; n++) {
    made.env.socket.ends(1006, "");
    pauses.push(made.socket.pauseSeconds);
    made.env.pass(made.socket.pauseSeconds * 1000 - 1);
    assert.equal(made.env.sockets.length, n + 1);
    made.env.pass(1);
    assert.equal(made.env.sockets.length, n + 2);
  }
  assert.deepEqual(pauses, [2, 4, 8, 16, 32, 60, 60]);
  made.opens();
  made.env.pass(2000);
  made.env.socket.ends(1006, "");
  assert.equal(made.socket.pauseSeconds, 1);
  made.env.chance = 0;
  assert.equal(heard(made).filter((line) => line === "error socket: 1006 ").length, 8);
});

test("half of the pause is left to chance, so that not all come back at once", () => {
  const made = bench();
  made.env.chance = 0;
  made.env.socket.ends();
  made.env.pass(999);
  assert.equal(made.env.sockets.length, 1);
  made.env.pass(1);
  assert.equal(made.env.sockets.length, 2);
});

test("close-connection ends it, for good or until the server's time", () => {
  const made = bench();
  const dismissal = { cmd: "close-connection", param: { code: 4410, reason: "kicked" } };
  const first = made.opens();
  first.says(dismissal);
  assert.equal(first.closed?.code, 1000);
  assert.equal(made.socket.connected, false);
  made.env.pass(1e6);
  assert.equal(made.env.sockets.length, 1);
  made.socket.send({ cmd: "later" });
  made.socket.connect();
  made.socket.connect(); // is already
  assert.equal(made.env.sockets.length, 2);
  assert.deepEqual(made.opens().sent, [{ cmd: "later" }]);
  made.env.socket.says({ cmd: "close-connection", param: { reason: "restart", retry_ms: 5000 } });
  made.env.pass(4999);
  assert.equal(made.env.sockets.length, 2);
  made.env.pass(1);
  assert.equal(made.env.sockets.length, 3);
  assert.deepEqual(heard(made), [
    "open",
    "error close-connection: kicked",
    "open",
    "error close-connection: restart",
  ]);
});

test("disconnect ends it, and its pause as well", () => {
  const made = bench();
  made.opens();
  made.socket.disconnect();
  assert.equal(made.env.socket.closed?.code, 1000);
  made.socket.connect();
  made.env.socket.ends();
  made.socket.disconnect();
  made.env.pass(1e6);
  assert.equal(made.env.sockets.length, 2);
});

test("a handler that throws is told by the message's cmd, and ends nothing", () => {
  const made = bench("ws://atrium.example/", () => {
    throw new Error("oh");
  });
  made.opens().says({ cmd: "chat", param: 1 });
  made.env.socket.says({ cmd: "chat", param: 2 });
  assert.equal(heard(made).filter((line) => line === "error chat: Error: oh").length, 2);
});

test("a socket that cannot be opened is tried again", () => {
  const made = bench();
  const { env } = made;
  env.socket.ends();
  env.open = () => {
    throw new Error("away");
  };
  env.pass(2000);
  assert.equal(heard(made).at(-1), "error socket: Error: away");
  assert.equal(made.socket.pauseSeconds, 4);
});

test("debug lines tell all but secrets", () => {
  const made = bench("ws://atrium.example/connect?ch=a&token=s3cret");
  made.opens().says({ cmd: "welcome", param: { id: "i", resume: "s3cret" } });
  made.socket.send({ cmd: "auth", param: { token: "s3cret" } });
  const lines = made.told.filter((line) => line.startsWith("debug"));
  assert.deepEqual(lines, [
    "debug to ws://atrium.example/connect?ch=a&token=…",
    'debug < {"cmd":"welcome","param":{"id":"i","resume":"…"}}',
    'debug > {"cmd":"auth","param":{"token":"…"}}',
  ]);
});

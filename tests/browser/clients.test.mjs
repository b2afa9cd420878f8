/* clients.mjs - Chromium, node's ws and Python's libraries chat with each other, three dialects at once
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { visit } from "./harness.mjs";

const peers = fileURLToPath(new URL("../peers/", import.meta.url));
const PYTHON = ["/usr/bin/python3", `${peers}peer.py`];

const LIBRARIES = [
  { name: "chromium" },
  { name: "websockets", command: [...PYTHON, "websockets"] },
  { name: "websocket-client", command: [...PYTHON, "websocket-client"] },
  { name: "ws", command: ["node", `${peers}peer.cjs`] },
];
const DIALECTS = ["room", "command", "raw"];

function target(dialect, room, id) {
  if (dialect === "room") return `/api/ws?room=${room}&id=${id}`;
  return dialect === "command" ? `/connect?ch=${room}&id=${id}` : `/ws/${room}?id=${id}`;
}

function said(dialect, content) {
  if (dialect === "room") return JSON.stringify({ type: "message", content });
  return dialect === "command" ? JSON.stringify({ cmd: "message", param: { content } }) : content;
}

/** What someone said, or undefined for what only the server says. */
function meaning(frame) {
  if (!frame.startsWith("{")) return frame;
  const message = JSON.parse(frame);
  if (!["message", "text"].includes(message.type ?? message.cmd)) return undefined;
  return (message.param ?? message).content;
}

/** A page's socket: what came is asked for, as are lines of the others' processes. */
async function inPage(url) {
  const page = await visit("/static/index.html");
  await page.evaluate((address) => {
    window.frames_ = [];
    window.peer = new WebSocket(address);
    window.peer.onmessage = ({ data }) => window.frames_.push(data);
    return new Promise((resolve, reject) => {
      window.peer.onopen = resolve;
      window.peer.onerror = reject;
    });
  }, url);
  return {
    send: (frame) => page.evaluate((text) => window.peer.send(text), frame),
    frame: async () => {
      await page.waitForFunction(() => window.frames_.length > 0);
      return page.evaluate(() => window.frames_.shift());
    },
    end: () => page.evaluate(() => window.peer.close(1000)),
  };
}

function inProcess(command, url) {
  const child = spawn(command[0], [...command.slice(1), url], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    send: (frame) => child.stdin.write(`${JSON.stringify(frame)}\n`),
    frame: async () => {
      const { value, done } = await lines.next();
      assert.ok(!done, `${command} has ended`);
      return JSON.parse(value);
    },
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
      assert.equal(child.exitCode, 0);
    },
  };
}

async function hears(peer, text) {
  let got;
  do got = meaning(await peer.frame());
  while (got === undefined);
  assert.equal(got, text);
}

/** Until all are in the room, as one that is there already is told. */
async function gathered(origin, room, ids) {
  const witness = inProcess(LIBRARIES[3].command, `${origin}/api/ws?room=${room}`);
  const missing = new Set(ids);
  while (missing.size) {
    const message = JSON.parse(await witness.frame());
    for (const { id } of message.members ?? []) missing.delete(id);
  }
  return witness;
}

for (const turn of DIALECTS.keys()) {
  test(`each chats with the others, Chromium in the ${DIALECTS[turn]} dialect`, async () => {
    const page = await visit("/static/index.html");
    const origin = (await page.evaluate(() => location.origin)).replace("http", "ws");
    const room = `clients-${turn}`;
    const all = [];
    for (const [n, { name, command }] of LIBRARIES.entries()) {
      const dialect = DIALECTS[(n + turn) % DIALECTS.length];
      const url = origin + target(dialect, room, `${name}-${turn}`);
      const peer = command ? inProcess(command, url) : await inPage(url);
      all.push({ ...peer, dialect, id: `${name}-${turn}` });
    }
    const witness = await gathered(origin, room, all.map(({ id }) => id));
    for (const speaker of all) {
      const text = `${speaker.id} says "hé" ☃`;
      await speaker.send(said(speaker.dialect, text));
      for (const listener of [...all, witness]) await hears(listener, text);
    }
    for (const peer of [...all, witness]) await peer.end();
  });
}

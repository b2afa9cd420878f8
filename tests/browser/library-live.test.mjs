/* library-live.test.mjs - atrium-client and a real server: state, tokens, Socket; Node and browsers
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { address, mayLog, signal, tokenOf, visit } from "./harness.mjs";

const dist = fileURLToPath(new URL("../../static/dist/", import.meta.url));
const { connect } = await import(`${dist}atrium-client.mjs`);
const { Socket } = await import(`${dist}atrium-socket.mjs`);
const { WebSocket } = await import("/usr/share/nodejs/ws/wrapper.mjs");

/** A client of ws in Node. */
function inNode(nickname, room) {
  const open = new Set();
  const socket = (url) => {
    const made = new WebSocket(url);
    open.add(made);
    made.on("close", () => open.delete(made));
    return made;
  };
  const client = connect({
    ...{ url: `${address()}/api/ws`, socket, nickname },
    rooms: [{ name: room, state: true }],
  });
  /** The connection breaks without a word. */
  const cut = () => open.forEach((made) => made.terminate());
  return { client, state: client.join(room).state, cut };
}

/** A page whose `state` is that of a room. */
async function inPage(nickname, room, options) {
  mayLog(/503/); // the first page asks whether all is ready, and a hub may just have been killed
  const page = await visit("/static/index.html", options);
  await page.evaluate(
    async ([name, where]) => {
      const { connect: begin } = await import("/static/atrium-client.mjs");
      window.client = begin({ nickname: name, rooms: [{ name: where, state: true }] });
      window.state = window.client.join(where).state;
      await window.state.ready;
    },
    [nickname, room],
  );
  return page;
}

/** Until a condition holds that a change of the state, or a snapshot, may bring about. */
function until(state, holds) {
  return new Promise((resolve) => {
    const look = () => holds() && resolve();
    state.on("change", look);
    state.on("sync", look);
    look();
  });
}

const entriesOf = (page) => page.evaluate(() => window.state.entries());

test("what one page sets the others see, who comes later as well, and after a reload", async () => {
  const ann = await inPage("Ann", "state-pages");
  const bob = await inPage("Bob", "state-pages");
  const node = inNode("Node", "state-pages");
  await ann.evaluate(() => window.state.set("a", { text: "<b>é☃</b>", list: [1, null] }));
  const wanted = [["a", { text: "<b>é☃</b>", list: [1, null] }]];
  await bob.waitForFunction(() => window.state.has("a"));
  await until(node.state, () => node.state.has("a"));
  const eve = await inPage("Eve", "state-pages");
  for (const page of [ann, bob, eve]) assert.deepEqual(await entriesOf(page), wanted);
  assert.deepEqual(node.state.entries(), wanted);
  node.client.close();
});

test("offline changes are seen at once, and by all after the way back", async () => {
  const ann = await inPage("Ann", "state-offline", { mayGo: true });
  const bob = await inPage("Bob", "state-offline");
  await ann.evaluate(async () => {
    await window.state.set("both", "ann");
    window.goAway();
  });
  await ann.waitForFunction(() => window.client.status.state === "waiting");
  const made = await ann.evaluate(() => {
    window.results = [
      window.state.set("mine", 1),
      window.state.set("both", "ann again", { if: true }).catch(({ code }) => code),
      window.client.publish("state-offline", "said", {}),
    ];
    return window.state.entries();
  });
  assert.deepEqual(made, [
    ["both", "ann again"],
    ["mine", 1],
  ]);
  await bob.evaluate(() => window.state.set("both", "bob"));
  await ann.evaluate(() => window.comeBack());
  const [, conflict] = await ann.evaluate(() => Promise.all(window.results));
  assert.equal(conflict, "conflict");
  await bob.waitForFunction(() => window.state.has("mine"));
  for (const page of [ann, bob]) {
    assert.deepEqual(await entriesOf(page), [
      ["both", "bob"],
      ["mine", 1],
    ]);
  }
});

test("after a break only what changed meanwhile is sent, with a hub killed as well", async () => {
  const ann = inNode("Ann", "state-delta");
  const bob = inNode("Bob", "state-delta");
  await Promise.all([ann.state.ready, bob.state.ready]);
  await bob.state.apply(["a", "b", "c"].map((key) => ({ key, value: key })));
  await until(ann.state, () => ann.state.size === 3);
  const told = [];
  ann.state.on("change", ({ key, value, by }) => told.push([key, value, by]));
  for (const kill of [false, true]) {
    const synced = new Promise((resolve) => ann.state.on("sync", resolve));
    ann.cut();
    if (kill) await signal("hub", "SIGKILL");
    await bob.state.apply([{ key: kill ? "b" : "a", delete: true }, { key: "c", value: kill }]);
    assert.deepEqual(await synced, { full: false });
    await until(ann.state, () => ann.state.get("c") === kill);
  }
  assert.deepEqual(told.map(([key, value]) => [key, value]).sort(), [
    ["a", undefined],
    ["b", undefined],
    ["c", false],
    ["c", true],
  ]);
  assert.deepEqual(ann.state.entries(), [["c", true]]);
  for (const { client } of [ann, bob]) client.close();
});

test("a hub that is killed again and again loses no change and doubles none", async () => {
  mayLog(/./);
  const writers = ["Ann", "Bob", "Eve"].map((name) => inNode(name, "state-kills"));
  const page = await inPage("Page", "state-kills");
  await Promise.all(writers.map(({ state }) => state.ready));
  const results = [];
  const count = async (state) => {
    // a counter that only `if` keeps right
    for (;;) {
      const told = state.set("count", (state.get("count") ?? 0) + 1, { if: true });
      const code = await told.then(() => "done", (error) => error.code);
      if (code === "done") return;
      assert.equal(code, "conflict");
    }
  };
  const TURNS = 12;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [n, { state }] of writers.entries()) {
      results.push(state.set(`key ${turn} ${n}`, { turn, n }));
      if (turn > 2) results.push(state.delete(`key ${turn - 3} ${n}`));
    }
    const counted = writers.map(({ state }) => count(state));
    if (turn % 4 === 1) await signal("hub", "SIGKILL");
    if (turn % 4 === 2) writers[turn % 3].cut();
    await Promise.all(counted);
  }
  await Promise.all(results);
  await Promise.all(writers.map(({ state }) => until(state, () => state.size === 10)));
  await page.waitForFunction(() => window.state.size === 10);
  const [{ state }] = writers;
  assert.equal(state.get("count"), TURNS * writers.length);
  const all = state.entries();
  for (const writer of writers) assert.deepEqual(writer.state.entries(), all);
  assert.deepEqual(await entriesOf(page), all);
  for (const { client } of writers) client.close();
});

test("a token that runs out is followed by a new one on the same connection", async () => {
  const lines = [];
  let tokens = 0;
  const getToken = () => (tokens++, tokenOf("ann", tokens > 1 ? "1h" : "20s"));
  const client = connect({
    ...{ url: `${address()}/api/ws`, socket: (url) => new WebSocket(url), rooms: ["tokens"] },
    ...{ getToken, debug: (line) => lines.push(line) },
  });
  const renewed = new Promise((resolve) => {
    client.on("message", ({ type }) => type === "authorized" && resolve());
  });
  await renewed;
  assert.equal(client.user, "ann");
  assert.equal(tokens, 2);
  await client.publish("tokens", "message", {});
  assert.equal(lines.filter((line) => line.startsWith("to ")).length, 1);
  assert.ok(lines.some((line) => line.startsWith('> {"type":"auth","token":"…"')));
  assert.doesNotMatch(lines.join("\n"), /eyJ/); // as each token begins
  client.close();
});

test("Sockets of Node and of a page talk, and come back when something broke", async () => {
  const node = [];
  const sockets = new Set();
  const opened = [];
  const heard = (cmd) =>
    new Promise((resolve) => {
      node.push((message) => message.cmd === cmd && resolve(message));
    });
  const next = () => new Promise((resolve) => opened.push(resolve));
  const first = next();
  const socket = new Socket(
    false,
    () => opened.splice(0).forEach((resolve) => resolve()),
    (message) => node.forEach((listener) => listener(message)),
    () => {},
    `${address().replace("http", "ws")}/connect?ch=sockets`,
    { socket: (url) => (sockets.add(new WebSocket(url)), [...sockets].at(-1)) },
  );
  await first;
  mayLog(/503/);
  const page = await visit("/static/index.html");
  const came = heard("online-update");
  await page.evaluate(async () => {
    const { Socket: Made } = await import("/static/atrium-socket.mjs");
    window.heard = [];
    const note = ({ cmd, param }) => window.heard.push([cmd, param]);
    await new Promise((open) => {
      window.socket = new Made(false, open, note, () => {}, "/connect?ch=sockets");
    });
  });
  assert.equal((await came).param.connected, true);
  const answered = heard("answer");
  await page.evaluate(() => window.socket.send({ cmd: "answer", param: { n: 42 } }));
  assert.deepEqual((await answered).param, { n: 42 });

  const again = next();
  for (const each of sockets) each.terminate();
  await new Promise((resolve) => [...sockets].at(-1).once("close", resolve));
  assert.equal(socket.connected, false);
  socket.send({ channel: "sockets", cmd: "kept", param: { while: "offline" } });
  await again;
  await page.waitForFunction(() => window.heard.some(([cmd]) => cmd === "kept"));
  const kept = await page.evaluate(() => window.heard.find(([cmd]) => cmd === "kept"));
  assert.deepEqual(kept, ["kept", { while: "offline" }]);

  await signal("hub", "SIGKILL");
  const survived = heard("survived");
  await page.evaluate(() => window.socket.send({ cmd: "survived", param: {} }));
  assert.equal((await survived).channel, "sockets");
  socket.disconnect();
});

test("a Socket that the server dismisses stays away until it is told otherwise", async () => {
  const url = `${address().replace("http", "ws")}/connect?ch=sockets&id=the-one`;
  const options = { socket: (to) => new WebSocket(to) };
  const nothing = () => {};
  const first = await new Promise((resolve) => {
    const joined = ({ cmd }) => cmd === "joined" && resolve(made);
    const made = new Socket(false, nothing, joined, nothing, url, options);
  });
  let dismissed;
  const why = new Promise((resolve) => (dismissed = (...told) => resolve(told)));
  const second = new Socket(false, nothing, nothing, dismissed, url, options);
  const [service, reason] = await why;
  assert.equal(service, "close-connection");
  assert.match(reason, /in use/);
  assert.deepEqual([first.connected, second.connected], [true, false]);
  first.disconnect();
});

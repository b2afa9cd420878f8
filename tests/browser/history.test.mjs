/* history.test.mjs - what was said stays said: reloads, breaks, kills
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import {
  allSent,
  chat,
  comeBack,
  goAway,
  joined,
  killHub,
  mayLog,
  PHONE,
  say,
  sees,
  signal,
  texts,
  until,
  visit,
} from "./harness.mjs";

const LOG = "#log .text";
const KEPT = 100;
/** So many the chat asks for at first. */
const PAGE = 50;

test("a reload shows the log again, each message once", async () => {
  const ann = await chat("Ann", "log-reload");
  const bob = await chat("Bob", "log-reload");
  await say(ann, "one");
  await sees(bob, "one");
  await say(bob, "two");
  await sees(ann, "two");
  await say(ann, "three");
  await sees(bob, "three");
  for (let time = 0; time < 2; time++) {
    await ann.reload();
    await sees(ann, "three");
    assert.deepEqual(await texts(ann, LOG), ["one", "two", "three"]);
    assert.deepEqual(await texts(ann, "#log .own .text"), ["one", "three"]);
    assert.equal(await ann.locator("#log .by time").count(), 3);
  }
  await say(bob, "four");
  await sees(ann, "four");
  await say(ann, "five");
  await sees(bob, "five");
  for (const page of [ann, bob]) {
    assert.deepEqual(await texts(page, LOG), ["one", "two", "three", "four", "five"]);
  }
});

test("who comes later sees what was said before, as read", async () => {
  const ann = await chat("Ann", "log-later");
  for (const text of ["one", "two", "three"]) await say(ann, text);
  await allSent(ann);
  await ann.close();
  const bob = await chat("Bob", "log-later");
  await sees(bob, "three");
  assert.deepEqual(await texts(bob, LOG), ["one", "two", "three"]);
  assert.doesNotMatch(await bob.title(), /^\(/);
  await bob.locator("#log .system", { hasText: "Bob joined the room" }).waitFor();
});

test("what is said in rooms while one is away arrives on coming back, in both", async () => {
  const ann = await chat("Ann", "log-first", { mayGo: true });
  const bob = await chat("Bob", "log-first");
  for (const page of [ann, bob]) {
    await page.locator("#new-room-name").fill("log-second");
    await page.locator("#new-room-name").press("Enter");
    await page.locator("#people", { hasText: "you" }).waitFor();
  }
  await say(bob, "second before");
  await sees(ann, "second before");
  await goAway(ann);
  await say(bob, "second meanwhile");
  await bob.locator("#my-rooms button", { hasText: "log-first" }).click();
  await say(bob, "first meanwhile");
  await allSent(bob);
  await say(ann, "second from afar");
  await comeBack(ann);
  await sees(ann, "second meanwhile");
  await allSent(ann);
  const second = ["second before", "second meanwhile", "second from afar"];
  assert.deepEqual(await texts(ann, LOG), second);
  await ann.locator("#my-rooms button", { hasText: "log-first" }).click();
  await sees(ann, "first meanwhile");
  assert.deepEqual(await texts(ann, LOG), ["first meanwhile"]);
  assert.deepEqual(await texts(bob, "#log .system"), ["Bob joined the room"]);
});

test("the gateway is killed: who comes back late has what was said meanwhile", async () => {
  const ann = await chat("Ann", "log-gateway");
  const bob = await chat("Bob", "log-gateway", { mayGo: true });
  await say(ann, "before");
  await sees(bob, "before");
  await goAway(bob);
  mayLog(/WebSocket connection .* failed: .*ERR_CONNECTION_REFUSED/);
  await signal("gateway", "SIGKILL");
  await ann.locator("#status:not([data-state=open])").waitFor();
  await say(ann, "offline");
  await say(bob, "from afar");
  await joined(ann, "Ann");
  await say(ann, "back again");
  await allSent(ann);
  await comeBack(bob);
  await sees(ann, "from afar");
  await allSent(bob);
  for (const page of [ann, bob]) {
    assert.deepEqual(await texts(page, LOG), ["before", "offline", "back again", "from afar"]);
  }
});

test("who was away for longer than the server remembers has the newest, and no more", async () => {
  const ann = await chat("Ann", "log-long");
  const bob = await chat("Bob", "log-long", { mayGo: true });
  await say(ann, "before");
  await sees(bob, "before");
  await goAway(bob);
  const said = await ann.evaluate(publishMany, { room: "log-long", count: KEPT + 10 });
  await comeBack(bob);
  await sees(bob, said.at(-1));
  await say(bob, "after");
  await sees(ann, "after");
  await allSent(bob);
  assert.deepEqual(await texts(bob, LOG), [...said.slice(-PAGE), "after"]);
  await scrollBack(bob);
  await bob.locator("#older").waitFor({ state: "hidden" });
  assert.deepEqual(await texts(bob, LOG), [...said.slice(-KEPT + 1), "after"]);
});

/** Scrolls to the beginning of what is shown, and comes back when more is. */
async function scrollBack(page) {
  const before = await page.locator(LOG).count();
  await page.locator("#scroller").evaluate((scroller) => (scroller.scrollTop = 0));
  await until(page, (count) => document.querySelectorAll("#log .text").length > count, before);
}

test("scrolling up shows older pages, and what one reads stays where it is", async () => {
  const ann = await chat("Ann", "log-back");
  const said = await ann.evaluate(publishMany, { room: "log-back", count: KEPT - 10 });
  await sees(ann, said.at(-1));
  const bob = await chat("Bob", "log-back", PHONE);
  await sees(bob, said.at(-1));
  assert.deepEqual(await texts(bob, LOG), said.slice(-PAGE), "the newest page");
  const first = said.at(-PAGE);
  const topOf = (locator) => locator.evaluate((e) => e.getBoundingClientRect().top);
  const place = () => topOf(bob.locator(LOG, { hasText: new RegExp(`^${first}$`) }));
  const top = await topOf(bob.locator("#scroller"));
  await scrollBack(bob);
  assert.deepEqual(await texts(bob, LOG), said);
  assert.ok(Math.abs((await place()) - top) < 120, "what was at the top is there still");
  assert.equal(await bob.locator("#older").isVisible(), false, "there is nothing before it");
  const read = await place();
  await say(ann, "news");
  await sees(bob, "news");
  assert.ok(Math.abs((await place()) - read) < 2, "what comes does not move it");
  await bob.locator("#jump", { hasText: "New messages" }).click();
  await bob.locator("#jump").waitFor({ state: "hidden" });
  assert.deepEqual(await texts(ann, LOG), [...said, "news"]);
});

test("one scrolls back through more than one answer holds, to the first that is kept", async () => {
  const ann = await chat("Ann", "deep-log");
  const said = await ann.evaluate(publishMany, { room: "deep-log", count: 420 });
  await sees(ann, said.at(-1));
  await ann.reload();
  await sees(ann, said.at(-1));
  while (await ann.locator("#older").isVisible()) {
    const before = await ann.locator(LOG).count();
    await ann.locator("#scroller").evaluate((scroller) => (scroller.scrollTop = 0));
    await until(
      ann,
      (count) =>
        document.querySelectorAll("#log .text").length > count ||
        document.getElementById("older").hidden,
      before,
    );
  }
  assert.deepEqual(await texts(ann, LOG), said);
});

test("older pages are the same after a break in which the hub was killed", async () => {
  const ann = await chat("Ann", "log-kill");
  const said = await ann.evaluate(publishMany, { room: "log-kill", count: 80 });
  const bob = await chat("Bob", "log-kill", { mayGo: true });
  await sees(bob, said.at(-1));
  await goAway(bob);
  await killHub();
  await say(ann, "meanwhile");
  await allSent(ann);
  await comeBack(bob);
  await sees(bob, "meanwhile");
  await scrollBack(bob);
  for (const page of [ann, bob]) assert.deepEqual(await texts(page, LOG), [...said, "meanwhile"]);
});

/** In a page: a client of its own says many things, in order. */
async function publishMany({ room, count }) {
  const { connect } = await import("/static/atrium-client.mjs");
  const client = connect({ rooms: [room] });
  const said = Array.from({ length: count }, (_, n) => `line ${n + 1}`);
  await Promise.all(said.map((content) => client.publish(room, "message", { content })));
  client.close();
  return said;
}

test("the hub is killed again and again under traffic: no doubles, no gaps", async () => {
  mayLog(/status of 503/); // the first page asks whether the server is ready
  const pages = [await visit("/"), await visit("/")];
  for (const [n, page] of pages.entries()) {
    await page.exposeFunction("killHub", () => signal("hub", "SIGKILL"));
    await page.evaluate(listen, `page${n}`);
  }
  const batches = { batches: 15, size: 20 };
  const acks = await Promise.all(
    pages.map((page, n) => page.evaluate(speak, { ...batches, kills: n === 0 })),
  );
  const total = pages.length * batches.batches * batches.size;
  const logs = await Promise.all(pages.map((page) => page.evaluate(heard, total)));
  for (const { log, events } of logs) {
    assert.deepEqual(events, []);
    assert.deepEqual(
      log.map(({ offset }) => offset),
      Array.from({ length: total }, (_, n) => n + 1),
    );
    assert.deepEqual(log, logs[0].log);
  }
  for (const [n, own] of acks.entries()) {
    const mine = logs[0].log.filter(({ name }) => name === `page${n}`);
    assert.deepEqual(
      mine.map(({ text }) => text),
      own.map((_, at) => at),
    );
    assert.deepEqual(
      mine.map(({ offset }) => offset),
      own,
    );
  }
});

/* In a page: a client in a room that notes what it hears, and that nothing else happens to it. */
async function listen(name) {
  const { connect } = await import("/static/atrium-client.mjs");
  const client = connect({ nickname: name, rooms: ["log-traffic"] });
  const room = client.join("log-traffic");
  const log = [];
  const events = [];
  room.on("say", ({ nickname, text, offset }) => log.push({ name: nickname, text, offset }));
  await room.ready;
  client.on("status", ({ state }) => events.push(state));
  for (const event of ["reset", "recovered"]) room.on(event, () => events.push(event));
  window.traffic = { client, room, log, events };
}

/* In a page: says numbers, and kills the hub while some are on their way. */
async function speak({ batches, size, kills }) {
  const { room } = window.traffic;
  const acks = [];
  for (let batch = 0; batch < batches; batch++) {
    const sent = Array.from({ length: size }, (_, n) =>
      room.publish("say", { text: batch * size + n }),
    );
    if (kills && batch % 3 === 2) await window.killHub();
    acks.push(...(await Promise.all(sent)));
  }
  return acks.map(({ offset }) => offset);
}

/* In a page: what was heard, once there are so many of them. */
async function heard(total) {
  const { client, room, log, events } = window.traffic;
  while (log.length < total) {
    await new Promise((resolve) => {
      const off = room.on("say", () => resolve(off()));
    });
  }
  await client.ping(); // what comes twice has come by then
  const seen = [...events];
  client.close();
  return { log, events: seen };
}

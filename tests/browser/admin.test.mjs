/* admin.test.mjs - tests of /admin/websocket
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { ADMIN, eventually, mayLog, PASSWORD, PHONE, serverLog, texts, until, visit } from "./harness.mjs";
import { ready, sayToAll, startTap, tapped, view } from "./hooks/admin.mjs";

const PATH = "/admin/websocket";
const CROWD = Number(process.env.CROWD ?? 2000);

async function admin(options) {
  const page = await visit(PATH, options);
  await ready(page);
  return page;
}

/** Someone's own client, in a page. */
async function client(query) {
  const page = await visit("/static/index.html");
  await page.evaluate(
    (target) =>
      new Promise((resolve, reject) => {
        window.heard = [];
        window.socket = new WebSocket(`ws://${location.host}${target}`);
        window.socket.onerror = reject;
        window.socket.onclose = ({ code, reason }) => (window.ended = { code, reason });
        window.socket.onmessage = ({ data }) => {
          window.heard.push(JSON.parse(data));
          if (window.heard.at(-1).type === "joined") resolve();
        };
      }),
    `/api/ws?${query}`,
  );
  return page;
}

async function says(page, message) {
  await page.evaluate((text) => window.socket.send(text), JSON.stringify(message));
}

async function hears(page, type) {
  return until(page, (wanted) => window.heard.find((m) => m.type === wanted), type);
}

async function signIn(page, name, password) {
  await page.locator("#enter-name").fill(name);
  await page.locator("#enter-password").fill(password);
  await page.locator("#enter-form button[type=submit]").click();
}

async function find(page, text) {
  await view(page, "Connections");
  await page.locator("#view-connections input[type=search]").fill(text);
  await page.locator("#view-connections [role=status]", { hasText: "1–1 of 1" }).waitFor();
}

test("who has not signed in sees nothing, and who is no administrator neither", async () => {
  const page = await visit(PATH);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  mayLog(/status of 401/);
  assert.equal(await page.locator("#console").isVisible(), false);
  assert.equal(await page.locator("#processes tr").count(), 0);
  await signIn(page, ADMIN, "a wrong password");
  await page.locator("#enter-problem", { hasText: "Name or password is wrong" }).waitFor();
  await signIn(page, "verified", PASSWORD);
  await page.locator("#enter-problem", { hasText: "verified is no administrator" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  const calls = asked.filter((path) => path.startsWith("/api/"));
  assert.deepEqual([...new Set(calls)], ["/api/auth/login"]);
  await signIn(page, ADMIN, PASSWORD);
  await page.locator("#processes tr", { hasText: "gateway" }).waitFor();
  await page.reload();
  await page.locator("#processes tr", { hasText: "gateway" }).waitFor();
  await page.locator("#sign-out").click();
  await page.locator("#enter-form").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.locator("#enter summary").click();
  await page.locator("#enter-token").fill("no.such.token");
  await page.locator("#enter-form button[type=submit]").click();
  await page.locator("#enter-problem", { hasText: "The token is not valid" }).waitFor();
});

test("the four processes are shown as they are", async () => {
  const page = await admin();
  const row = (name) => page.locator("#processes tr", { hasText: name });
  for (const name of ["gateway", "hub", "auth", "metrics"]) {
    await row(name).filter({ hasText: "MB" }).waitFor();
    const cells = await row(name).locator("td").allTextContents();
    assert.equal(cells[0], "yes");
    assert.match(cells[3], /^\d+\.\d+\.\d+$/, `the version of ${name}`);
    assert.match(cells[6], /^\d+$/, `restarts of ${name}`);
  }
});

/** A WebSocket that says nothing: a handshake, and then no more. */
async function idle(origin, target) {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {}); // the server may end before
  await once(socket, "connect");
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\n` +
      `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await once(socket, "data");
  socket.resume();
  return socket;
}

test(`pages, search and order among ${CROWD} connections`, async () => {
  const page = await admin();
  const { origin } = new URL(page.url());
  const crowd = [];
  const name = (n) => `crowd-${String(n).padStart(5, "0")}`;
  for (let n = 0; n < CROWD; n += 100) {
    const some = Array.from({ length: 100 }, (_, at) => {
      const query = `id=${name(n + at)}&nickname=${name(CROWD - n - at)}&room=crowd-room-${(n + at) % 400}`;
      return idle(origin, `/api/ws?${query}`);
    });
    crowd.push(...(await Promise.all(some)));
  }
  try {
    await view(page, "Connections");
    const here = page.locator("#view-connections");
    const count = here.locator("[role=status]");
    const first = async () => (await here.locator("tbody tr:first-child td").allTextContents())[0];
    await here.locator("input[type=search]").fill("crowd-");
    const total = new RegExp(` of ${CROWD.toLocaleString("en")}$`);
    await count.filter({ hasText: total }).waitFor();
    await here.locator("th button", { hasText: "Connection" }).click();
    await eventually(async () => assert.equal(await first(), name(0)));
    assert.equal(await here.locator("tbody tr").count(), 50);
    await here.getByRole("button", { name: "Next" }).click();
    await eventually(async () => assert.equal(await first(), name(50)));
    await count.filter({ hasText: "51–100 of" }).waitFor();
    await here.getByRole("button", { name: "Previous" }).click();
    await eventually(async () => assert.equal(await first(), name(0)));
    await here.locator("th button", { hasText: "Nickname" }).click();
    await eventually(async () => assert.equal(await first(), name(CROWD - 1)));
    assert.equal(await here.locator("th[aria-sort=ascending]").textContent(), "Nickname");
    await here.locator("th button", { hasText: "Sent to it" }).click();
    await here.locator("th[aria-sort=descending]", { hasText: "Sent to it" }).waitFor();
    await eventually(async () => {
      const cells = await here.locator("tbody tr td:nth-child(7)").allTextContents();
      const sent = cells.map((text) => Number(text.replaceAll(",", "")));
      assert.ok(sent.length === 50 && sent[0] > 0, cells.join());
      assert.deepEqual(sent, [...sent].sort((a, b) => b - a));
    });
    await here.locator("input[type=search]").fill(name(CROWD - 1));
    await count.filter({ hasText: "1–2 of 2" }).waitFor();
    await view(page, "Rooms");
    const rooms = page.locator("#view-rooms");
    await rooms.locator("input[type=search]").fill("crowd-room-*9");
    await rooms.locator("[role=status]", { hasText: "1–40 of 40" }).waitFor();
    await rooms.locator("tbody button", { hasText: /^crowd-room-399$/ }).click();
    await page.locator("dialog", { hasText: `${CROWD / 400} connections` }).waitFor();
    await page.getByRole("button", { name: "All connections in it" }).click();
    await count.filter({ hasText: `of ${CROWD / 400}` }).waitFor();
  } finally {
    for (const socket of crowd) socket.destroy();
  }
});

test("a word to a connection, to a room, to everyone", async () => {
  const page = await admin();
  const ann = await client("id=ann-of-admin&room=admin-room");
  await find(page, "ann-of-admin");
  await page.locator("#view-connections tbody button", { hasText: "ann-of-admin" }).click();
  await page.locator("dialog dd", { hasText: "admin-room" }).waitFor();
  await page.locator("dialog .send input").fill("to-one");
  await page.locator("dialog textarea").fill('{"n": [1, "two"]}');
  await page.locator("dialog .send button").click();
  assert.deepEqual((await hears(ann, "to-one")).n, [1, "two"]);
  await page.locator("dialog textarea").fill("{broken");
  await page.locator("dialog .send button").click();
  await page.locator("dialog .problem", { hasText: "begins like JSON" }).waitFor();
  await page.keyboard.press("Escape");
  await view(page, "Rooms");
  await page.locator("#view-rooms input[type=search]").fill("admin-room");
  await page.locator("#view-rooms tbody button", { hasText: "admin-room" }).click();
  await page.locator("dialog .send input").fill("to-room");
  await page.locator("dialog textarea").fill("<b>hello</b>");
  await page.locator("dialog .send button").click();
  const said = await hears(ann, "to-room");
  assert.deepEqual([said.room, said.content, said.user], ["admin-room", "<b>hello</b>", ADMIN]);
  await page.keyboard.press("Escape");
  await sayToAll(page, "to all of you");
  assert.equal((await hears(ann, "message")).content, "to all of you");
  await eventually(() => assert.match(serverLog(), new RegExp(`api_call by=${ADMIN} .*method=broadcast`)));
});

test("who is disconnected reads why, and how it ended is shown", async () => {
  const page = await admin();
  const bob = await client("id=bob-of-admin&room=admin-room");
  await find(page, "bob-of-admin");
  await page.locator("#view-connections tbody button", { hasText: "bob-of-admin" }).click();
  await page.locator("#kick-reason").fill("that was enough");
  await page.locator("dialog .danger", { hasText: "Disconnect" }).click();
  await page.locator("dialog", { hasText: "that was enough" }).last().getByRole("button", { name: "Disconnect" }).click();
  assert.deepEqual(await until(bob, () => window.ended), { code: 4410, reason: "that was enough" });
  await page.locator(".toast", { hasText: "It is disconnected" }).waitFor();
  await page.keyboard.press("Escape");
  await view(page, "Ended");
  const row = page.locator("#view-ended tbody tr", { hasText: "bob-of-admin" });
  await row.filter({ hasText: "4410" }).waitFor();
  const cells = await row.locator("td").allTextContents();
  assert.deepEqual(cells.slice(5, 8), ["server", "4410", "that was enough"]);
  const line = new RegExp(`api_call by=${ADMIN} .*method=disconnect target=bob-of-admin`);
  await eventually(() => assert.match(serverLog(), line));
});

for (const [screen, size] of Object.entries({ desktop: {}, phone: PHONE })) {
  test(`the tap shows what its filter lets through, ${screen}`, async () => {
    const page = await admin(size);
    const room = `tapped-${screen}`;
    const ann = await client(`id=ann-${room}&nickname=Ann&room=${room}`);
    await startTap(page, { room: `${room.slice(0, -2)}*`, type: "m*" });
    await says(ann, { type: "note", content: "not this" });
    await says(ann, { type: "message", content: "<i>but this</i>" });
    await tapped(page, `message # ${room} Ann <i>but this</i>`);
    assert.equal(await page.locator("#tap-log li").count(), 1);
    for (const part of ["room", "type"]) await page.locator(`#tap-${part}`).fill("");
    await page.locator("#tap-connection").fill(`ann-${room}`);
    await page.locator("#tap-start").click();
    await page.locator("#tap-state", { hasText: "0 shown" }).waitFor();
    await says(ann, { type: "private", target: `ann-${room}`, content: "to myself" });
    await tapped(page, "to myself");
    await page.locator("#tap-stop").click();
    await page.locator("#tap-state", { hasText: "Stopped" }).waitFor();
    await says(ann, { type: "private", target: `ann-${room}`, content: "and not this", ref: 1 });
    await until(ann, () => window.heard.find(({ ref }) => ref === 1));
    assert.equal((await texts(page, "#tap-log li")).filter((line) => /not this/.test(line)).length, 0);
    await eventually(() => assert.match(serverLog(), new RegExp(`tap_begin by=${ADMIN} .*connection=ann-${room}`)));
  });
}

/* header.test.mjs - tests of the head that all pages have: room, connection, people, oneself
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { comeBack, counts, goAway, lists, mayLog, person, PHONE, visit } from "./harness.mjs";

test("who is here is counted and listed, in the same colours for all", async () => {
  const ann = await person("Ann", "chat", "head-people");
  const bob = await person("Bob", "chat", "head-people", PHONE);
  for (const page of [ann, bob]) {
    await counts(page, 2);
    await page.locator("#faces").click();
    await page.locator("#who-menu").waitFor();
  }
  await lists(ann, "#who-menu .label", ["Ann you", "Bob"]);
  await lists(bob, "#who-menu .label", ["Ann", "Bob you"]);
  const colours = (page) =>
    page
      .locator("#who-menu .avatar")
      .evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).backgroundColor).sort());
  assert.deepEqual(await colours(ann), await colours(bob));
  assert.equal(new Set(await colours(ann)).size, 2);
  await bob.close();
  await counts(ann, 1);
});

test("the room's link is copied, and who opens it is in the room", async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const ann = await person("Ann", "chat", "head <link> & more", { permissions });
  await ann.locator("#where", { hasText: "# head <link> & more" }).click();
  await ann.locator("#copy-link").click();
  await ann.locator(".toast", { hasText: "The link is copied." }).waitFor();
  const link = await ann.evaluate(() => navigator.clipboard.readText());
  const { pathname, search } = new URL(link);
  const bob = await visit(pathname + search, { nickname: "Bob" });
  await counts(bob, 2);
  await bob.locator("#where").click();
  await bob.locator("#other-room").fill("head-other");
  await bob.locator("#other-room").press("Enter");
  await bob.locator("#where", { hasText: "# head-other" }).waitFor();
});

test("another name is seen by others at once, and kept for every page", async () => {
  const ann = await person("Ann", "chat", "head-name");
  const bob = await person("Bob", "chat", "head-name");
  await counts(bob, 2);
  await ann.locator("#you").click();
  await ann.locator("#nickname").fill("Anna");
  await ann.locator("#nickname").press("Enter");
  await ann.locator("#you", { hasText: "Anna" }).waitFor();
  await bob.locator("#faces").click();
  await lists(bob, "#who-menu .label", ["Anna", "Bob you"]);
  assert.equal(await ann.evaluate(() => localStorage.getItem("atrium.nickname")), "Anna");
  assert.deepEqual(await bob.locator("#log .system").allTextContents(), ["Bob joined the room"]);
});

for (const [screen, size] of Object.entries({ desk: {}, phone: PHONE })) {
  test(`while there is no connection the header says when it is tried again, ${screen}`, async () => {
    const ann = await person("Ann", "chat", "head-away", size);
    await goAway(ann);
    await ann.locator("#status", { hasText: "Reconnecting" }).waitFor();
    await ann.locator("#status-detail", { hasText: /in \d+ s/ }).waitFor();
    await ann.evaluate(() => (window.away = false));
    await ann.locator("#status-action", { hasText: "Try now" }).click();
    await ann.locator("#status[data-state=open]").waitFor();
    await goAway(ann);
    await comeBack(ann);
  });
}

test("a connection that is gone for good says why, and can be made again", async () => {
  const ann = await visit("/", { nickname: "Ann" });
  const welcomes = [];
  ann.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      const message = JSON.parse(payload);
      if (message.type === "welcome") welcomes.push(message);
    });
  });
  await ann.goto(new URL("/static/chat.html?room=head-taken", ann.url()).href);
  await counts(ann, 1);
  const other = await visit("/");
  mayLog(/WebSocket/);
  await other.evaluate(({ id, resume }) => {
    const query = new URLSearchParams({ id, resume });
    window.thief = new WebSocket(`ws://${location.host}/api/ws?${query}`);
  }, welcomes[0]);
  await ann.locator("#status", { hasText: "Disconnected" }).waitFor();
  await ann.locator("#status-detail", { hasText: "goes on in another tab" }).waitFor();
  await ann.locator("#status-action", { hasText: "Connect again" }).click();
  await ann.locator("#status[data-state=open]").waitFor();
});

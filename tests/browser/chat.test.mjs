/* chat.mjs - tests of chat.html
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import {
  chat,
  joined,
  lists,
  mayLog,
  say,
  seenStates,
  sees,
  signal,
  texts,
  visit,
  watchStates,
} from "./harness.mjs";

test("one page over https, one over http", async () => {
  const ann = await chat("Ann", "secure", { secure: true });
  const bob = await chat("Bob", "secure");
  assert.match(ann.url(), /^https:/);
  await say(ann, "hello Bob");
  await sees(bob, "hello Bob");
  await say(bob, "hello Ann");
  await sees(ann, "hello Ann");
  await ann.reload();
  await sees(ann, "hello Ann");
});

test("two pages chat and see each other", async () => {
  const ann = await chat("Ann", "meeting");
  const bob = await chat("Bob", "meeting");
  for (const page of [ann, bob]) {
    await page.locator("#people .label", { hasText: "Ann" }).waitFor();
    await page.locator("#people .label", { hasText: "Bob" }).waitFor();
  }
  await say(ann, "hello Bob");
  await sees(bob, "hello Bob");
  await say(bob, "hello Ann");
  await sees(ann, "hello Ann");
  assert.deepEqual(await texts(ann, "#log .text"), ["hello Bob", "hello Ann"]);
  assert.deepEqual(await texts(bob, "#log .text"), ["hello Bob", "hello Ann"]);
  assert.deepEqual(await texts(ann, "#log .own .text"), ["hello Bob"]);
  await ann.locator("#log .system", { hasText: "Bob joined the room" }).waitFor();
  await bob.close();
  await ann.locator("#log .system", { hasText: "Bob left the room" }).waitFor();
  await lists(ann, "#people .label", ["Ann you"]);
});

test("a reload keeps who we are, and no one hears of it", async () => {
  const ann = await chat("Ann", "reload");
  const bob = await chat("Bob", "reload");
  const eve = await chat("Eve", "reload");
  await lists(bob, "#people .label", ["Ann", "Bob you", "Eve"]);
  await ann.locator("#my-rooms .label", { hasText: "reload" }).waitFor();
  const welcomes = [];
  ann.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      const message = JSON.parse(payload);
      if (message.type === "welcome") welcomes.push(message.id);
    });
  });
  for (let time = 0; time < 2; time++) {
    await ann.reload();
    await joined(ann, "Ann");
  }
  assert.equal(welcomes.length, 2);
  assert.equal(welcomes[0], welcomes[1]);
  await say(ann, "still me");
  await sees(bob, "still me");
  // Had a place been given up by a reload, it would be before that of one who goes after it.
  await eve.close();
  await bob.locator("#log .system", { hasText: "Eve left the room" }).waitFor();
  const lines = await texts(bob, "#log .system");
  assert.deepEqual(lines, ["Bob joined the room", "Eve joined the room", "Eve left the room"]);
});

test("the hub is killed and comes back while both pages stay open", async () => {
  const ann = await chat("Ann", "hub");
  const bob = await chat("Bob", "hub");
  await say(ann, "before");
  await sees(bob, "before");
  await Promise.all([watchStates(ann), watchStates(bob)]);
  await signal("hub", "SIGKILL");
  await say(ann, "meanwhile");
  await sees(bob, "meanwhile");
  await say(bob, "after");
  await sees(ann, "after");
  for (const page of [ann, bob]) {
    assert.deepEqual(await texts(page, "#log .text"), ["before", "meanwhile", "after"]);
    assert.deepEqual(await seenStates(page), []);
  }
  await ann.locator("#log .waiting").waitFor({ state: "detached" });
  assert.deepEqual(await texts(bob, "#log .system"), ["Bob joined the room"]);
  await lists(ann, "#people .label", ["Ann you", "Bob"]);
});

test("the gateway is killed: pages come back by themselves, and no one hears of it", async () => {
  const ann = await chat("Ann", "gateway");
  const bob = await chat("Bob", "gateway");
  mayLog(/WebSocket connection .* failed: .*ERR_CONNECTION_REFUSED/);
  await signal("gateway", "SIGKILL");
  await ann.locator("#status:not([data-state=open])").waitFor();
  await say(ann, "written offline");
  await joined(ann, "Ann");
  await joined(bob, "Bob");
  await sees(ann, "written offline");
  await ann.locator("#log .waiting").waitFor({ state: "detached" });
  await say(ann, "we are back");
  await sees(bob, "we are back");
  await lists(bob, "#people .label", ["Ann", "Bob you"]);
  assert.deepEqual(await texts(bob, "#log .system"), ["Bob joined the room"]);
});

test("markup stays text, wherever it is typed", async () => {
  const markup = `<img src=x onerror="alert(1)"><script>alert(2)</script>&amp;`;
  const ann = await chat("<b>Ann</b>", "<i>markup</i>");
  const bob = await chat("Bob", "<i>markup</i>");
  await say(ann, markup);
  await sees(bob, markup);
  await bob.locator("#people .label").getByText("<b>Ann</b>").waitFor();
  await bob.locator("#my-rooms .label").getByText("<i>markup</i>").waitFor();
  await bob.locator("#log .name").getByText("<b>Ann</b>").waitFor();
  assert.equal(await bob.locator("main :is(img, script, b, i)").count(), 0);
});

test("rooms are made, found, entered, left; what is said elsewhere is unread", async () => {
  const ann = await chat("Ann", "hall");
  const bob = await chat("Bob", "hall");
  await ann.locator("#new-room-name").fill("workshop");
  await ann.locator("#new-room-name").press("Enter");
  await ann.locator("h1", { hasText: "# workshop" }).waitFor();
  await bob.locator("#other-rooms button", { hasText: "workshop" }).click();
  await lists(ann, "#people .label", ["Ann you", "Bob"]);
  await say(bob, "nice place");
  await sees(ann, "nice place");
  await bob.locator("#my-rooms button", { hasText: "hall" }).click();
  await say(bob, "back in the hall");
  await ann.locator("#my-rooms li", { hasText: "hall" }).locator(".unread").waitFor();
  assert.match(await ann.title(), /^\(1\) workshop/);
  await ann.locator("#my-rooms button", { hasText: "hall" }).click();
  await sees(ann, "back in the hall");
  assert.equal(await ann.locator(".unread").count(), 0);
  for (const page of [ann, bob]) {
    await page.locator("#my-rooms button", { hasText: "workshop" }).click();
    await page.locator("#leave").click();
  }
  await ann.locator("#other-rooms .label", { hasText: "workshop" }).waitFor({ state: "detached" });
});

test("a room's name that cannot be is refused with a reason", async () => {
  const ann = await chat("Ann", "names");
  await ann.locator("#new-room-name").fill(" ");
  await ann.locator("#new-room-name").press("Enter");
  await ann.getByRole("alert").getByText("A room needs a name.").waitFor();
});

test("a private message reaches one person only", async () => {
  const ann = await chat("Ann", "private");
  const bob = await chat("Bob", "private");
  const eve = await chat("Eve", "private");
  await ann.locator("#people button", { hasText: "Bob" }).click();
  await say(ann, "between us");
  await bob.locator("#direct li", { hasText: "Ann" }).locator(".unread").waitFor();
  await bob.locator("#direct button", { hasText: "Ann" }).click();
  await sees(bob, "between us");
  await say(bob, "and back");
  await sees(ann, "and back");
  await ann.locator("#log .waiting").waitFor({ state: "detached" });
  await say(eve, "anything?"); // comes after, so that what is not there will not be
  await sees(eve, "anything?");
  assert.deepEqual(await texts(eve, "#log .text"), ["anything?"]);
  assert.equal(await eve.locator("#direct li").count(), 0);
});

test("a private conversation goes on after a reload, on both sides", async () => {
  const ann = await chat("Ann", "private-reload");
  const bob = await chat("Bob", "private-reload");
  await ann.locator("#people button", { hasText: "Bob" }).click();
  await say(ann, "between us");
  await bob.locator("#direct button", { hasText: "Ann" }).click();
  await sees(bob, "between us");
  await ann.locator("#log .waiting").waitFor({ state: "detached" });
  const kept = await ann.evaluate(() => {
    const hidden = { configurable: true, value: "hidden" };
    Object.defineProperty(document, "visibilityState", hidden); // as on a phone that shows something else
    document.dispatchEvent(new Event("visibilitychange"));
    return sessionStorage.getItem("atrium.chat.direct");
  });
  assert.match(kept, /"title":"Bob"/);
  await ann.reload();
  await joined(ann, "Ann");
  await ann.locator("#direct button", { hasText: "Bob" }).click();
  await sees(ann, "between us");
  await say(ann, "still there?");
  await sees(bob, "still there?");
  await say(bob, "yes");
  await sees(ann, "yes");
  for (const page of [ann, bob])
    assert.deepEqual(await texts(page, "#log .text"), ["between us", "still there?", "yes"]);
});

test("what came while one looked elsewhere is marked, per room, until it is seen", async () => {
  const ann = await chat("Ann", "unread-a");
  const bob = await chat("Bob", "unread-a");
  for (const page of [ann, bob]) {
    await page.locator("#new-room-name").fill("unread-b");
    await page.locator("#new-room-name").press("Enter");
    await page.locator("h1", { hasText: "# unread-b" }).waitFor();
  }
  await say(bob, "here");
  await sees(ann, "here");
  await bob.locator("#my-rooms button", { hasText: "unread-a" }).click();
  for (const text of ["one", "two", "three"]) await say(bob, text);
  const row = ann.locator("#my-rooms li", { hasText: "unread-a" });
  await row.locator(".unread", { hasText: "3" }).waitFor();
  assert.match(await ann.title(), /^\(3\) unread-b/);
  assert.equal(await ann.locator("#my-rooms .unread").count(), 1);
  await row.locator("button").click();
  await sees(ann, "three");
  assert.deepEqual(await texts(ann, "#log .fresh .text"), ["one"]);
  assert.match(await ann.title(), /^unread-a/);
  assert.equal(await ann.locator(".unread").count(), 0);
  await say(ann, "read");
  await ann.locator("#log .fresh").waitFor({ state: "detached" });
});

test("rooms are listed with how many are in them, wherever one is", async () => {
  const ann = await chat("Ann", "counts");
  const bob = await chat("Bob", "elsewhere");
  const eve = await chat("Eve", "counts");
  const inside = ann.locator("#my-rooms li", { hasText: "counts" }).locator(".count");
  const outside = bob.locator("#other-rooms li", { hasText: "counts" }).locator(".count");
  await inside.filter({ hasText: /^2$/ }).waitFor();
  await outside.filter({ hasText: /^2$/ }).waitFor();
  await eve.close();
  await inside.filter({ hasText: /^1$/ }).waitFor();
  await outside.filter({ hasText: /^1$/ }).waitFor();
});

test("who is typing is shown, and gone once it is said", async () => {
  const ann = await chat("Ann", "typing");
  const bob = await chat("Bob", "typing");
  await ann.locator("#text").pressSequentially("hm");
  await bob.locator("#typing", { hasText: "Ann is typing" }).waitFor();
  await ann.locator("#text").press("Enter");
  await sees(bob, "hm");
  assert.equal(await bob.locator("#typing").textContent(), "");
  assert.equal(await ann.locator("#typing").textContent(), "");
});

test("another name is taken and remembered", async () => {
  const ann = await visit("/static/chat.html?room=rename");
  const bob = await chat("Bob", "rename");
  await ann.locator("#status[data-state=open]").waitFor();
  await ann.locator("#you").click();
  await ann.locator("#nickname").fill("Annabel");
  await ann.locator("#nickname").press("Enter");
  await joined(ann, "Annabel");
  await lists(bob, "#people .label", ["Annabel", "Bob you"]);
  await say(ann, "my new name");
  await bob.locator("#log .message .name", { hasText: "Annabel" }).waitFor();
  assert.deepEqual(await texts(bob, "#log .system"), ["Bob joined the room"]);
  await ann.reload();
  await joined(ann, "Annabel");
});

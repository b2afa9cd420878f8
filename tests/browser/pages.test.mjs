/* pages.mjs - tests of the first page, the monitor, and what all pages have in common
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { chat, mayLog, PHONE, pidOf, say, sees, signal, texts, visit } from "./harness.mjs";

const PROCESSES = ["gateway", "hub", "auth", "metrics"];

test("the first page says that the server is ready and leads to the demos", async () => {
  mayLog(/status of 503/); // while it is not, as after a test that has killed something
  const page = await visit("/");
  await page.locator("#status[data-state=open]").waitFor();
  for (const [link, title] of [
    ["Chat", "# general"],
    ["Monitor", "Monitor"],
  ]) {
    await page.goto(new URL("/", page.url()).href);
    await page.locator(".cards a", { hasText: link }).click();
    await page.locator("h1", { hasText: title }).waitFor();
    await page.locator("#status[data-state=open]").waitFor();
  }
});

test("the library works from a plain script tag", async () => {
  const page = await visit("/");
  await page.evaluate(() => {
    window.trustedTypes.createPolicy("default", { createScriptURL: (url) => url }); // ours has none
  });
  await page.addScriptTag({ url: "/static/atrium-client.js" });
  const heard = await page.evaluate(async () => {
    const client = window.Atrium.connect({ nickname: "Script", rooms: ["script"] });
    const room = await client.join("script").ready;
    const echo = new Promise((resolve) => room.on("greeting", resolve));
    const ack = await room.publish("greeting", { words: "hi", exact: 1.5 });
    const { rtt } = await client.ping();
    const rooms = await client.listRooms();
    const { nickname, words, exact, id } = await echo;
    const refused = await client.publish("elsewhere", "x").catch(({ code }) => code);
    const mine = id === client.id;
    client.close();
    const names = rooms.map(({ name }) => name);
    return { nickname, words, exact, mine, refused, rtt: rtt >= 0, ack: ack.room, names };
  });
  const { names, ...rest } = heard;
  assert.ok(names.includes("script"));
  assert.deepEqual(rest, {
    ...{ nickname: "Script", words: "hi", exact: 1.5, mine: true, rtt: true },
    ...{ refused: "not_in_room", ack: "script" },
  });
});

test("the monitor draws what the server reports, and shows a pause as one", async () => {
  const page = await visit("/static/monitor.html");
  await page.locator("#freshness", { hasText: "Live" }).waitFor();
  for (const name of PROCESSES) {
    const row = page.locator("#processes tr", { hasText: name });
    await row.locator(".pid", { hasText: String(await pidOf(name)) }).waitFor();
    assert.match(await row.locator(".cpu").textContent(), /^[\d.]+ %$/);
    assert.match(await row.locator(".memory").textContent(), /^[\d.]+ MB$/);
  }
  for (const [chart, value] of [
    ["CPU", /^[\d.]+ %$/],
    ["Memory", /^[\d.]+ %$/],
  ]) {
    const figure = page.locator(".chart", { hasText: chart });
    assert.match(await figure.locator(".value").first().textContent(), value);
  }
  assert.equal(await page.locator(".chart canvas").count(), 11);
  await page.waitForFunction(drawn, "--series-2");
  await signal("metrics", "SIGSTOP");
  try {
    await page.locator("#freshness", { hasText: "No figures since" }).waitFor();
  } finally {
    await signal("metrics", "SIGCONT");
  }
  await page.locator("#freshness", { hasText: "Live" }).waitFor();
  await page.locator("#span label", { hasText: "2 h" }).click();
  await page.waitForFunction(drawn, "--series-2");
});

test("a monitor that is opened late shows what was before it, and alerts with their state", async () => {
  const first = await visit("/static/monitor.html");
  await first.locator("#alerts li", { hasText: "process down" }).waitFor();
  await first.locator("#alerts-summary", { hasText: "Nothing is wrong." }).waitFor();
  const answered = [];
  const page = await visit("/");
  page.on("response", (response) => answered.push([response.url(), response.status()]));
  await page.goto(new URL("/static/monitor.html", page.url()).href);
  await page.locator("#freshness", { hasText: "Live" }).waitFor();
  assert.ok(answered.some(([url, status]) => url.endsWith("/api/series/10m") && status === 200));
  assert.equal(await page.locator("#no-history").isVisible(), false);
  for (const name of PROCESSES)
    await page.locator("#chart-processes-cpu ~ .legend li", { hasText: name }).waitFor();
  await signal("auth", "SIGSTOP");
  try {
    await page.locator("#alerts li.firing", { hasText: "process down" }).waitFor();
    await page.locator("#alerts-summary", { hasText: "Firing: process down" }).waitFor();
    await page.locator("#processes tr.down", { hasText: "auth" }).waitFor();
  } finally {
    await signal("auth", "SIGCONT");
  }
  await page.locator("#alerts-summary", { hasText: "Nothing is wrong." }).waitFor();
});

test("the charts can be read as a table, by keyboard alone", async () => {
  const page = await visit("/static/monitor.html");
  await page.locator("#freshness", { hasText: "Live" }).waitFor();
  await page.locator("#span input[value='10m']").focus();
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.locator("#span input[value='2h']").isChecked());
  await page.keyboard.press("ArrowLeft");
  await page.locator("#figures summary").focus();
  await page.keyboard.press("Enter");
  const row = page.locator("#figure-rows tr", { hasText: "Memory of processes: hub" });
  await row.locator("td", { hasText: "MB" }).first().waitFor();
  assert.equal(await row.locator("td").count(), 4);
});

/** In the page: whether the memory's chart has points of a colour. */
function drawn(property) {
  const canvas = document.querySelectorAll(".chart canvas")[1];
  const hex = getComputedStyle(document.documentElement).getPropertyValue(property).trim();
  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const { width, height } = canvas;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200 && wanted.every((part, n) => Math.abs(data[at + n] - part) < 12))
      return true;
  }
  return false;
}

for (const path of ["/", "/static/chat.html?room=narrow", "/static/monitor.html"]) {
  test(`${path} fits a phone`, async () => {
    const page = await visit(path, { nickname: "Ann".repeat(10), ...PHONE });
    await page.locator("#status[data-state=open]").waitFor();
    if (path.includes("monitor")) await page.locator("#freshness", { hasText: "Live" }).waitFor();
    if (path.includes("chat")) {
      await say(page, "w".repeat(300));
      await sees(page, "w".repeat(300));
    }
    const { content, screen } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      screen: window.innerWidth,
    }));
    assert.ok(content <= screen, `${content} > ${screen}`);
  });
}

test("on a phone rooms and people lie over the conversation, one at a time", async () => {
  const page = await chat("Ann", "drawers", PHONE);
  const rooms = page.locator("#rooms-panel");
  assert.equal(await rooms.isVisible(), false);
  await page.getByRole("button", { name: "Rooms" }).click();
  await rooms.waitFor({ state: "visible" });
  await page.keyboard.press("Escape");
  await rooms.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "People" }).click();
  await page.locator("#people-panel").waitFor({ state: "visible" });
});

test("a keyboard is enough to write to someone", async () => {
  const ann = await chat("Ann", "keys");
  const bob = await chat("Bob", "keys");
  await ann.locator("#people button", { hasText: "Bob" }).waitFor();
  await ann.locator("h1").click();
  let reached = "";
  for (let presses = 0; presses < 30 && !reached.includes("Bob"); presses++) {
    await ann.keyboard.press("Tab");
    reached = await ann.evaluate(
      () => document.activeElement?.closest("#people")?.textContent ?? "",
    );
  }
  await ann.keyboard.press("Enter");
  await ann.keyboard.type("from the keyboard");
  await ann.keyboard.press("Enter");
  await bob.locator("#direct .unread").waitFor();
  assert.deepEqual(await texts(ann, "#log .own .text"), ["from the keyboard"]);
});

test("every control has a name", async () => {
  for (const path of ["/", "/static/chat.html?room=named", "/static/monitor.html"]) {
    const page = await visit(path);
    await page.locator("#status[data-state=open]").waitFor();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("a, button, input, textarea")]
        .filter((e) => !(e.labels?.length || e.textContent.trim() || e.ariaLabel || e.hidden))
        .map((e) => e.outerHTML),
    );
    assert.deepEqual(nameless, []);
  }
});

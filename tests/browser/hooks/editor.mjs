/* hooks/editor.mjs - what tests of every page must know of the text editor
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { eventually } from "../harness.mjs";
import { goTo, lines, shows, type } from "../texts.mjs";

export async function post(page, text) {
  await page.locator("#text .cm-content").focus();
  await page.keyboard.insertText(text);
  await shown(page, text);
}

export async function shown(page, text) {
  await eventually(async () => assert.ok((await lines(page)).join("\n").includes(text)));
}

export function says(text) {
  return [
    { type: "cursor_update", anchor: text, head: text },
    { type: "cursor_update", anchor: { tname: text, item: null }, head: { tname: text, assoc: 0 } },
    { type: "cursor_update", anchor: null, head: 7 },
  ];
}

export function keeps(text) {
  return [
    { key: "language", value: text },
    { key: "u/stranger-0/000", value: `1:${text}` },
    { key: "doc/stranger/000", value: text },
  ];
}

const POEM = [
  "/* greet.js - says hello to who comes */",
  'import { connect } from "/static/atrium-client.mjs";',
  "",
  "const client = connect();",
  'const room = client.join("lobby");',
  "",
  'room.on("join", ({ nickname }) => {',
  '  room.publish("message", { content: `Welcome, ${nickname}!` });',
  "});",
];

export async function scene(ann, bob) {
  await ann.locator("#language").selectOption("javascript");
  await ann.locator("#text .cm-content").focus();
  await ann.keyboard.insertText(POEM.join("\n"));
  await shows(bob, POEM);
  await goTo(bob, "Control+Home");
  await goTo(bob, "ArrowDown");
  await type(bob, "");
  await bob.keyboard.press("Shift+End");
  await ann.locator(".other-selection").first().waitFor();
  await ann.locator(".other-caret .name").waitFor();
}

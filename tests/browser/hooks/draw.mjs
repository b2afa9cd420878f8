/* hooks/draw.mjs - what tests of every page must know of the drawing page
 *
 * SPDX-License-Identifier: MIT
 */
import { choose, line, screenAt, showsStrokes } from "../drawing.mjs";
import { until } from "../harness.mjs";

export async function ready(page) {
  await until(page, () => /stroke/.test(document.getElementById("summary").textContent));
}

const VALUE = { c: "#000000", s: 4, a: "x", p: [800, 800, 40, 40] };

export function keeps(text) {
  return [
    { key: "s/00000001-a", value: { ...VALUE, c: text, a: text, g: text } },
    { key: "s/00000002-a", value: { ...VALUE, a: text, g: text } },
    { key: "s/00000003-a", value: text },
  ];
}

export function says(text) {
  return [
    { type: "cursor_move", toX: 10, toY: 10, color: text },
    { type: "draw", content: { fromX: 1, fromY: 1, toX: 90, toY: 90, color: text, size: 4 } },
    { type: "stroke_growing", key: "s/00000009-a", at: 0, stroke: { ...VALUE, c: text } },
  ];
}

function arc([x, y], radius, from, to, parts = 24) {
  return Array.from({ length: parts + 1 }, (_, at) => {
    const angle = from + ((to - from) * at) / parts;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

/** What each draws: colour, size, places. */
const ANNS = [
  ["#22241f", 7, [[420, 900], [420, 560], [880, 560], [880, 900], [420, 900]]],
  ["#d23c32", 16, [[360, 575], [650, 330], [940, 575]]],
  ["#2f6fce", 7, [[500, 640], [620, 640], [620, 750], [500, 750], [500, 640]]],
  ["#22241f", 7, [[710, 900], [710, 690], [800, 690], [800, 900]]],
];
const BENS = [
  ["#f2c830", 16, arc([1260, 290], 105, 0, Math.PI * 2)],
  ["#e58a1f", 7, [[1260, 130], [1260, 85]]],
  ["#e58a1f", 7, [[1260, 450], [1260, 500]]],
  ["#e58a1f", 7, [[1100, 290], [1050, 290]]],
  ["#e58a1f", 7, [[1420, 290], [1470, 290]]],
  ["#2f9a5d", 40, [[130, 960], [500, 930], [900, 955], [1200, 935], [1480, 950]]],
  ["#8b52b8", 7, arc([1180, 800], 46, 0, Math.PI * 2)],
];

async function drawAll(page, strokes) {
  for (const [colour, size, places] of strokes) {
    await choose(page, "colour", colour);
    await choose(page, "size", String(size));
    await line(page, places, { steps: places.length > 9 ? 1 : 8 });
  }
}

export async function scene(ann, bob) {
  await drawAll(ann, ANNS);
  await drawAll(bob, BENS);
  await choose(bob, "colour", "#2f9a5d");
  await line(bob, [[1180, 850], [1190, 910]], { hold: true });
  await showsStrokes([ann], ANNS.length + BENS.length);
  await bob.mouse.move(...(await screenAt(bob, [1195, 925])));
  await ann.locator(".cursor span", { hasText: "Ben" }).waitFor();
  await ann.evaluate(() => document.activeElement?.blur());
}

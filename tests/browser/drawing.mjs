/* drawing.mjs - drawing on the sheet of a page, and what is seen on it
 *
 * SPDX-License-Identifier: MIT
 */
import { eventually, until } from "./harness.mjs";
import assert from "node:assert/strict";

export const SHEET = { width: 1600, height: 1200 };

/** Where on the screen a place of the sheet is. */
export async function screenAt(page, [x, y]) {
  const box = await page.locator("#paper").boundingBox();
  return [box.x + (x / SHEET.width) * box.width, box.y + (y / SHEET.height) * box.height];
}

/** A line with the mouse through places of the sheet; `hold` leaves the button down. */
export async function line(page, places, { hold = false, steps = 4 } = {}) {
  const [first, ...others] = await Promise.all(places.map((place) => screenAt(page, place)));
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const place of others) await page.mouse.move(...place, { steps });
  if (!hold) await page.mouse.up();
}

export async function choose(page, group, value) {
  await page.locator(`input[name=${group}][value="${value}"]`).check();
}

/** The colour of a place, as #rrggbb, of what is kept or of what is being drawn; "" where nothing is. */
export async function colourAt(page, place, canvas = "kept") {
  const [x, y] = await screenAt(page, place);
  return page.evaluate(
    ([left, top, id]) => {
      const element = document.getElementById(id);
      const box = element.getBoundingClientRect();
      const at = [(left - box.x) * devicePixelRatio, (top - box.y) * devicePixelRatio];
      const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      copy.drawImage(element, ...at.map((part) => -Math.round(part)));
      const [r, g, b, a] = copy.getImageData(0, 0, 1, 1).data;
      if (a < 128) return "";
      return `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    },
    [x, y, canvas],
  );
}

/** Until a place has this colour on all of these pages. */
export async function showsColour(pages, place, colour, canvas) {
  for (const [at, page] of pages.entries()) {
    await eventually(async () => {
      assert.equal(await colourAt(page, place, canvas), colour, `${place} of page ${at}`);
    });
  }
}

/** Until all of these pages count so many strokes. */
export async function showsStrokes(pages, count) {
  const words = count === 1 ? "1 stroke" : `${count} strokes`;
  for (const page of pages) {
    await until(page, (text) => document.getElementById("summary").textContent === text, words);
  }
}

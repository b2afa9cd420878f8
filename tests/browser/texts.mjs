/* texts.mjs - typing into the text editor, and what it shows
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { eventually } from "./harness.mjs";

const content = (page) => page.locator("#text .cm-content");

export async function type(page, text) {
  await content(page).focus();
  for (const [n, line] of text.split("\n").entries()) {
    if (n) await page.keyboard.press("Enter");
    await page.keyboard.type(line);
  }
}

export async function goTo(page, key) {
  await content(page).focus();
  await page.keyboard.press(key);
}

/** The lines that are seen; carets and names of others are not among them. */
export function lines(page) {
  return page.locator("#text .cm-line").allTextContents();
}

/** Until a page shows exactly these lines. */
export async function shows(page, wanted) {
  await eventually(async () => assert.deepEqual(await lines(page), wanted));
}

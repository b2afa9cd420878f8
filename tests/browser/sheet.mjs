/* sheet.mjs - for tests: cells of the sheet by their addresses, and what is in them
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { eventually, until } from "./harness.mjs";

function place(address) {
  const [, letters, row] = /^([A-Z]+)(\d+)$/.exec(address);
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { row: Number(row), column };
}

export function cell(page, address) {
  const { row, column } = place(address);
  return page.locator(`#grid tbody tr:nth-child(${row}) td:nth-of-type(${column})`);
}

/** Writes as someone does: goes there, types, Enter. */
export async function write(page, address, text) {
  await cell(page, address).click();
  if (text === "") return page.keyboard.press("Delete");
  await page.locator("#formula").fill(text);
  await page.locator("#formula").press("Enter");
}

/** What cells show, by their addresses. */
export async function shownIn(page, addresses) {
  const all = await page.locator("#grid tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("td")].map((td) => td.textContent)),
  );
  return Object.fromEntries(
    addresses.map((address) => {
      const { row, column } = place(address);
      return [address, all[row - 1]?.[column - 1]];
    }),
  );
}

/** Until all these pages show this. */
export async function showsCells(pages, cells) {
  for (const page of pages) {
    await eventually(async () => assert.deepEqual(await shownIn(page, Object.keys(cells)), cells));
  }
}

/** What is to be edited in a cell. */
export async function sourceOf(page, address) {
  await cell(page, address).click();
  await until(page, (wanted) => document.querySelector("#formula").dataset.cell === wanted, address);
  return page.locator("#formula").inputValue();
}

/** Chooses from the menus of rows and columns. */
export async function choose(page, menu, item) {
  await page.locator(`#${menu}`).click();
  await page.getByRole("menuitem", { name: item }).click();
}

export async function importCsv(page, text, name = "table.csv") {
  await page.locator("#file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
}

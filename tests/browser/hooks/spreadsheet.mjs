/* hooks/spreadsheet.mjs - what tests of every page must know of the sheet
 *
 * SPDX-License-Identifier: MIT
 */
import { until } from "../harness.mjs";
import { cell, importCsv, showsCells, write } from "../sheet.mjs";

export async function post(page, text) {
  await write(page, "B2", text);
  await write(page, "C3", `="${text.replaceAll('"', '""')}"&B2`);
  await shown(page, text);
}

export async function shown(page, text) {
  await until(
    page,
    (wanted) => [...document.querySelectorAll("#grid td")].some((e) => e.textContent === wanted),
    text,
  );
}

export function says(text) {
  return [
    { type: "cursor_update", cellId: text, color: text },
    { type: "cursor_update", cellId: { id: text }, color: 5 },
    { type: "cursor_update", cellId: "r1/A", color: `red;${text}` },
  ];
}

export function keeps(text) {
  return [
    { key: "c/r5/A", value: { v: text } },
    { key: "c/r5/B", value: { v: `=${text}` } },
    { key: "c/r5/C", value: text },
    { key: `c/${text.replaceAll("/", "-")}/D`, value: { v: text } },
    { key: "r/strange", value: { order: text } },
    { key: `k/${text}`, value: { order: "V" } },
    { key: "r/r7", value: text },
    { key: "f/r5/A", value: { f: text } },
    { key: "f/r5/B", value: { f: "money", c: text } },
  ];
}

const BUDGET = `Summer fête,Planned,Spent,Left
Tent,400,385.50,=B2-C2
Music,650,650,=B3-C3
Lanterns,120,148.20,=B4-C4
Cake and tea,230,197.35,=B5-C5
Posters,90,42,=B6-C6
,,,
Sum,=SUM(B2:B6),=SUM(C2:C6),=SUM(D2:D6)
Largest,=MAX(B2:B6),=MAX(C2:C6),=MAX(D2:D6)
Part of it,,"=ROUND(C8/B8,3)",`;

export async function scene(ann, bob) {
  await cell(ann, "A1").click();
  await importCsv(ann, BUDGET);
  await showsCells([ann, bob], { D8: "66.95", C9: "650" });
  for (const [from, to, form] of [["B2", "D9", "Number"], ["B8", "D8", "Euro"], ["C10", "C10", "Percent"]]) {
    await cell(ann, from).click();
    await cell(ann, to).click({ modifiers: ["Shift"] });
    await ann.locator("#format").click();
    await ann.getByRole("menuitemradio", { name: form }).click();
  }
  await showsCells([ann, bob], { D8: "€66.95", C9: "650.00", C10: "96%" });
  await cell(bob, "C4").click();
  await cell(ann, "B8").click();
  await ann.locator(".cursor[data-cell='r4/C']").waitFor();
}

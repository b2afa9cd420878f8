/* refs.ts - what a formula refers to: kept as ids of column and row, shown as A1
 *
 * So it refers to the same cells wherever rows and columns are put in or taken away, and nobody has
 * to write on a formula for that. A range loses what is taken away at its ends.
 */

import { addressOf, columnIndex, columnName } from "./address.js";
import type { Axis } from "./axis.js";

export interface Axes {
  rows: Axis;
  columns: Axis;
}

const TEXT = String.raw`"(?:[^"]|"")*"?|'(?:[^']|'')*'?`;
const NUMBER = String.raw`\d+(?:\.\d*)?(?:[eE][+-]?\d+)?`;
const NAME = String.raw`[A-Za-z_][\w.]*`;
const ADDRESS = String.raw`(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,6})(?![\w.(!])`;
const IDS = String.raw`\[(\$?)([A-Za-z0-9]{1,16})\/(\$?)([A-Za-z0-9]{1,16})\]`;

const TYPED = new RegExp(`${TEXT}|${ADDRESS}|${NUMBER}|${NAME}`, "g");
const KEPT = new RegExp(`${TEXT}|${IDS}(?::${IDS})?`, "g");
const LOST = "#REF!";

/** A formula as it was typed, as it is kept. What is beyond the sheet stays as it was typed. */
export function toKept(formula: string, { rows, columns }: Axes): string {
  return formula.replace(TYPED, (all, inColumn, letters, inRow, number) => {
    const column = letters && columns.ids[columnIndex(letters)];
    const row = number && rows.ids[Number(number) - 1];
    return column && row ? `[${inColumn}${column}/${inRow}${row}]` : letters ? all.toUpperCase() : all;
  });
}

/** A formula as it is kept, as it is shown. */
export function toShown(formula: string, axes: Axes): string {
  return formula.replace(KEPT, (all: string, ...parts: (string | undefined)[]) => {
    if (parts[1] === undefined) return all;
    if (parts[5] === undefined) return one(parts as string[], axes);
    return range(parts as string[], axes);
  });
}

function one([inColumn, column, inRow, row]: string[], { rows, columns }: Axes): string {
  const [x, y] = [columns.indexOf(column!), rows.indexOf(row!)];
  if (x === undefined || y === undefined) return LOST;
  return `${inColumn}${columnName(x)}${inRow}${y + 1}`;
}

function range(parts: string[], { rows, columns }: Axes): string {
  const [x, toX] = ends(columns, parts[1]!, parts[5]!);
  const [y, toY] = ends(rows, parts[3]!, parts[7]!);
  if (x === undefined || y === undefined || toX === undefined || toY === undefined) return LOST;
  const from = `${parts[0]}${columnName(x)}${parts[2]}${y + 1}`;
  return `${from}:${parts[4]}${columnName(toX)}${parts[6]}${toY + 1}`;
}

/** Where a range begins and ends; nowhere, when all of it is gone. Ends may stand either way. */
function ends(axis: Axis, a: string, b: string): (number | undefined)[] {
  const [first, last] = [axis.nearest(a, "first"), axis.nearest(b, "last")];
  if (first !== undefined && last !== undefined && first <= last) return [first, last];
  if (axis.indexOf(a) === undefined || axis.indexOf(b) === undefined) {
    const [start, end] = [axis.nearest(b, "first"), axis.nearest(a, "last")];
    return start !== undefined && end !== undefined && start <= end ? [start, end] : [];
  }
  return [last, first];
}

/** A formula as it reads a step away: what is not fixed with $ goes along. */
export function shifted(formula: string, down: number, right: number): string {
  return formula.replace(TYPED, (all, inColumn, letters, inRow, number) => {
    if (!letters) return all;
    const column = columnIndex(letters) + (inColumn ? 0 : right);
    const row = Number(number) - 1 + (inRow ? 0 : down);
    if (column < 0 || row < 0) return LOST;
    const name = addressOf({ row, column });
    return name.replace(/^([A-Z]+)/, `${inColumn ? "$$" : ""}$1${inRow ? "$$" : ""}`);
  });
}

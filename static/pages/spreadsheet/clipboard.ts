/* clipboard.ts - what is chosen as a table of text, for this sheet and for other programs */

import type { Box, Position } from "./address.js";
import { format, guarded, parse } from "./csv.js";
import { type Format, readFormat } from "./numbers.js";
import { shifted } from "./refs.js";
import { type Sheet, show } from "./sheet.js";

/** For sheets of ours: what is written, formulas too, and the forms of numbers. */
const OWN = "application/x-atrium-cells";

/**
 * What is in a box, as it reads back: dates as they are shown, other numbers without their forms.
 * Text that another program would take for a formula is guarded.
 */
export function values(sheet: Sheet, box: Box): string[][] {
  return each(sheet, box, (id) => {
    const value = sheet.value(id);
    if (typeof value === "string") return guarded(value);
    return sheet.format(id)?.kind === "date" && Number.isInteger(value) ? sheet.text(id) : show(value);
  });
}

function each<T>(sheet: Sheet, { from, to }: Box, what: (id: string) => T): T[][] {
  const rows: T[][] = [];
  for (let row = from.row; row <= to.row; row++) {
    const line: T[] = [];
    for (let column = from.column; column <= to.column; column++) {
      const id = sheet.idAt({ row, column });
      line.push(what(id ?? ""));
    }
    rows.push(line);
  }
  return rows;
}

export function copy(sheet: Sheet, box: Box, data: DataTransfer): void {
  const text = format(values(sheet, box), "\t", "\n");
  data.setData("text/plain", text);
  const sources = each(sheet, box, (id) => sheet.source(id));
  const formats = each(sheet, box, (id) => sheet.chosenFormat(id) ?? null);
  data.setData(OWN, JSON.stringify({ text, from: box.from, sources, formats }));
}

interface Own {
  from: Position;
  sources: string[][];
  formats: (Format | null)[][];
}

export interface Pasted {
  rows: string[][];
  /** As `rows`; of what comes from elsewhere it is not known. */
  formats?: (Format | undefined)[][];
}

/** A table to be put in at a place; formulas of ours go along, and the forms of numbers. */
export function pasted(data: DataTransfer, at: Position): Pasted {
  const text = data.getData("text/plain");
  try {
    const own = JSON.parse(data.getData(OWN)) as Own;
    const [down, right] = [at.row - own.from.row, at.column - own.from.column];
    const move = (source: string): string =>
      source.startsWith("=") ? shifted(source, down, right) : source;
    const kept = own.formats.map((line) => line.map((f) => f && { f: f.kind, d: f.digits, c: f.currency }));
    const rows = own.sources.map((line) => line.map(move));
    return { rows, formats: kept.map((line) => line.map(readFormat)) };
  } catch {
    return { rows: parse(text, "\t") }; // from elsewhere
  }
}

/* clipboard.ts - what is chosen as a table of text, for this sheet and for other programs */

import type { Box, Position } from "./address.js";
import { format, guarded, parse } from "./csv.js";
import { shifted } from "./refs.js";
import { type Sheet, show } from "./sheet.js";

/** For sheets of ours: what is written, formulas too. */
const OWN = "application/x-atrium-cells";

/** What is shown in a box. Text that another program would take for a formula is guarded. */
export function values(sheet: Sheet, box: Box): string[][] {
  return each(sheet, box, (id) => {
    const value = sheet.value(id);
    return typeof value === "string" ? guarded(value) : show(value);
  });
}

function each(sheet: Sheet, { from, to }: Box, text: (id: string) => string): string[][] {
  const rows: string[][] = [];
  for (let row = from.row; row <= to.row; row++) {
    const line: string[] = [];
    for (let column = from.column; column <= to.column; column++) {
      const id = sheet.idAt({ row, column });
      line.push(id === undefined ? "" : text(id));
    }
    rows.push(line);
  }
  return rows;
}

export function copy(sheet: Sheet, box: Box, data: DataTransfer): void {
  const text = format(values(sheet, box), "\t", "\n");
  data.setData("text/plain", text);
  const sources = each(sheet, box, (id) => sheet.source(id));
  data.setData(OWN, JSON.stringify({ text, from: box.from, sources }));
}

/** A table to be put in at a place; formulas of ours go along. */
export function pasted(data: DataTransfer, at: Position): string[][] {
  const text = data.getData("text/plain");
  try {
    const own = JSON.parse(data.getData(OWN)) as { text: string; from: Position; sources: string[][] };
    const [down, right] = [at.row - own.from.row, at.column - own.from.column];
    const move = (source: string): string =>
      source.startsWith("=") ? shifted(source, down, right) : source;
    return own.sources.map((line) => line.map(move));
  } catch {
    return parse(text, "\t"); // from elsewhere
  }
}

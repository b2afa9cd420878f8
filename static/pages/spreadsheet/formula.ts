/* formula.ts - what a formula comes to, and what it depends on */

import Parser from "fast-formula-parser";
import { type Box, contains, type Position } from "./address.js";
import { functions, isEmpty, LONGEST } from "./functions.js";

/** What stands in place of a value, such as #DIV/0!. */
export class Fault {
  constructor(readonly code: string) {}
}

export type Value = number | string | boolean | undefined | Fault;

const { FormulaError, DepParser } = Parser;
const LIMIT = "#LIMIT!";

type Looking = (position: Position) => Value;

/** What is worked out at once ends after so many cells that were looked at: a page goes on. */
const MOST_WORK = 1_000_000;
/** Reading a formula is as much work as looking at so many. */
const READING = 250;

let left = MOST_WORK;
let look: Looking = () => undefined;
let size: Position = { row: 0, column: 0 };

/* ---- reading and working out ------------------------------------------------------------------- */

function given(position: Position): unknown {
  if (position.row > size.row || position.column > size.column) return FormulaError.REF;
  if (--left < 0) return new FormulaError(LIMIT);
  const value = look(position);
  return value instanceof Fault ? new FormulaError(value.code) : (value ?? null);
}

const parser = new Parser({
  functions,
  onCell: ({ row, col }) => given({ row: row - 1, column: col - 1 }),
  onRange: ({ from, to }) => {
    const values: unknown[][] = [];
    for (let row = from.row - 1; row < to.row && row <= size.row; row++) {
      const line: unknown[] = [];
      for (let column = from.col - 1; column < to.col && column <= size.column; column++) {
        line.push(given({ row, column }));
      }
      values.push(line);
    }
    return values;
  },
});
const reader = new DepParser();

/** The cells that a formula, without its =, names. Of one that cannot be read: none. */
export function dependencies(formula: string, { row, column }: Position): Box[] {
  try {
    const found = reader.parse(formula, { row: row + 1, col: column + 1, sheet: "" });
    return found.map((ref) => {
      const { from, to } = "from" in ref ? ref : { from: ref, to: ref };
      return {
        from: { row: from.row - 1, column: from.col - 1 },
        to: { row: to.row - 1, column: to.col - 1 },
      };
    });
  } catch {
    return [];
  }
}

/** Formulas will be worked out: from here on it is counted how much work that is. */
export function beginWork(): void {
  left = MOST_WORK;
}

/** What a formula, without its =, comes to at a place. `last` is the last place of the sheet. */
export function evaluate(formula: string, at: Position, last: Position, looking: Looking): Value {
  [look, size] = [looking, last];
  if ((left -= READING) < 0) return new Fault(LIMIT);
  try {
    const result = parser.parse(formula, { row: at.row + 1, col: at.column + 1, sheet: "" });
    return left < 0 ? new Fault(LIMIT) : valueOf(result);
  } catch (error) {
    const { name, message } = error as Error;
    if (/is not implemented/.test(message)) return new Fault("#NAME?");
    return new Fault(error instanceof FormulaError && name.startsWith("#") ? name : "#ERROR!");
  }
}

function valueOf(result: unknown): Value {
  if (result instanceof FormulaError) return new Fault(result.name);
  if (typeof result === "string" && result.length > LONGEST) return new Fault("#VALUE!");
  if (typeof result === "string" || typeof result === "boolean") return result;
  if (typeof result === "number") return Number.isFinite(result) ? result : new Fault("#NUM!");
  return isEmpty(result) ? 0 : new Fault("#VALUE!");
}

export function dependsOn(boxes: readonly Box[], position: Position): boolean {
  return boxes.some((box) => contains(box, position));
}

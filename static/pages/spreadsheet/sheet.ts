/* sheet.ts - the sheet as the room keeps it, and what its formulas come to; knows no page */

import { type Box, columnName, type Position } from "./address.js";
import { Axis, ID, type KeptLine } from "./axis.js";
import { beginWork, dependencies, dependsOn, evaluate, Fault, type Value } from "./formula.js";
import { dayOf, type Format, formatted, impliedBy, type KeptFormat, readFormat } from "./numbers.js";
import { type Axes, toKept, toShown } from "./refs.js";

export const USUAL = { rows: 50, columns: 26 };
export const MOST = { rows: 200, columns: 52 };
/** So long may be what is written in a cell. */
export const LONGEST = 2000;
/** So many formulas are worked out. */
const MOST_FORMULAS = 2000;
/** With more changes at once than this, all is worked out anew. */
const FEW = 40;

export interface KeptCell {
  v: string;
}

export type Kept = KeptCell | KeptLine | KeptFormat;

interface Cell {
  /** As it is kept. */
  kept: string;
  /** As one edits it. */
  source: string;
  boxes: readonly Box[];
  value: Value;
}

/** What `settle` has found. */
export interface Settled {
  /** Rows or columns came, went or moved. */
  lines: boolean;
  /** The cells that may show something else, by their ids. */
  cells: Set<string>;
}

const CELL = "c/";
const FORMAT = "f/";

export class Sheet implements Axes {
  readonly rows = new Axis({ prefix: "r/", usual: names(USUAL.rows, (n) => `r${n + 1}`), most: MOST.rows });
  readonly columns = new Axis({ prefix: "k/", usual: names(USUAL.columns, columnName), most: MOST.columns });
  readonly #cells = new Map<string, Cell>();
  readonly #formats = new Map<string, Format>();
  #changed = new Set<string>();
  #lines = false;

  /** Takes what the room keeps of a key now. */
  take(key: string, value: unknown): void {
    if (key.startsWith(CELL)) return this.#takeCell(key.slice(CELL.length), value);
    if (key.startsWith(FORMAT)) return this.#takeFormat(key.slice(FORMAT.length), value);
    for (const axis of [this.rows, this.columns]) {
      const id = axis.idOf(key);
      if (id === undefined) continue;
      axis.take(id, value);
      this.#lines = true;
    }
  }

  #takeCell(id: string, value: unknown): void {
    const text = (value as Partial<KeptCell> | null | undefined)?.v;
    if (typeof text !== "string" || text === "") this.#cells.delete(id);
    else if (isId(id)) {
      const kept = text.slice(0, LONGEST * 8);
      this.#cells.set(id, { kept, source: kept, boxes: [], value: undefined });
    }
    this.#changed.add(id);
  }

  #takeFormat(id: string, value: unknown): void {
    const format = readFormat(value);
    if (format && isId(id)) this.#formats.set(id, format);
    else this.#formats.delete(id);
    this.#changed.add(id);
  }

  /* ---- where and what -------------------------------------------------------------------------- */

  /** A cell's id, which it keeps wherever it is shown. */
  idAt({ row, column }: Position): string | undefined {
    const [r, c] = [this.rows.ids[row], this.columns.ids[column]];
    return r !== undefined && c !== undefined ? `${r}/${c}` : undefined;
  }

  positionOf(id: string): Position | undefined {
    const [r = "", c = ""] = id.split("/");
    const [row, column] = [this.rows.indexOf(r), this.columns.indexOf(c)];
    return row === undefined || column === undefined ? undefined : { row, column };
  }

  keyOf(id: string): string {
    return CELL + id;
  }

  formatKeyOf(id: string): string {
    return FORMAT + id;
  }

  /** What is written in a cell, formulas as they are shown. */
  source(id: string): string {
    return this.#cells.get(id)?.source ?? "";
  }

  /** What a value kept for a cell, perhaps not ours, would be to edit. */
  sourceOf(kept: unknown): string {
    const text = (kept as Partial<KeptCell> | null | undefined)?.v;
    return typeof text === "string" ? this.#shown(text) : "";
  }

  value(id: string): Value {
    return this.#cells.get(id)?.value;
  }

  /** The form that was chosen for a cell's number. */
  chosenFormat(id: string): Format | undefined {
    return this.#formats.get(id);
  }

  /** The form of a cell's number: the one that was chosen, or that what is written says. */
  format(id: string): Format | undefined {
    return this.#formats.get(id) ?? impliedBy(this.#cells.get(id)?.source ?? "");
  }

  /** What a cell shows, a number without a form with so many digits. */
  text(id: string, digits?: number): string {
    const value = this.value(id);
    const format = typeof value === "number" ? this.format(id) : undefined;
    return (format && formatted(value as number, format)) ?? show(value, digits);
  }

  isFormula(id: string): boolean {
    return this.#cells.get(id)?.kept.startsWith("=") ?? false;
  }

  /** What was written, as it is kept. */
  keep(source: string): KeptCell {
    const text = source.slice(0, LONGEST);
    return { v: text.startsWith("=") ? toKept(text, this) : text };
  }

  /** The ids of all cells in which something is, shown or not. */
  written(): string[] {
    return [...this.#cells.keys()];
  }

  /** The ids of all cells that have a form of their own, shown or not. */
  inForm(): string[] {
    return [...this.#formats.keys()];
  }

  /** The smallest box from A1 in which all is that is shown; undefined of an empty sheet. */
  used(): Box | undefined {
    const to = { row: -1, column: -1 };
    for (const id of this.#cells.keys()) {
      const at = this.positionOf(id);
      if (!at) continue;
      to.row = Math.max(to.row, at.row);
      to.column = Math.max(to.column, at.column);
    }
    return to.row < 0 ? undefined : { from: { row: 0, column: 0 }, to };
  }

  /** Whether a formula names a row or column: it must be known then that it is gone. */
  named(line: string): boolean {
    const pattern = new RegExp(`[[/]\\$?${line}[/\\]]`);
    return [...this.#cells.values()].some(({ kept }) => kept.startsWith("=") && pattern.test(kept));
  }

  /* ---- working out ----------------------------------------------------------------------------- */

  /** Works out what has to be after all that was taken since. */
  settle(): Settled {
    const [lines, changed] = [this.#lines, this.#changed];
    this.#lines = false;
    this.#changed = new Set();
    for (const id of lines ? this.#cells.keys() : changed) this.#read(id);
    const dirty = lines || changed.size > FEW ? this.#formulas() : this.#dependents(changed);
    this.#work(dirty);
    return { lines, cells: new Set([...changed, ...dirty]) };
  }

  #shown(kept: string): string {
    return kept.startsWith("=") ? toShown(kept, this) : kept;
  }

  #read(id: string): void {
    const cell = this.#cells.get(id);
    const at = cell && this.positionOf(id);
    if (!cell || !at) return;
    cell.source = this.#shown(cell.kept);
    const formula = cell.kept.startsWith("=");
    cell.boxes = formula ? dependencies(cell.source.slice(1), at) : [];
    cell.value = formula ? undefined : valueOf(cell.kept);
  }

  /** Those that are worked out; which these are does not depend on who came when. */
  #formulas(): Set<string> {
    const all = [...this.#cells.keys()].filter((id) => this.isFormula(id) && this.positionOf(id));
    if (all.length > MOST_FORMULAS) {
      for (const id of all.sort().splice(MOST_FORMULAS)) this.#cells.get(id)!.value = new Fault("#LIMIT!");
    }
    return new Set(all);
  }

  /** Of these, the formulas, and all that depend on them, however far. */
  #dependents(changed: Set<string>): Set<string> {
    const formulas = this.#formulas();
    const dirty = new Set([...changed].filter((id) => formulas.has(id)));
    const queue = [...changed];
    for (let id; (id = queue.pop()) !== undefined; ) {
      const at = this.positionOf(id);
      if (!at) continue;
      for (const other of formulas) {
        if (dirty.has(other) || !dependsOn(this.#cells.get(other)!.boxes, at)) continue;
        dirty.add(other);
        queue.push(other);
      }
    }
    return dirty;
  }

  /** Each after what it depends on; what waits for itself in the end is in a cycle, or after one. */
  #work(dirty: Set<string>): void {
    beginWork();
    const waits = new Map([...dirty].map((id) => [id, 0]));
    const after = new Map<string, string[]>();
    const places = [...dirty].map((id) => ({ id, at: this.positionOf(id)! }));
    for (const { id, at } of places) {
      const users = places.filter((each) => dependsOn(this.#cells.get(each.id)!.boxes, at));
      after.set(id, users.map((each) => each.id));
      for (const each of users) waits.set(each.id, waits.get(each.id)! + 1);
    }
    const ready = [...dirty].filter((id) => waits.get(id) === 0);
    for (let id; (id = ready.pop()) !== undefined; ) {
      waits.delete(id);
      this.#evaluate(id);
      for (const user of after.get(id)!) {
        const left = waits.get(user)! - 1;
        waits.set(user, left);
        if (left === 0) ready.push(user);
      }
    }
    for (const id of waits.keys()) this.#cells.get(id)!.value = new Fault("#CYCLE!");
  }

  #evaluate(id: string): void {
    const cell = this.#cells.get(id)!;
    const last = { row: this.rows.ids.length - 1, column: this.columns.ids.length - 1 };
    const look = (at: Position): Value => this.value(this.idAt(at) ?? "");
    cell.value = evaluate(cell.source.slice(1), this.positionOf(id)!, last, look);
  }
}

function names(count: number, name: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, n) => name(n));
}

function isId(id: string): boolean {
  const parts = id.split("/");
  return parts.length === 2 && parts.every((part) => ID.test(part));
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** What was written, taken for what it is. A ' before it makes it text, whatever it is. */
export function valueOf(written: string): Value {
  const text = written.trim();
  if (NUMBER.test(text)) return Number(text);
  if (text.endsWith("%") && NUMBER.test(text.slice(0, -1))) return Number(text.slice(0, -1)) / 100;
  const day = dayOf(text);
  if (day !== undefined) return day;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return written.startsWith("'") ? written.slice(1) : written;
}

/** A value as it is shown, a number with so many digits. */
export function show(value: Value, digits = 12): string {
  if (value === undefined) return "";
  if (value instanceof Fault) return value.code;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return typeof value === "number" ? String(Number(value.toPrecision(digits))) : value;
}

/** A name that nobody else gives, for a row or column. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `n${[...bytes].map((byte) => (byte % 36).toString(36)).join("")}`;
}

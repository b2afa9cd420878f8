/* store.ts - what we change in the sheet: cells upon what was seen of them, rows, columns, tables */

import type { AtriumError, Room, StateOp } from "atrium-client";
import type { Box, Position } from "./address.js";
import type { Axis } from "./axis.js";
import { type Format, toKeptFormat } from "./numbers.js";
import { type Kept, newId, type Sheet } from "./sheet.js";

type State = Pick<Room<object, Kept>["state"], "get" | "rev" | "set" | "delete" | "apply">;
type Op = StateOp<Kept>;

/** So many changes go together at most, and so many characters. */
const OPS = 100;
const CHARACTERS = 12_000;

/** A cell as it was when someone began to write in it. */
export interface Seen {
  id: string;
  kept: string;
}

/** Asked when someone was faster: whether ours is to stand there. */
export type Ask = (id: string, theirs: string, mine: string) => Promise<boolean>;

export type AxisName = "rows" | "columns";

export class Store {
  constructor(
    private readonly state: State,
    private readonly sheet: Sheet,
    private readonly ask: Ask,
  ) {}

  see(id: string): Seen {
    return { id, kept: this.#text(this.state.get(this.sheet.keyOf(id))) };
  }

  /** Writes in a cell, unless someone else has done so since it was seen: then it is asked. */
  async write({ id, kept }: Seen, source: string): Promise<void> {
    const key = this.sheet.keyOf(id);
    const value = this.sheet.keep(source);
    let condition: true | number = true;
    let theirs = this.state.get(key);
    if (this.#text(theirs) === this.#text(value)) return;
    let changed = this.#text(theirs) !== kept;
    for (;;) {
      if (changed && !(await this.ask(id, this.sheet.sourceOf(theirs), source))) return;
      if (changed && this.#text(theirs) === this.#text(value)) return;
      try {
        await this.#set(key, value.v === "" ? undefined : value, condition);
        return;
      } catch (error) {
        const current = (error as AtriumError).current?.find((entry) => entry.key === key);
        if ((error as AtriumError).code !== "conflict" || !current) throw error;
        theirs = current.value as Kept | undefined;
        condition = current.rev;
        changed = true;
        if (this.#text(theirs) === this.#text(value)) return;
      }
    }
  }

  #set(key: string, value: Kept | undefined, condition: true | number): Promise<unknown> {
    if (value) return this.state.set(key, value, { if: condition });
    return this.state.get(key) ? this.state.delete(key, { if: condition }) : Promise.resolve();
  }

  #text(kept: unknown): string {
    const text = (kept as { v?: unknown } | null | undefined)?.v;
    return typeof text === "string" ? text : "";
  }

  /** Fills cells from a place on; what is there already is not said again. */
  async fill(at: Position, table: readonly (readonly string[])[]): Promise<void> {
    const ops: Op[] = [];
    for (const [y, line] of table.entries()) {
      for (const [x, source] of line.entries()) {
        const id = this.sheet.idAt({ row: at.row + y, column: at.column + x });
        if (id === undefined) continue;
        const key = this.sheet.keyOf(id);
        const value = this.sheet.keep(source);
        if (this.#text(this.state.get(key)) === value.v) continue;
        ops.push(value.v === "" ? { key, delete: true } : { key, value });
      }
    }
    await this.#apply(ops);
  }

  /** Gives each cell of a box a form of its own, or takes it away; those that have it are not told again. */
  async format({ from, to }: Box, formatFor: (id: string) => Format | undefined): Promise<void> {
    const ops: Op[] = [];
    for (let row = from.row; row <= to.row; row++) {
      for (let column = from.column; column <= to.column; column++) {
        const id = this.sheet.idAt({ row, column });
        if (id === undefined) continue;
        const [key, format] = [this.sheet.formatKeyOf(id), formatFor(id)];
        const value = format && toKeptFormat(format);
        if (JSON.stringify(value) === JSON.stringify(this.state.get(key))) continue;
        ops.push(value ? { key, value } : { key, delete: true });
      }
    }
    await this.#apply(ops);
  }

  /** Puts rows or columns in, as many as there may be; how many there were. */
  async insert(name: AxisName, index: number, count: number): Promise<number> {
    const axis = this.sheet[name];
    const fits = Math.min(count, axis.most - axis.ids.length);
    const lines = axis.insert(index, Array.from({ length: fits }, newId));
    await this.#apply([...lines].map(([id, value]) => ({ key: axis.keyOf(id), value })));
    return fits;
  }

  /** Takes rows or columns away, with what is in them; comes back with what would undo it. */
  async remove(name: AxisName, from: number, to: number): Promise<() => Promise<void>> {
    const axis: Axis = this.sheet[name];
    const gone = new Set(axis.ids.slice(from, to + 1));
    const ops: Op[] = [...gone].map((id) => {
      const marked = axis.isUsual(id) || this.sheet.named(id);
      const key = axis.keyOf(id);
      return marked ? { key, value: axis.mark(id) } : { key, delete: true };
    });
    const isGone = (id: string): boolean => gone.has(id.split("/")[name === "rows" ? 0 : 1]!);
    const [written, inForm] = [this.sheet.written(), this.sheet.inForm()].map((ids) => ids.filter(isGone));
    ops.push(...written!.map((id): Op => ({ key: this.sheet.keyOf(id), delete: true })));
    ops.push(...inForm!.map((id): Op => ({ key: this.sheet.formatKeyOf(id), delete: true })));
    const undo = ops.map(({ key }): Op => {
      const value = this.state.get(key);
      return value === undefined ? { key, delete: true } : { key, value };
    });
    await this.#apply(ops);
    return () => this.#apply(undo);
  }

  /** All of it, in pieces that a message has room for. */
  async #apply(ops: Op[]): Promise<void> {
    const pieces: Op[][] = [[]];
    let size = 0;
    for (const op of ops) {
      const length = JSON.stringify(op).length;
      const piece = pieces.at(-1)!;
      if (piece.length && (piece.length >= OPS || size + length > CHARACTERS)) {
        pieces.push([op]);
        size = length;
      } else {
        piece.push(op);
        size += length;
      }
    }
    await Promise.all(pieces.filter(({ length }) => length).map((piece) => this.state.apply(piece)));
  }
}

/* axis.ts - the rows, or the columns, of a sheet: which there are and in which order
 *
 * Some are there without being written, so that an empty room has a sheet. One that is put between
 * two has a place between theirs, and so nobody else's row moves; one that is taken away is marked
 * where it was, so that ranges that began or ended there still know what is in them.
 */

import { between, compare, isOrder, place, type Placed } from "../lib/order.js";

/** What the room keeps of a row or column. */
export interface KeptLine {
  order: string;
  gone?: true;
}

interface Line extends Placed {
  gone: boolean;
}

export interface AxisOptions {
  /** What the keys of the state begin with. */
  prefix: string;
  /** Those that are there without being written. */
  usual: string[];
  most: number;
}

export const ID = /^[A-Za-z0-9]{1,16}$/;

export class Axis {
  /** Those that are shown, in order. */
  ids: readonly string[] = [];
  #lines = new Map<string, Line>();
  readonly #usual = new Map<string, Line>();
  #index = new Map<string, number>();
  #shown: Line[] = [];

  constructor(private readonly options: AxisOptions) {
    let order = "";
    for (const id of options.usual) {
      order = between(order, "");
      this.#usual.set(id, { id, order, gone: false });
    }
    this.#lines = new Map(this.#usual);
    this.#sort();
  }

  get most(): number {
    return this.options.most;
  }

  keyOf(id: string): string {
    return this.options.prefix + id;
  }

  /** The id that a key of the state is of, if it is of one. */
  idOf(key: string): string | undefined {
    if (!key.startsWith(this.options.prefix)) return undefined;
    const id = key.slice(this.options.prefix.length);
    return ID.test(id) ? id : undefined;
  }

  /** Takes what the room keeps of one; what is no line is as if nothing were kept. */
  take(id: string, value: unknown): void {
    const kept = value as Partial<KeptLine> | null | undefined;
    const usual = this.#usual.get(id);
    if (isOrder(kept?.order)) {
      this.#lines.set(id, { id, order: kept.order, gone: kept.gone === true });
    } else if (usual) this.#lines.set(id, usual);
    else this.#lines.delete(id);
    this.#sort();
  }

  /** Where one is shown; undefined where it is not. */
  indexOf(id: string): number | undefined {
    return this.#index.get(id);
  }

  /** What is to be written to put new ones before the one at `index`, or at the end. */
  insert(index: number, ids: readonly string[]): Map<string, KeptLine> {
    const shown: Placed[] = [...this.#shown];
    const said = new Map<string, KeptLine>();
    for (const [n, id] of ids.entries()) {
      for (const placed of place(id, shown, index + n)) {
        said.set(placed.id, { order: placed.order });
        const at = shown.findIndex((line) => line.id === placed.id);
        if (at >= 0) shown[at] = placed;
        else shown.splice(index + n, 0, placed);
      }
    }
    return said;
  }

  /** Whether one is there unless something else is written. */
  isUsual(id: string): boolean {
    return this.#usual.has(id);
  }

  /** What is to be written to take one away. */
  mark(id: string): KeptLine {
    return { order: this.#lines.get(id)!.order, gone: true };
  }

  /** The first that is shown from here on, or the last up to here, where this one is gone. */
  nearest(id: string, side: "first" | "last"): number | undefined {
    const line = this.#lines.get(id);
    if (!line) return undefined;
    const index = this.#index.get(id);
    if (index !== undefined) return index;
    const after = this.#shown.findIndex((other) => compare(other, line) > 0);
    const next = after < 0 ? this.#shown.length : after;
    const found = side === "first" ? next : next - 1;
    return this.#shown[found] && found;
  }

  #sort(): void {
    const there = [...this.#lines.values()].filter(({ gone }) => !gone).sort(compare);
    this.#shown = there.slice(0, this.options.most);
    this.ids = this.#shown.map(({ id }) => id);
    this.#index = new Map(this.ids.map((id, index) => [id, index]));
  }
}

/* timeline.ts - rows of numbers over time, with gaps where nothing came; knows no chart */

export type Row = Record<string, number | null>;

export class Timeline {
  /** Seconds since 1970, ascending. */
  readonly times: number[] = [];
  readonly #columns = new Map<string, (number | null)[]>();

  /** A pause longer than `gap` seconds is a gap; rows older than `span` seconds are let go. */
  constructor(
    private gap: number,
    private span: number,
  ) {}

  /** Begins anew, empty. */
  clear(gap = this.gap, span = this.span): void {
    this.gap = gap;
    this.span = span;
    this.times.length = 0;
    this.#columns.clear();
  }

  /** Adds a row; a column that it does not name has no value. A clock set back begins anew. */
  push(time: number, row: Row): void {
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) {
      if (last - time < this.gap) return;
      this.clear();
    } else if (last !== undefined && time - last > this.gap) {
      this.#append(last + this.gap / 2, {});
    }
    this.#append(time, row);
    this.#forget(time - this.span);
  }

  /** A value or null for each of the times; a name that never came has no value at all. */
  column(name: string): (number | null)[] {
    return this.#columns.get(name) ?? this.times.map(() => null);
  }

  #append(time: number, row: Row): void {
    for (const name of Object.keys(row)) {
      if (!this.#columns.has(name)) this.#columns.set(name, this.times.map(() => null));
    }
    this.times.push(time);
    for (const [name, values] of this.#columns) {
      const value = row[name];
      values.push(typeof value === "number" && Number.isFinite(value) ? value : null);
    }
  }

  #forget(before: number): void {
    const old = this.times.findIndex((time) => time >= before);
    if (old <= 0) return;
    this.times.splice(0, old);
    for (const values of this.#columns.values()) values.splice(0, old);
  }
}

/** A top for a scale from 0 whose half is a round number too: 1, 2 or 4 times a power of ten. */
export function niceTop(max: number | null): number {
  const value = Math.max(max ?? 0, 0.5) * 1.1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 10].find((candidate) => candidate * power >= value) ?? 10;
  return Math.max(factor * power, 1);
}

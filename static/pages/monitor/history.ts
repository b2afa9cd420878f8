/* history.ts - what metrics has kept: /api/series/10m and the like, put into a timeline */

import type { Row, Timeline } from "./timeline.js";

export interface Range {
  name: string;
  /** Seconds of a row, and of all rows. */
  step: number;
  span: number;
}

export const RANGES: readonly Range[] = [
  { name: "10m", step: 1, span: 600 },
  { name: "2h", step: 10, span: 7200 },
  { name: "24h", step: 60, span: 86400 },
];

export interface Series {
  start: number;
  step: number;
  rows: number;
  series: Record<string, (number | null)[]>;
}

/** Reads an answer with care; undefined: it is none. */
export function readSeries(value: unknown): Series | undefined {
  const { start, step, rows, series } = (value ?? {}) as Partial<Series>;
  if (typeof start !== "number" || typeof step !== "number" || !(step > 0)) return undefined;
  if (typeof rows !== "number" || typeof series !== "object" || series === null) return undefined;
  return { start, step, rows: Math.min(rows, 10000), series };
}

/** Undefined: the server has none to give, or does not answer. */
export async function fetchSeries(range: Range, signal: AbortSignal): Promise<Series | undefined> {
  try {
    const response = await fetch(`/api/series/${range.name}`, { signal });
    return response.ok ? readSeries(await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

/** A row's time is its end. */
export function fill(timeline: Timeline, { start, step, rows, series }: Series): void {
  const columns = Object.entries(series).filter(([, values]) => Array.isArray(values));
  timeline.clear();
  for (let n = 0; n < rows; n++) {
    const row: Row = {};
    for (const [name, values] of columns) row[name] = values[n] ?? null;
    timeline.push(start + (n + 1) * step, row);
  }
}

/* live.ts - strokes of others that are still being drawn, and sending our own as it grows
 *
 * `stroke_growing {key, at, stroke}`: the points from number `at` on, packed as a kept stroke's. It is
 * ephemeral: what gets lost is there when the stroke ends and the room keeps it.
 */

import type { Drawing } from "./own.js";
import { isStrokeKey, keep, type Kept, MOST_POINTS, read, type Stroke } from "./strokes.js";

/** So long a stroke that does not grow is still shown: its page may be gone. */
const PATIENCE_MS = 15_000;
const MOST_AT_ONCE = 200;
const PER_MESSAGE = 400;

export interface Growing {
  key: string;
  at: number;
  /** Nothing follows and nothing is kept. */
  gone?: true;
  stroke?: Kept;
}

interface Foreign {
  stroke: Stroke;
  /** The connection that draws it. */
  id: string;
  heard: number;
}

export class Live {
  readonly #strokes = new Map<string, Foreign>();

  take(message: Partial<Growing> & { id?: string }, now: number): void {
    const { key, at, stroke: value, id = "" } = message;
    if (typeof key !== "string" || !isStrokeKey(key) || typeof at !== "number") return;
    const known = this.#strokes.get(key);
    if (known && known.id !== id) return;
    if (message.gone) return void this.#strokes.delete(key);
    const stroke = read(value, key);
    if (!stroke) return;
    const before = known?.stroke.points.slice(0, at) ?? [];
    stroke.points = [...before, ...stroke.points].slice(0, MOST_POINTS + 1);
    if (!known && this.#strokes.size >= MOST_AT_ONCE) return;
    this.#strokes.set(key, { stroke, id, heard: now });
  }

  /** The room keeps it now, or someone has gone. */
  drop(key: string): boolean {
    return this.#strokes.delete(key);
  }

  dropOf(id: string): void {
    for (const [key, foreign] of this.#strokes) if (foreign.id === id) this.drop(key);
  }

  /** Forgets what has not grown for long; whether there was any. */
  sweep(now: number): boolean {
    const { size } = this.#strokes;
    for (const [key, { heard }] of this.#strokes) {
      if (now - heard > PATIENCE_MS) this.drop(key);
    }
    return this.#strokes.size !== size;
  }

  strokes(): Stroke[] {
    const keys = [...this.#strokes.keys()].sort();
    return keys.map((key) => this.#strokes.get(key)!.stroke);
  }
}

/** What others have of our stroke, and what they are to be sent next. */
export class Growth {
  #key = "";
  #sent = 0;

  /** The next message, undefined where there is nothing new. */
  next(drawing: Drawing | undefined): Growing | undefined {
    if (drawing?.key === this.#key && drawing.points.length <= this.#sent) return undefined;
    if (!drawing) return undefined;
    if (drawing.key !== this.#key) this.#sent = 0;
    this.#key = drawing.key;
    const at = this.#sent;
    const points = drawing.points.slice(at, at + PER_MESSAGE);
    this.#sent += points.length;
    const stroke = keep({ ...drawing, points }, drawing.key);
    return { key: drawing.key, at, stroke };
  }

  /** Our stroke was given up. */
  gone(): Growing | undefined {
    return this.#key ? { key: this.#key, at: 0, gone: true } : undefined;
  }
}

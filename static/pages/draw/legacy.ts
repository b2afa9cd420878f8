/* legacy.ts - drawing pages that only send messages, and keep nothing: theirs are shown too
 *
 * They say `draw {fromX, fromY, toX, toY, color, size}` for each piece of a line, and `clear`. What
 * the room's history still has of these lies under what the room keeps.
 */

import type { Message } from "atrium-client";
import { contentOf } from "../lib/content.js";
import type { Look } from "./paint.js";

const MOST_PIECES = 5000;

/** A piece of a line, undefined if the message is none. */
export function piece(message: Message): Look | undefined {
  const { fromX, fromY, toX, toY, color, size } = contentOf(message);
  const places = [fromX, fromY, toX, toY].map((place) => (typeof place === "number" ? place : NaN));
  if (!places.every(Number.isFinite)) return undefined;
  const [x, y, endX, endY] = places as [number, number, number, number];
  return {
    colour: typeof color === "string" ? color.slice(0, 64) : "#000000",
    size: typeof size === "number" && size > 0 ? Math.min(size, 200) : 2,
    points: [
      { x, y, pressure: 0.5 },
      { x: endX, y: endY, pressure: 0.5 },
    ],
  };
}

export class Pieces {
  #pieces: { look: Look; offset: number }[] = [];

  /** Takes a message in; whether anything is to be seen of it. */
  take(message: Message): boolean {
    const { type, offset = Infinity } = message;
    const before = this.#pieces.length;
    if (type === "clear") this.#pieces = [];
    const look = type === "draw" ? piece(message) : undefined;
    if (look) this.#pieces.push({ look, offset });
    if (this.#pieces.length > MOST_PIECES) this.#pieces.shift();
    return look !== undefined || before !== this.#pieces.length;
  }

  /** What was said until `offset`, instead of what was known of it. */
  restore(messages: readonly Message[], offset: number): void {
    const since = this.#pieces.filter((known) => known.offset > offset);
    this.#pieces = [];
    for (const message of messages) this.take(message);
    this.#pieces.push(...since);
  }

  looks(): Look[] {
    return this.#pieces.map(({ look }) => look);
  }
}

/* pieces.ts - long texts as values of a room's state: cut so that each piece fits into a message */

/** The text of a piece: with what is around it well below the largest message, 64 KiB. */
const PIECE = 45_000;
export const MOST_PIECES = 999;

export function split(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += PIECE) pieces.push(text.slice(at, at + PIECE));
  return pieces;
}

/** A piece's number in its key: keys in order are pieces in order. */
export function numbered(n: number): string {
  return String(n).padStart(3, "0");
}

const LETTERS = 16;

/** A part of a key that nobody else makes. */
export function randomName(): string {
  const random = crypto.getRandomValues(new Uint8Array(LETTERS));
  return Array.from(random, (byte) => (byte % 36).toString(36)).join("");
}

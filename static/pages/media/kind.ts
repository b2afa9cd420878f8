/* kind.ts - what a file is, by its first bytes: names and types that are claimed are not believed */

export type Kind = "image/png" | "image/jpeg" | "image/webp" | "image/gif";

/** No SVG: it is a document, which may have scripts and refer to other places. */
const SIGNS: [kind: Kind, at: number, bytes: string][] = [
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/gif", 0, "GIF87a"],
  ["image/gif", 0, "GIF89a"],
  ["image/webp", 8, "WEBPVP8"],
];

/** So many of a file's first bytes are enough to know its kind. */
export const HEAD = 16;

export function kindOf(head: Uint8Array): Kind | undefined {
  const begins = (at: number, bytes: string): boolean =>
    [...bytes].every((char, i) => head[at + i] === char.charCodeAt(0));
  const found = SIGNS.find(([, at, bytes]) => begins(at, bytes));
  if (found?.[0] === "image/webp" && !begins(0, "RIFF")) return undefined;
  return found?.[0];
}

export function isKind(type: unknown): type is Kind {
  return SIGNS.some(([kind]) => kind === type);
}

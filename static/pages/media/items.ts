/* items.ts - how a room's state keeps pictures: an item for each, its bytes in pieces beside it
 *
 *	m/ID		the item: title, description, size, who put it in; written first
 *	c/ID/NNN	its pieces, base64, numbered from 000
 *
 * A picture whose pieces are not all there is on its way, or was broken off.
 */

import { MOST_PIECES, numbered } from "../lib/pieces.js";
import { isKind, type Kind } from "./kind.js";

export const TITLE = 200;
export const DESCRIPTION = 1000;

export interface Item {
  title: string;
  description: string;
  type: Kind;
  /** Of the picture itself. */
  bytes: number;
  width: number;
  height: number;
  pieces: number;
  /** The nickname, and the connection, of who put it in. */
  by: string;
  from: string;
  user?: string | null;
  /** Milliseconds since 1970, by that one's clock. */
  at: number;
}

export type Kept = Item | string;

export const itemKey = (id: string): string => `m/${id}`;
export const piecesOf = (id: string): string => `c/${id}/`;
export const pieceKey = (id: string, n: number): string => piecesOf(id) + numbered(n);

/** Which picture a key belongs to, if it does to any. */
export function idOf(key: string): string | undefined {
  return /^(?:m\/([0-9a-z]{1,40})|c\/([0-9a-z]{1,40})\/[0-9]{3})$/.exec(key)?.slice(1).find(Boolean);
}

const text = (value: unknown, most: number): string =>
  typeof value === "string" ? value.slice(0, most) : "";
const whole = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** What stands in a state may have been written by any program: what is no item is not shown. */
export function readItem(value: unknown): Item | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { title, description, type, bytes, width, height, pieces, by, from, user, at } =
    value as Record<string, unknown>;
  if (!isKind(type) || !whole(pieces, 1, MOST_PIECES)) return undefined;
  if (!whole(width, 1, 65535) || !whole(height, 1, 65535)) return undefined;
  return {
    ...{ type, pieces, width, height },
    title: text(title, TITLE) || "Untitled",
    description: text(description, DESCRIPTION),
    bytes: whole(bytes, 0, Number.MAX_SAFE_INTEGER) ? bytes : 0,
    by: text(by, 64) || "Someone",
    from: text(from, 128),
    user: typeof user === "string" ? user : null,
    at: whole(at, 0, 8.64e15) ? at : 0,
  };
}

/** Of a file's name, without what says its type. */
export function titleOf(name: string): string {
  const bare = name.replace(/\.[a-z0-9]{1,5}$/i, "").replace(/[_\s]+/g, " ").trim();
  return bare.slice(0, TITLE) || "Untitled";
}

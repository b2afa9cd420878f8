/* card.ts - a card as the room keeps it, and what becomes of it when two change it at once */

import { isOrder } from "../lib/order.js";

export const COLUMNS = [
  { id: "todo", title: "To do" },
  { id: "doing", title: "Doing" },
  { id: "done", title: "Done" },
] as const;

export type ColumnId = (typeof COLUMNS)[number]["id"];

export const TITLE_MOST = 200;
export const TEXT_MOST = 4000;
export const NAME_MOST = 64;
const PREFIX = "card/";
const MIDDLE = "V";

/** What people write on a card. */
export interface Written {
  title: string;
  description: string;
  assignee: string;
}

export interface Kept extends Written {
  column: ColumnId;
  order: string;
  /** Who changed it last, and when, by their own clock. */
  by: string;
  at: number;
}

export interface Card extends Kept {
  id: string;
}

export const WRITTEN = ["title", "description", "assignee"] as const;

export function keyOf(id: string): string {
  return PREFIX + id;
}

export function idOf(key: string): string | undefined {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

export function newId(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(3));
  return Array.from(numbers, (number) => number.toString(36)).join("");
}

/** A card out of what a room keeps, which anyone may have put there; undefined if it is none. */
export function read(key: string, value: unknown): Card | undefined {
  const id = idOf(key);
  if (!id || typeof value !== "object" || value === null) return undefined;
  const { title, description, assignee, column, order, by, at } = value as Record<string, unknown>;
  if (typeof title !== "string") return undefined;
  return {
    id,
    title: title.slice(0, TITLE_MOST),
    description: text(description, TEXT_MOST),
    assignee: text(assignee, NAME_MOST),
    column: columnOf(column),
    order: isOrder(order) ? order : MIDDLE,
    by: text(by, NAME_MOST),
    at: typeof at === "number" && at > 0 ? at : 0,
  };
}

function text(value: unknown, most: number): string {
  return typeof value === "string" ? value.slice(0, most) : "";
}

/** The column of a name: one of ours, or what other boards call them. */
export function columnOf(name: unknown): ColumnId {
  const plain = String(name).toLowerCase().replace(/[^a-z]/g, "");
  if (/done|finish|complete|closed/.test(plain)) return "done";
  if (/doing|progress|review|active/.test(plain)) return "doing";
  return "todo";
}

export function titleOf(column: ColumnId): string {
  return COLUMNS.find(({ id }) => id === column)!.title;
}

/** What the room keeps of a card. */
export function keep({ id: _, ...kept }: Card): Kept {
  return kept;
}

export type Change = Partial<Pick<Kept, "title" | "description" | "assignee" | "column" | "order">>;

/**
 * The fields that we and someone else have both written, differently, since `base`. Where a card is
 * put is not among them: the last one puts it somewhere.
 */
export function clashes(base: Written, change: Change, now: Written): (keyof Written)[] {
  return WRITTEN.filter((field) => {
    const mine = change[field];
    return mine !== undefined && now[field] !== base[field] && now[field] !== mine;
  });
}

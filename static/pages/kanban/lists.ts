/* lists.ts - the cards of each column as they are shown: one may be held somewhere else meanwhile */

import { type Card, COLUMNS, type ColumnId } from "./card.js";

/** A card in someone's hand, shown where it would be put down. */
export interface Held {
  id: string;
  column: ColumnId;
  index: number;
}

export type Lists = Map<ColumnId, Card[]>;

/** Sorted cards by column. */
export function listsOf(cards: readonly Card[], held?: Held): Lists {
  const lists: Lists = new Map(COLUMNS.map(({ id }) => [id, []]));
  for (const card of cards) if (card.id !== held?.id) lists.get(card.column)!.push(card);
  const card = cards.find(({ id }) => id === held?.id);
  if (card && held) lists.get(held.column)!.splice(held.index, 0, card);
  return lists;
}

export function whereIs(lists: Lists, id: string): Held | undefined {
  for (const [column, cards] of lists) {
    const index = cards.findIndex((card) => card.id === id);
    if (index >= 0) return { id, column, index };
  }
  return undefined;
}

/** Where an arrow key takes a held card; the same place where there is no way. */
export function step(lists: Lists, held: Held, key: string): Held {
  const { column, index } = held;
  const others = lists.get(column)!.filter(({ id }) => id !== held.id).length;
  if (key === "ArrowUp") return { ...held, index: Math.max(0, index - 1) };
  if (key === "ArrowDown") return { ...held, index: Math.min(others, index + 1) };
  const next = neighbour(column, key === "ArrowLeft" ? -1 : 1);
  if (!next) return held;
  return { ...held, column: next, index: Math.min(index, lists.get(next)!.length) };
}

/** The card beside another, for the focus. */
export function beside(lists: Lists, id: string, key: string): Card | undefined {
  const at = whereIs(lists, id);
  if (!at) return undefined;
  if (key === "ArrowUp") return lists.get(at.column)![at.index - 1];
  if (key === "ArrowDown") return lists.get(at.column)![at.index + 1];
  const by = key === "ArrowLeft" ? -1 : 1;
  for (let next = neighbour(at.column, by); next; next = neighbour(next, by)) {
    const cards = lists.get(next)!;
    if (cards.length) return cards[Math.min(at.index, cards.length - 1)];
  }
  return undefined;
}

function neighbour(column: ColumnId, by: number): ColumnId | undefined {
  return COLUMNS[COLUMNS.findIndex(({ id }) => id === column) + by]?.id;
}

/* store.ts - changes of cards: each says what it found, and is put upon what others did meanwhile */

import type { AtriumError, Room } from "atrium-client";
import {
  type Card,
  type Change,
  clashes,
  type ColumnId,
  keep,
  type Kept,
  keyOf,
  newId,
  read,
  type Written,
} from "./card.js";
import { compare, place } from "../lib/order.js";

type State = Pick<Room<object, Kept>["state"], "entries" | "get" | "set" | "delete">;

/** So often a change is put upon a newer card before it is given up. */
const ATTEMPTS = 8;

export interface Conflict {
  /** The card as someone else has made it. */
  now: Card;
  /** What we wanted. */
  change: Change;
  fields: (keyof Written)[];
}

export interface StoreEvents {
  /** Both wrote the same fields: what is to stand there; undefined leaves the card as it is. */
  resolve: (conflict: Conflict) => Promise<Change | undefined>;
  /** Who is writing. */
  me: () => string;
  /** Milliseconds since 1970. */
  now: () => number;
}

export type Outcome = "done" | "gone" | "left";

export class Store {
  constructor(
    private readonly state: State,
    private readonly events: StoreEvents,
  ) {}

  get(id: string): Card | undefined {
    return read(keyOf(id), this.state.get(keyOf(id)));
  }

  cards(): Card[] {
    const all = this.state.entries("card/").map(([key, value]) => read(key, value));
    return all.filter((card) => card !== undefined).sort(compare);
  }

  column(column: ColumnId): Card[] {
    return this.cards().filter((card) => card.column === column);
  }

  /** A new card at the end of a column. With an id of someone else's, it is put there once. */
  async add(column: ColumnId, written: Written, id = newId()): Promise<Card> {
    const cards = this.column(column);
    const { order } = place(id, cards, cards.length)[0]!;
    const card = { ...written, column, order, id, ...this.#stamp };
    await this.state.set(keyOf(id), keep(card), { if: 0 });
    return card;
  }

  /** Writes on a card what differs from `base`, which is what was seen when the writing began. */
  write(base: Card, change: Change): Promise<Outcome> {
    return this.#change(base, change);
  }

  /** Puts a card into a column, at a place among the others there. */
  async move(id: string, column: ColumnId, index: number): Promise<Outcome> {
    const card = this.get(id);
    if (!card) return "gone";
    const others = this.column(column).filter((other) => other.id !== id);
    const said = place(id, others, index);
    const changes = said.map(({ id: moved, order }) => {
      const moving = moved === id ? { column, order } : { order };
      return this.#change(this.get(moved)!, moving);
    });
    const [outcome] = await Promise.all(changes);
    return outcome!;
  }

  async remove(id: string): Promise<void> {
    await this.state.delete(keyOf(id));
  }

  /** Puts a removed card back as it was. */
  async restore(card: Card): Promise<void> {
    await this.state.set(keyOf(card.id), keep({ ...card, ...this.#stamp }), { if: 0 });
  }

  get #stamp(): { by: string; at: number } {
    return { by: this.events.me(), at: this.events.now() };
  }

  async #change(base: Card, wanted: Change): Promise<Outcome> {
    let [before, change] = [base, wanted];
    for (let attempt = 0; ; attempt++) {
      const now = this.get(base.id);
      if (!now) return "gone";
      const fields = clashes(before, change, now);
      if (fields.length) {
        const settled = await this.events.resolve({ now, change, fields });
        if (!settled) return "left";
        [before, change] = [now, settled];
        continue; // it may have changed again meanwhile
      }
      try {
        const card = { ...now, ...change, ...this.#stamp };
        await this.state.set(keyOf(base.id), keep(card), { if: true });
        return "done";
      } catch (error) {
        if ((error as AtriumError).code !== "conflict" || attempt >= ATTEMPTS) throw error;
      }
    }
  }
}

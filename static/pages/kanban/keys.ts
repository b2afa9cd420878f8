/* keys.ts - going from card to card with the arrow keys, and carrying one with them */

import { type Card, titleOf } from "./card.js";
import { beside, type Held, type Lists, step, whereIs } from "./lists.js";

export interface Walker {
  /** As they are shown. */
  lists(): Lists;
  focus(id: string): void;
  over(held: Held): void;
  drop(id: string, put: boolean): void;
  remove(id: string): void;
  say(words: string): void;
}

const ARROW = /^Arrow(Up|Down|Left|Right)$/;

export class Keys {
  #held: Held | undefined;

  constructor(private readonly walker: Walker) {}

  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** A key was pressed on a card; whether it was one of ours. */
  press(id: string, { key }: Pick<KeyboardEvent, "key">): boolean {
    if (this.#held) return this.#carry(this.#held, key);
    if (key === " ") return this.#lift(id);
    if (key === "Delete") this.walker.remove(id);
    else if (!ARROW.test(key)) return false;
    else {
      const next = beside(this.walker.lists(), id, key);
      if (next) this.walker.focus(next.id);
    }
    return true;
  }

  /** The focus is elsewhere, or the card is gone: it goes back. */
  lose(id?: string): void {
    const held = this.#held;
    if (!held || (id !== undefined && held.id !== id)) return;
    this.#held = undefined;
    this.walker.drop(held.id, false);
  }

  #lift(id: string): boolean {
    this.#held = whereIs(this.walker.lists(), id);
    if (!this.#held) return true;
    this.walker.over(this.#held);
    this.walker.say(
      `${this.#title(id)} is lifted. Arrow keys move it, Space puts it down, Escape puts it back.`,
    );
    return true;
  }

  #carry(held: Held, key: string): boolean {
    if (key === " " || key === "Enter") this.#drop(held, true);
    else if (key === "Escape" || key === "Tab") this.#drop(held, false);
    else if (ARROW.test(key)) {
      this.#held = step(this.walker.lists(), held, key);
      this.walker.over(this.#held);
      this.walker.say(this.#where(this.#held));
    }
    return key !== "Tab";
  }

  #drop(held: Held, put: boolean): void {
    const title = this.#title(held.id);
    const where = this.#where(held);
    this.#held = undefined;
    this.walker.drop(held.id, put);
    this.walker.say(put ? `${title} is put down: ${where}` : `${title} is back where it was.`);
    this.walker.focus(held.id);
  }

  #title(id: string): string {
    const all = [...this.walker.lists().values()].flat();
    return all.find((card: Card) => card.id === id)?.title ?? "The card";
  }

  #where({ column, index }: Held): string {
    const { length } = this.walker.lists().get(column)!;
    return `${titleOf(column)}, ${index + 1} of ${length}.`;
  }
}

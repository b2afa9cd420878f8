/* gallery.ts - the pictures of a room's state: which there are, and which are whole */

import type { RoomState, StateOp } from "atrium-client";
import { idOf, type Item, itemKey, type Kept, piecesOf, readItem } from "./items.js";

export interface Shown extends Item {
  id: string;
  /** So many of its pieces are here. */
  here: number;
}

/** The newest first. */
const newest = (a: Shown, b: Shown): number => b.at - a.at || (a.id < b.id ? -1 : 1);

export class Gallery {
  readonly #here = new Map<string, Set<string>>();
  readonly #items = new Map<string, Item>();

  constructor(private readonly state: RoomState<Kept>) {}

  /** A key of the state has changed. The picture that it is of, if it is of one. */
  take(key: string): string | undefined {
    const id = idOf(key);
    if (id === undefined) return undefined;
    const value = this.state.get(key);
    if (key === itemKey(id)) {
      const item = readItem(value);
      if (item) this.#items.set(id, item);
      else this.#items.delete(id);
      return id;
    }
    const here = this.#here.get(id) ?? new Set();
    if (typeof value === "string") here.add(key);
    else here.delete(key);
    if (here.size) this.#here.set(id, here);
    else this.#here.delete(id);
    return id;
  }

  get(id: string): Shown | undefined {
    const item = this.#items.get(id);
    return item && { ...item, id, here: this.#here.get(id)?.size ?? 0 };
  }

  list(): Shown[] {
    return [...this.#items.keys()].map((id) => this.get(id)!).sort(newest);
  }

  /** The address of a picture that is whole, with its bytes in it. */
  address({ id, type, pieces, here }: Shown): string | undefined {
    if (here < pieces) return undefined;
    const parts = this.state.entries<Kept>(piecesOf(id)).slice(0, pieces);
    const base64 = parts.map(([, part]) => part).join("");
    return /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? `data:${type};base64,${base64}` : undefined;
  }

  /** What takes away a picture and all of its pieces at once. */
  removal(id: string): StateOp<Kept>[] {
    const keys = [itemKey(id), ...this.state.keys(piecesOf(id))];
    return keys.map((key) => ({ key, delete: true }) as const);
  }

  /** Pieces of no picture: whoever put them in was gone before the rest came. */
  strays(): string[] {
    return [...this.#here.keys()].filter((id) => !this.#items.has(id));
  }
}

/* upload.ts - puts pictures into the room's state, one after the other, piece by piece */

import { AtriumError } from "atrium-client";
import type { Member, RoomState } from "atrium-client";
import { randomName, split } from "../lib/pieces.js";
import type { Gallery } from "./gallery.js";
import { type Item, itemKey, type Kept, pieceKey, titleOf } from "./items.js";
import { BadFile, type Picture, prepare } from "./prepare.js";

export interface Hooks {
  me: () => Member;
  /** A picture is there for all. */
  added: (id: string, item: Item) => void;
  /** A file was not put in. */
  failed: (name: string, why: string) => void;
}

const WORDS: Record<string, string> = {
  state_full: "does not fit: this room's space is used up. Take another picture away first",
  forbidden: "was refused: you may only look here",
  queue_full: "was not sent: too much is waiting for the connection",
  closed: "was not sent: the connection is closed",
};

function wordsOf(error: unknown): string {
  if (error instanceof BadFile) return error.message;
  if (error instanceof AtriumError) return WORDS[error.code] ?? `was refused: ${error.message}`;
  throw error;
}

export class Uploads {
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly state: RoomState<Kept>,
    private readonly gallery: Gallery,
    private readonly hooks: Hooks,
  ) {}

  add(files: Iterable<File>): void {
    for (const file of files) this.#last = this.#last.then(() => this.#put(file));
  }

  async #put(file: File): Promise<void> {
    const id = randomName();
    try {
      const item = await this.#send(id, titleOf(file.name), await prepare(file));
      if (item) this.hooks.added(id, item);
    } catch (error) {
      this.hooks.failed(file.name, wordsOf(error));
      this.#undo(id);
    }
  }

  /** The item goes first: others see that something comes, and what is left if we do not stay. */
  async #send(id: string, title: string, picture: Picture): Promise<Item | undefined> {
    const { base64, ...about } = picture;
    const { nickname, id: from, user } = this.hooks.me();
    const pieces = split(base64);
    const item: Item = {
      ...{ title, description: "", ...about, pieces: pieces.length },
      ...{ by: nickname, from, user: user ?? null, at: Date.now() },
    };
    await this.state.set(itemKey(id), item, { if: 0 });
    for (const [n, piece] of pieces.entries()) {
      if (!this.gallery.get(id)) return this.#undo(id); // someone took it away meanwhile
      await this.state.set(pieceKey(id, n), piece);
    }
    return item;
  }

  #undo(id: string): undefined {
    const gone = this.gallery.removal(id).filter(({ key }) => this.state.has(key));
    if (gone.length) this.state.apply(gone).catch(() => {}); // who looks next sweeps it away
    return undefined;
  }
}

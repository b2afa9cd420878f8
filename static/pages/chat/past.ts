/* past.ts - what was said in a room before, a page at a time */

import type { Message, Room } from "atrium-client";
import type { Conversation, Entry } from "./model.js";

const PAGE = 50;

export class Past {
  readonly #asking = new Set<Conversation>();

  constructor(
    private readonly entryOf: (message: Message) => Entry,
    private readonly changed: (where: Conversation) => void,
  ) {}

  /** Takes in the newest of what was said before we came, or while we were away. */
  recall(where: Conversation, room: Room | undefined): void {
    if (!where.stale) return;
    this.#ask(where, room, { limit: PAGE }, (entries, oldest) => where.restore(entries, oldest));
  }

  /** Takes in what was said before the oldest that is here. False: there is nothing to wait for. */
  older(where: Conversation, room: Room | undefined): boolean {
    if (where.stale || !where.oldest || !room) return false;
    const page = { before: where.oldest, limit: PAGE };
    return this.#ask(where, room, page, (entries, oldest) => where.prepend(entries, oldest));
  }

  #ask(
    where: Conversation,
    room: Room | undefined,
    page: { before?: number; limit: number },
    take: (entries: Entry[], oldest: number) => void,
  ): boolean {
    if (!room?.joined || this.#asking.has(where)) return false;
    this.#asking.add(where);
    const epoch = room.epoch;
    room
      .history(page)
      .then(
        ({ messages, epoch: theirs }) => {
          if (theirs !== epoch || room.epoch !== epoch) return; // begun anew: asked again then
          const first = messages[0]?.offset ?? 0;
          const said = messages.filter(({ type }) => type === "message");
          take(said.map(this.entryOf), messages.length < page.limit ? 0 : first);
        },
        () => {}, // it is asked for again
      )
      .finally(() => {
        this.#asking.delete(where);
        this.changed(where);
      });
    return true;
  }
}

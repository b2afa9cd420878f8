/* past.ts - what was said in a room before, a page at a time */

import type { Message, Room } from "atrium-client";
import type { Conversation, Entry } from "./model.js";

const PAGE = 50;
/** A server gives the newest so many, and no older ones. */
const MOST = 300;

export class Past {
  readonly #asking = new Set<Conversation>();

  constructor(
    private readonly entryOf: (message: Message) => Entry,
    private readonly changed: (where: Conversation) => void,
  ) {}

  /** Takes in the newest of what was said before we came, or while we were away. */
  recall(where: Conversation, room: Room | undefined): void {
    if (!where.stale) return;
    this.#ask(where, room, PAGE, (entries, oldest) => where.restore(entries, oldest));
  }

  /** Takes in what was said before the oldest that is here. False: there is nothing to wait for. */
  older(where: Conversation, room: Room | undefined): boolean {
    if (where.stale || !where.oldest || !room) return false;
    const limit = Math.min(MOST, room.offset - where.oldest + 1 + PAGE);
    return this.#ask(where, room, limit, (entries, oldest) => {
      where.prepend(entries, oldest < where.oldest ? oldest : 0);
    });
  }

  #ask(
    where: Conversation,
    room: Room | undefined,
    limit: number,
    take: (entries: Entry[], oldest: number) => void,
  ): boolean {
    if (!room?.joined || this.#asking.has(where)) return false;
    this.#asking.add(where);
    const epoch = room.epoch;
    room
      .history({ limit })
      .then(
        ({ messages, epoch: theirs }) => {
          if (theirs !== epoch || room.epoch !== epoch) return; // begun anew: asked again then
          const first = messages[0]?.offset ?? 0;
          const said = messages.filter(({ type }) => type === "message");
          take(said.map(this.entryOf), messages.length < limit ? 0 : first);
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

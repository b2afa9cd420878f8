/* room.ts - a room that this client is in: who is there, what is said, saying something */

import type { Client } from "./client.js";
import type { AtriumError } from "./error.js";
import { Handlers, type Off } from "./emitter.js";
import type {
  Ack,
  History,
  HistoryQuery,
  Joined,
  Member,
  Message,
  RoomEvents,
} from "./types.js";

/** Events that are not messages, so that no one in the room can cause them. */
const OWN = ["recovered", "reset"];

/** Made by `client.join(name)`. Its handlers stay through reconnects. */
export class Room {
  /**
   * Settles once: with the room when the server let us in, or with an `AtriumError` when it did
   * not (bad_room, forbidden, too_many_rooms, room_full) or when the room was left before.
   */
  readonly ready: Promise<Room>;
  /** Who is there, as far as the server says: at most 100. */
  members: Member[] = [];
  /** How many are there. */
  count = 0;
  /** Whether the server has us in it now. */
  joined = false;
  /** The last message that arrived, by its place in the room's history; 0 before any. */
  offset = 0;
  /** The history that `offset` counts in; empty before the first `joined`. */
  epoch = "";
  /** For the client: the `ref` of the join that is not answered yet. */
  asked: number | undefined;

  readonly #handlers = new Handlers();
  #resolve!: (room: Room) => void;
  #reject!: (error: AtriumError) => void;

  constructor(
    private readonly client: Client,
    readonly name: string,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => {}); // who does not ask is told by the client's `error` event
  }

  /**
   * Calls `handler` for each message of a type: the server's own (`RoomEvents`), an application's,
   * or `"*"` for all. Returns a function that takes the handler away again.
   */
  on<K extends keyof RoomEvents>(type: K, handler: (message: RoomEvents[K]) => void): Off;
  on<T extends object>(type: string, handler: (message: Message & T) => void): Off;
  on(type: string, handler: (message: never) => void): Off {
    return this.#handlers.add(type, handler);
  }

  off(type: string, handler: (message: never) => void): void {
    this.#handlers.remove(type, handler);
  }

  /**
   * Sends a message to all in the room, ourselves included (`echo: false` in the body leaves us
   * out). Resolves when the hub has taken it. While there is no connection it waits; when one ends
   * before the ack, it is sent again with the same `mid`; so it is when the server takes no more
   * for a moment. Rejected with an `AtriumError`.
   *
   * The names type room nickname id user offset ref mid ephemeral token are the server's: a body's
   * members of these names do not arrive.
   */
  publish(type: string, body: object = {}): Promise<Ack> {
    return this.client.publish(this.name, type, body);
  }

  /**
   * Sends what is worth nothing later (typing, a cursor): no ack, no waiting, not echoed to us.
   * Left out, with false as the answer, when there is no connection, when it is behind, and while
   * the server takes no more.
   */
  signal(type: string, body: object = {}): boolean {
    return this.joined && this.client.signal(this.name, type, body);
  }

  /**
   * What was said before: the newest messages, oldest first. What arrives before the promise
   * resolves may be among them (same `offset`), what arrives after it is newer. Rejected with
   * not_in_room, unavailable, or disconnected.
   */
  history(query: HistoryQuery = {}): Promise<History> {
    return this.client.history(this.name, query);
  }

  leave(): Promise<void> {
    return this.client.leave(this.name);
  }

  /** For the client: where to go on, for the server to know; nothing before the first time. */
  get place(): { since?: number; epoch?: string } {
    return this.epoch ? { since: this.offset, epoch: this.epoch } : {};
  }

  /** For the client: a message for this room. False: it is not for us, or was here before. */
  deliver(message: Message): boolean {
    const { type, offset, users, members, count } = message;
    if (type === "joined") this.#enter(message as Joined);
    else if (!this.joined && type !== "left") return false;
    else if (offset !== undefined && !this.#advance(offset)) return false;
    const list = type === "joined" ? users : type === "users_update" ? members : undefined;
    if (Array.isArray(list)) {
      this.members = list as Member[];
      this.count = typeof count === "number" ? count : list.length;
    }
    if (!OWN.includes(type)) this.#handlers.emit(type, message);
    this.#handlers.emit("*", message);
    if (type === "joined") this.#resolve(this);
    return true;
  }

  /**
   * For the client: a publish of ours has its place. One without an echo is counted in by this,
   * where it is the next; all before it have arrived by then.
   */
  acked(offset: number | undefined): void {
    if (this.joined && offset === this.offset + 1) this.offset = offset;
  }

  /** For the client: we are not in it now. With an error: and will not be. */
  out(error?: AtriumError): void {
    this.joined = false;
    this.asked = undefined;
    if (error) this.#reject(error);
  }

  #advance(offset: number): boolean {
    if (offset <= this.offset) return false;
    this.offset = offset;
    return true;
  }

  #enter(joined: Joined): void {
    const { offset, epoch, recovered } = joined;
    const before = this.place;
    const whole = recovered && before.epoch === epoch;
    this.joined = true;
    this.asked = undefined;
    if (!whole) this.offset = offset;
    this.epoch = epoch;
    if (whole) this.#handlers.emit("recovered", joined);
    // nothing to start over from: we were never here, or nothing was ever kept
    else if (before.epoch && (before.since || offset)) this.#handlers.emit("reset", joined);
  }
}

/* room.ts - a room that this client is in: who is there, what is said, saying something */

import type { Client } from "./client.js";
import type { AtriumError } from "./error.js";
import { Handlers, type Off } from "./emitter.js";
import type { Ack, Member, Message, RoomEvents } from "./types.js";

/** Made by `client.join(name)`. Its handlers stay through reconnects. */
export class Room {
  /**
   * Settles once: with the room when the server let us in, or with an `AtriumError` when it did
   * not (bad_room, forbidden, too_many_rooms) or when the room was left before.
   */
  readonly ready: Promise<Room>;
  /** Who is there, as far as the server says: at most 100. */
  members: Member[] = [];
  /** How many are there. */
  count = 0;
  /** Whether the server has us in it now. */
  joined = false;

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
   * before the ack, it is sent again with the same `mid`. Rejected with an `AtriumError`.
   *
   * The names type room nickname id user offset ref mid ephemeral token are the server's: a body's
   * members of these names do not arrive.
   */
  publish(type: string, body: object = {}): Promise<Ack> {
    return this.client.publish(this.name, type, body);
  }

  /**
   * Sends what is worth nothing later (typing, a cursor): no ack, no waiting, not echoed to us.
   * Left out, with false as the answer, when there is no connection or it is behind.
   */
  signal(type: string, body: object = {}): boolean {
    return this.joined && this.client.signal(this.name, type, body);
  }

  leave(): Promise<void> {
    return this.client.leave(this.name);
  }

  /** For the client: a message for this room. */
  deliver(message: Message): void {
    const { type, users, members, count } = message;
    const list = type === "joined" ? users : type === "users_update" ? members : undefined;
    if (Array.isArray(list)) {
      this.members = list as Member[];
      this.count = typeof count === "number" ? count : list.length;
    }
    if (type === "joined") {
      this.joined = true;
      this.#resolve(this);
    }
    this.#handlers.emit(type, message);
    this.#handlers.emit("*", message);
  }

  /** For the client: we are not in it now. With an error: and will not be. */
  out(error?: AtriumError): void {
    this.joined = false;
    if (error) this.#reject(error);
  }
}

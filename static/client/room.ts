/* room.ts - a room that this client is in: who is there, what is said, saying something */

import type { Client } from "./client.js";
import type { AtriumError } from "./error.js";
import { Emitter, type Off } from "./emitter.js";
import { RoomState, type StatePlace } from "./state.js";
import type {
  Ack,
  Body,
  CallOptions,
  History,
  HistoryQuery,
  Joined,
  Member,
  Message,
  Messages,
  RoomEvents,
  Undeclared,
  UsersUpdate,
} from "./types.js";

/** Events that are not messages, so that no one in the room can cause them. */
const OWN = ["recovered", "reset", "join", "leave"];

export interface Room<M extends object = Messages, V = unknown> {
  /**
   * Calls `handler` for each message of a type: an application's, one of `RoomEvents`, or `"*"` for
   * all. Returns a function that takes the handler away again.
   */
  on<K extends keyof M & string>(type: K, handler: (message: Message & M[K]) => void): Off;
  on<K extends keyof RoomEvents>(type: K, handler: (message: RoomEvents[K]) => void): Off;
  on<T extends object>(type: Undeclared<M>, handler: (message: Message & T) => void): Off;
  off(type: string, handler: (message: never) => void): void;
}

/**
 * Made by `client.join(name)`. Its handlers stay through reconnects. `M` names an application's
 * messages, `V` is what the values of its state are.
 */
export class Room<M extends object = Messages, V = unknown> extends Emitter<any> {
  /**
   * Settles once: with the room when the server let us in, or with an `AtriumError` when it did
   * not (bad_room, forbidden, too_many_rooms, room_full) or when the room was left before.
   */
  readonly ready: Promise<this>;
  /** The room's keyed values, where it was joined with `{ state: true }`. */
  readonly state: RoomState<V>;
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
  /** @internal For the client: the `ref` of the join that is not answered yet. */
  asked: number | undefined;

  readonly #client: Client;
  #resolve!: (room: this) => void;
  #reject!: (error: AtriumError) => void;
  /** Whether the join asked for the state too. */
  #stated = false;

  constructor(
    client: Client,
    readonly name: string,
    state: RoomState,
  ) {
    super();
    this.#client = client;
    this.state = state as unknown as RoomState<V>;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => {}); // who does not ask is told by the client's `error` event
  }

  /**
   * Sends a message to all in the room, ourselves included (`echo: false` in the body leaves us
   * out). Resolves when the hub has taken it. While there is no connection it waits; when one ends
   * before the ack, it is sent again with the same `mid`; so it is when the server takes no more
   * for a moment. Rejected with an `AtriumError`; where a handler guards the room and does not let it
   * pass, with refused or a code of its own, and it is not sent again.
   *
   * The names type room nickname id user offset ref mid ephemeral token are the server's: a body's
   * members of these names do not arrive.
   */
  publish<K extends keyof M & string>(type: K, ...[body]: Body<M[K]>): Promise<Ack> {
    return this.#client.publish(this.name, type, body as object);
  }

  /**
   * Sends what is worth nothing later (typing, a cursor): no ack, no waiting, not echoed to us.
   * Left out, with false as the answer, when there is no connection, when it is behind, and while
   * the server takes no more.
   */
  signal<K extends keyof M & string>(type: K, ...[body]: Body<M[K]>): boolean {
    return this.joined && this.#client.signal(this.name, type, body as object);
  }

  /**
   * Asks the room's handler process; resolves with what it answers. Rejected with the code and the
   * words of a handler that refuses; with no_handler where none is there; and with handler_timeout,
   * timeout or disconnected: whether it was done is not known then. It is not asked again.
   */
  call<T extends object = {}>(
    cmd: string,
    params: object = {},
    options: CallOptions = {},
  ): Promise<Message & T> {
    return this.#client.call<T>(this.name, cmd, params, options);
  }

  /** Asks who is there; `members` is up to date by the answer. */
  users(): Promise<UsersUpdate> {
    return this.#client.users(this.name);
  }

  /**
   * What was said before: the newest messages, oldest first. What arrives before the promise
   * resolves may be among them (same `offset`), what arrives after it is newer. Rejected with
   * not_in_room, unavailable, or disconnected.
   */
  history(query: HistoryQuery = {}): Promise<History> {
    return this.#client.history(this.name, query);
  }

  leave(): Promise<void> {
    return this.#client.leave(this.name);
  }

  /** @internal For the client: where to go on, for the server to know, as it is asked to let us in. */
  enter(): { since?: number; epoch?: string; state?: StatePlace } {
    const { place: state } = this.state;
    this.#stated = state !== undefined;
    return { ...this.#place, ...(state && { state }) };
  }

  /** Nothing before the first time. */
  get #place(): { since?: number; epoch?: string } {
    return this.epoch ? { since: this.offset, epoch: this.epoch } : {};
  }

  /** @internal For the client: a message for this room. False: it is not for us, or was here before. */
  deliver(message: Message): boolean {
    const { type, offset, users, members, count } = message;
    if (type === "joined") this.#enter(message as Joined);
    else if (!this.joined && type !== "left") return false;
    else if (/^state(_snapshot)?$/.test(type)) this.state.take(message);
    else if (offset !== undefined && !this.#advance(offset)) return false;
    const list = type === "joined" ? users : type === "users_update" ? members : undefined;
    const before = this.#everyone;
    if (Array.isArray(list)) {
      this.members = list as Member[];
      this.count = typeof count === "number" ? count : list.length;
    }
    if (!OWN.includes(type)) this.emit(type, message);
    this.emit("*", message);
    if (type === "joined") this.#resolve(this);
    if (list) this.#compare(before, this.#everyone);
    return true;
  }

  /** The members, if it is known that there are no others. */
  get #everyone(): Member[] | undefined {
    return this.count && this.count === this.members.length ? this.members : undefined;
  }

  #compare(before: Member[] | undefined, now: Member[] | undefined): void {
    if (!before || !now) return;
    for (const member of without(before, now)) this.emit("leave", member);
    for (const member of without(now, before)) this.emit("join", member);
  }

  /**
   * @internal For the client: a publish of ours has its place. One without an echo is counted in by this,
   * where it is the next; all before it have arrived by then.
   */
  acked(offset: number | undefined): void {
    if (this.joined && offset === this.offset + 1) this.offset = offset;
  }

  /** @internal For the client: we are not in it now. With an error: and will not be. */
  out(error?: AtriumError): void {
    this.joined = false;
    this.asked = undefined;
    this.state.out(error);
    if (error) this.#reject(error);
  }

  #advance(offset: number): boolean {
    if (offset <= this.offset) return false;
    this.offset = offset;
    return true;
  }

  #enter(joined: Joined): void {
    const { offset, epoch, recovered } = joined;
    const before = this.#place;
    const whole = recovered && before.epoch === epoch;
    this.joined = true;
    this.asked = undefined;
    if (!whole) this.offset = offset;
    this.epoch = epoch;
    if (whole) this.emit("recovered", joined);
    // nothing to start over from: we were never here, or nothing was ever kept
    else if (before.epoch && (before.since || offset)) this.emit("reset", joined);
    if (!this.#stated) this.state.ask();
  }
}

function without(members: Member[], others: Member[]): Member[] {
  return members.filter(({ id }) => !others.some((other) => other.id === id));
}

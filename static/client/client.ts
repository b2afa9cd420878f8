/* client.ts - a client: its state, its rooms, its way back after a loss */

import { advisedDelay, Backoff } from "./backoff.js";
import { addressOf, browser } from "./browser.js";
import { type Say, speaker } from "./debug.js";
import { Emitter } from "./emitter.js";
import { AtriumError } from "./error.js";
import { Link } from "./link.js";
import { Pending } from "./pending.js";
import { Refresh } from "./refresh.js";
import { Room } from "./room.js";
import { RoomState } from "./state.js";
import type {
  Ack,
  Body,
  CallOptions,
  ClientEvents,
  Env,
  History,
  HistoryQuery,
  Identity,
  Message,
  Messages,
  Options,
  Pong,
  Private,
  RoomInfo,
  RoomOptions,
  StateEntry,
  Status,
  UsersUpdate,
  Welcome,
} from "./types.js";

/** A connection that lasted so long ends a series of failures. */
const STABLE_MS = 5000;
const LEAVING = 1000;
/** Any other code than 1000 has the server hold our place. */
const COMING_BACK = 4001;
const REPLACED = 4409;
const UNAUTHORIZED = 4401;
/** A room that cannot be had now is asked for again after it. */
const AGAIN_MS = 1000;
/** The most that is believed of how long to say nothing. */
const HELD_MAX_MS = 60_000;
const CALL_MS = 30_000;
/** They say what a room's they are, and are not for it. */
const ANSWERS = ["history", "result", "error"];

/** A connection and its way back; made by `connect`. `M` names an application's messages. */
export class Client<M extends object = Messages> extends Emitter<ClientEvents> {
  /** What the server calls us; empty before the first welcome. */
  id = "";
  nickname: string;
  /** With this, a later client can come back as this one, as long as the server holds its place. */
  identity: Identity | undefined;
  /** The signed-in user's name, or null. */
  user: string | null = null;
  status: Status = { state: "closed", code: 0, reason: "", delay: 0, attempt: 0 };

  readonly #options: Options;
  readonly #env: Env;
  readonly #rooms = new Map<string, Room>();
  /** Left while there was no connection; a server that holds our place still has us in them. */
  readonly #departed = new Set<string>();
  readonly #pending: Pending;
  readonly #backoff: Backoff;
  readonly #refresh: Refresh;
  #link: Link | undefined;
  /** Counts attempts, so that a token that comes late is of no use to a later one. */
  #attempt = 0;
  #welcomedAt = -1;
  /** The room in the address, which is joined with the connection; undefined: none was named. */
  #first: string | undefined;
  /** The `joined` of the address is still to come. */
  #opening = false;
  #timer: unknown;
  /** When the server takes something from us again, after we said too much at once. */
  #held: unknown;
  readonly #say: Say | undefined;

  constructor(options: Options = {}) {
    super();
    this.#options = options;
    const env = options.env ?? browser;
    this.#env = options.socket ? { ...env, open: options.socket } : env;
    this.#say = speaker(options.debug);
    this.#backoff = new Backoff(() => this.#env.random());
    const session = this.#env.random().toString(36).slice(2, 12);
    this.#pending = new Pending(options.queue ?? 500, session);
    this.#refresh = new Refresh(
      this.#env,
      () => this.authorize(),
      () => {
        this.#hangUp(COMING_BACK);
        this.#finish(UNAUTHORIZED, "unauthorized");
      },
    );
    this.identity = options.identity;
    this.nickname = options.nickname ?? "";
    for (const room of options.rooms ?? ["general"]) {
      if (typeof room === "string") this.join(room);
      else this.join(room.name, room);
    }
  }

  /** The rooms that we are in, or will be when there is a connection. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  /** Starts connecting, or tries at once if it was waiting for the next attempt. */
  connect(): void {
    if (this.#link || this.status.state === "connecting") return;
    globalThis.addEventListener?.("online", this.#online);
    void this.#dial();
  }

  /** Leaves all rooms and ends. What was not acknowledged is rejected with `closed`. */
  close(): void {
    this.#hangUp(LEAVING);
    this.#finish(LEAVING, "closed");
  }

  /** Takes another nickname, by coming back under it at once; no one sees us leave. */
  rename(nickname: string): void {
    this.#options.nickname = this.nickname = nickname;
    if (this.status.state === "closed") return;
    this.#hangUp(COMING_BACK);
    void this.#dial();
  }

  /** Joins a room, now or as soon as there is a connection. The same room for the same name. */
  join<R extends object = M, V = unknown>(
    name: string,
    { state = false }: RoomOptions = {},
  ): Room<R, V> {
    const known = this.#rooms.get(name);
    const room = known ?? this.#add(name);
    if (state) room.state.want(room.joined);
    if (!known) {
      this.#departed.delete(name);
      if (this.status.state === "open") this.#enter(room);
    }
    return room as unknown as Room<R, V>;
  }

  /** Leaves a room. A client without rooms stays connected. */
  async leave(name: string): Promise<void> {
    const room = this.#rooms.get(name);
    if (!room) return;
    this.#rooms.delete(name);
    room.out(new AtriumError("closed"));
    if (this.status.state === "open") await this.#exit(name);
    else this.#departed.add(name);
    room.deliver({ type: "left", room: name });
  }

  /** As `Room.publish`. */
  publish<K extends keyof M & string>(
    room: string,
    type: K,
    ...[body]: Body<M[K]>
  ): Promise<Ack>;
  publish(room: string, type: string, body?: object): Promise<Ack>;
  publish(room: string, type: string, body?: object): Promise<Ack> {
    return this.#ask({ ...body, type, room }, true);
  }

  /** As `Room.signal`. */
  signal(room: string, type: string, body?: object): boolean {
    const link = this.#link;
    if (this.status.state !== "open" || !link || link.busy || this.#pending.held) return false;
    link.send(JSON.stringify({ echo: false, ...body, type, room }));
    return true;
  }

  /** As `Room.history`. */
  history(room: string, query: HistoryQuery = {}): Promise<History> {
    const answer: Promise<unknown> = this.#ask({ ...query, type: "history", room }, false);
    return answer as Promise<History>;
  }

  /**
   * Writes to one connection (its id) or to all of a user (`user:NAME`). Resolves when the hub has
   * taken it; rejected with no_such_target, bad_target or one of `publish`'s errors.
   */
  private(target: string, body: object): Promise<Ack> {
    return this.#ask({ ...body, type: "private", target }, true);
  }

  /** As `Room.call`. */
  call<T extends object = {}>(
    room: string,
    cmd: string,
    params: object = {},
    { timeout = CALL_MS }: CallOptions = {},
  ): Promise<Message & T> {
    const answer = this.#ask({ ...params, type: "call", room, cmd }, false);
    const ref = this.#pending.last;
    const late = (): unknown => this.#pending.settle(ref, new AtriumError("timeout"));
    const timer = this.#env.setTimeout(late, timeout);
    const timed = answer.finally(() => this.#env.clearTimeout(timer));
    return timed as Promise<Message & T>;
  }

  /** As `Room.users`. */
  users(room: string): Promise<UsersUpdate> {
    return this.#ask({ type: "users", room }, false) as Promise<UsersUpdate>;
  }

  /** The rooms that exist; changes are told by the `rooms` event. */
  async listRooms(): Promise<RoomInfo[]> {
    return (await this.#ask({ type: "rooms" }, false))["rooms"] as RoomInfo[];
  }

  async ping(): Promise<Pong> {
    const sent = this.#env.now();
    const { time } = await this.#ask({ type: "ping" }, false);
    return { time: time as number, rtt: this.#env.now() - sent };
  }

  /**
   * Gets a token and signs the open connection in with it, or lengthens its stay; done by itself
   * before a token of `getToken` runs out.
   */
  async authorize(): Promise<{ user: string; expires: number }> {
    const attempt = this.#attempt;
    const token = await this.#options.getToken?.();
    // what comes late is of no use to another connection, which begins with a token of its own
    if (attempt !== this.#attempt) throw new AtriumError("disconnected");
    const answer = await this.#ask({ type: "auth", token }, false);
    this.user = answer.user ?? null;
    return answer as unknown as { user: string; expires: number };
  }

  /** Asks the server something; its answer carries our `ref`. */
  #ask(message: object, keep: boolean): Promise<Message> {
    const problem = this.#problem(message);
    return problem ? Promise.reject(problem) : this.#pending.add(message, keep);
  }

  /** Why a message cannot be taken into the queue. */
  #problem(message: object): AtriumError | undefined {
    const { state, reason } = this.status;
    if (state === "closed") return new AtriumError("closed", reason);
    if (!this.#pending.full) return undefined;
    this.emit("drop", { message: message as Record<string, unknown>, reason: "queue_full" });
    return new AtriumError("queue_full");
  }

  async #dial(): Promise<void> {
    this.#env.clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#welcomedAt = -1;
    this.#setStatus({ state: "connecting" });
    try {
      const token = this.#options.getToken ? await this.#options.getToken() : undefined;
      if (attempt !== this.#attempt) return;
      const events = {
        message: (message: Message) => this.#receive(message),
        end: (code: number, reason: string) => this.#ended(code, reason),
      };
      this.#link = new Link(this.#env, this.#address(token), events, this.#say);
    } catch (error) {
      if (attempt === this.#attempt) this.#ended(0, String(error));
    }
  }

  #address(token: string | undefined): string {
    const url = addressOf(this.#options.url ?? "/api/ws");
    const [first] = this.#rooms.values();
    this.#first = first?.name;
    this.#opening = true;
    const { nickname } = this.#options;
    const { state, ...place } = first?.enter() ?? {};
    const known = typeof state === "object" && state.epoch === place.epoch ? state.rev : undefined;
    const values = { state: state && 1, rev: known };
    const query = { ...this.identity, nickname, room: first?.name, ...place, ...values, token };
    for (const [name, value] of Object.entries(query)) {
      if (value || value === 0) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  #receive(message: Message): void {
    const refusal = message.type === "error" ? refusalOf(message) : undefined;
    const fresh = this.#take(message);
    if (refusal && this.#hold(message)) return;
    const { ref } = message;
    this.#pending.settle(ref as number, refusal, message);
    // one with a ref is an answer, and if no one waits for it any more it came too late
    if (refusal && !ref) this.emit("error", refusal);
    if (fresh) this.emit("message", message);
  }

  /**
   * We said too much at once. What was refused, and what is asked from now on, goes out when the
   * server takes it again, in the order in which it was asked. False: it was no request of ours, or the
   * refusal is another: a handler's, which may have any code, never says `retry_ms`.
   */
  #hold({ retry_ms, ref }: Message): boolean {
    if (retry_ms === undefined) return false;
    const ms = Math.min(retry_ms as number, HELD_MAX_MS);
    this.#pending.held = true;
    this.#env.clearTimeout(this.#held);
    this.#held = this.#env.setTimeout(() => this.#pending.release(), ms);
    return this.#pending.again(ref as number);
  }

  /** False: the message is of no use to anyone any more. */
  #take(message: Message): boolean {
    const { type, room } = message;
    if (type === "welcome") this.#welcome(message as Welcome);
    else if (type === "rooms") this.emit("rooms", message["rooms"] as RoomInfo[]);
    else if (type === "expiring" && !room) this.#options.getToken && this.#refresh.due();
    else if (type === "private") this.emit("private", message as Private);
    else if (room === undefined || ANSWERS.includes(type)) return true;
    else if (type === "ack") this.#rooms.get(room)?.acked(message.offset);
    else return this.#deliver(message, room);
    return true;
  }

  #welcome(welcome: Welcome): void {
    const link = this.#link!;
    link.watch(welcome.ping);
    this.#welcomedAt = this.#env.now();
    ({ id: this.id, nickname: this.nickname, user: this.user } = welcome);
    this.identity = { id: welcome.id, resume: welcome.resume };
    this.#pending.open(link);
    for (const room of this.#rooms.values()) if (room.name !== this.#first) this.#enter(room);
    for (const name of this.#departed) void this.#exit(name);
    this.#departed.clear();
    this.#pending.flush();
    this.#setStatus({ state: "open" });
    this.emit("welcome", welcome);
  }

  #deliver(message: Message, name: string): boolean {
    const { type } = message;
    if (type === "left" && message["ref"] !== undefined) return false; // see leave()
    if (type === "joined" && !this.#wanted(message, name)) return false;
    const room = this.#rooms.get(name);
    if (type === "left" && room) {
      this.#rooms.delete(name);
      room.out(new AtriumError("closed"));
    }
    return room?.deliver(message) ?? false;
  }

  /** Whether `joined` is what a room waits for, or a room that the server put us in. */
  #wanted(joined: Message, name: string): boolean {
    const known = this.#rooms.get(name);
    const ref = joined["ref"];
    const opening = this.#opening && ref === undefined;
    if (opening) this.#opening = false;
    if (opening && !known) {
      // left meanwhile, or the server's default room, which no one asked for and no one left yet
      if (!this.#first) this.#link?.send(JSON.stringify({ type: "leave", room: name }));
      return false;
    }
    if (!known && ref === undefined) this.#add(name);
    return ref === known?.asked;
  }

  /** What cannot be had now is asked for again. */
  readonly #later = (run: () => void): void => void this.#env.setTimeout(run, AGAIN_MS);

  #add(name: string): Room {
    const problem = (message: object): AtriumError | undefined => this.#problem(message);
    const state = new RoomState(name, this.#pending, problem, this.#later);
    const room = new Room(this as unknown as Client, name, state);
    room.on("reset", () => this.emit("reset", room));
    room.on("recovered", () => this.emit("recovered", room));
    this.#rooms.set(name, room);
    return room;
  }

  #enter(room: Room): void {
    const join = { type: "join", room: room.name, ...room.enter() };
    const asked = this.#pending.add(join, false);
    const ref = (room.asked = this.#pending.last);
    asked.catch((error: AtriumError) => {
      if (error.code === "disconnected" || error.code === "closed") return; // tried again
      if (error.code === "unavailable") {
        return this.#later(() => room.asked === ref && this.#enter(room));
      }
      if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
      room.out(error);
      this.emit("error", error);
    });
  }

  /** Whatever the answer is, an ended connection included: we are not in the room after it. */
  async #exit(name: string): Promise<void> {
    const left = this.#pending.add({ type: "leave", room: name }, false);
    await left.catch(() => this.status.state === "waiting" && this.#departed.add(name));
  }

  #ended(code: number, reason: string): void {
    this.#link = undefined;
    this.#refresh.stop();
    this.#env.clearTimeout(this.#held);
    for (const room of this.#rooms.values()) room.out();
    const welcomed = this.#welcomedAt >= 0;
    const offered = this.identity !== undefined && !welcomed;
    if (code === REPLACED) this.identity = undefined; // someone else's by now
    if (code === REPLACED && offered) {
      this.#wait(code, reason, 0);
    } else if (code >= 4400 && code < 4500) {
      this.#finish(code, reason);
    } else {
      if (welcomed && this.#env.now() - this.#welcomedAt >= STABLE_MS) this.#backoff.reset();
      this.#wait(code, reason, this.#backoff.next(advisedDelay(reason)));
    }
  }

  #wait(code: number, reason: string, delay: number): void {
    this.#timer = this.#env.setTimeout(() => void this.#dial(), delay);
    this.#pending.lost(code);
    this.#setStatus({ state: "waiting", code, reason, delay });
  }

  #finish(code: number, reason: string): void {
    globalThis.removeEventListener?.("online", this.#online);
    this.#setStatus({ state: "closed", code, reason });
    this.#pending.abandon(new AtriumError("closed", reason));
  }

  /** Ends a connection or an attempt without a word to the application. */
  #hangUp(code: number): void {
    this.#attempt++;
    this.#env.clearTimeout(this.#timer);
    this.#refresh.stop();
    this.#env.clearTimeout(this.#held);
    this.#link?.close(code, "");
    this.#link = undefined;
    for (const room of this.#rooms.values()) room.out();
    this.#pending.lost(code);
  }

  readonly #online = (): void => {
    if (this.status.state === "waiting") void this.#dial();
  };

  #setStatus(change: Partial<Status> & Pick<Status, "state">): void {
    const attempt = this.#backoff.failures;
    const status = { ...this.status, delay: 0, attempt, ...change };
    this.status = status;
    this.#say?.(`${status.state} ${status.code} ${status.reason}`);
    this.emit("status", this.status);
  }
}

function refusalOf({ code = "unknown", content, current }: Message): AtriumError {
  return new AtriumError(code as string, content as string, current as StateEntry[]);
}

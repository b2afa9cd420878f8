/* types.ts - the shapes that cross the library's border: options, events, messages */

import type { Debug } from "./debug.js";
import type { AtriumError } from "./error.js";
import type { Room } from "./room.js";

/** Someone in a room: a connection. `user` is there when it signed in. */
export interface Member {
  id: string;
  nickname: string;
  user?: string | null;
}

/** What arrives from the server; members beside these are the sender's own. */
export interface Message {
  type: string;
  room?: string;
  /** Sender's connection id, stamped by the server. */
  id?: string;
  /** Sender's name, stamped by the server. */
  nickname?: string;
  user?: string | null;
  /** Place in the room's history, where the room keeps one. */
  offset?: number;
  [member: string]: unknown;
}

export interface Welcome extends Message {
  id: string;
  nickname: string;
  user: string | null;
  /** Secret with which `id` can be taken up again. */
  resume: string;
  /** Whether the server had held our place: no one saw us go. */
  resumed?: boolean;
  /** Milliseconds of silence after which a connection is asked for a sign of life. */
  ping: number;
}

export interface Joined extends Message {
  room: string;
  /** The room's last message when we came in; 0 where there is none, or none are kept. */
  offset: number;
  /** The history that offsets count in: another one where the server had to begin anew. */
  epoch: string;
  /** Whether all that was said since we were last here follows. */
  recovered: boolean;
  users: Member[];
  count: number;
}

export interface UsersUpdate extends Message {
  room: string;
  /** Nicknames. */
  content: string[];
  /** At most the first 100; `count` says how many there are. */
  members: Member[];
  count: number;
  /** The same, but all connections of someone who is signed in count once. */
  users: number;
}

export interface System extends Message {
  room: string;
  content: string;
}

export interface Left extends Message {
  room: string;
}

export interface Private extends Message {
  id: string;
  nickname: string;
  target: string;
}

export interface RoomInfo {
  name: string;
  users: number;
}

/** The answer to a publish: the hub has it. */
export interface Ack {
  room?: string;
  /** Its place in the room's history; none where it is not kept. */
  offset?: number;
}

export interface HistoryQuery {
  /** Only what came after this offset. */
  since?: number;
  /** Only what came before this offset. */
  before?: number;
  /** The newest so many: 100 without it, 300 at most. */
  limit?: number;
}

export interface History {
  /** Oldest first, each as it was delivered. */
  messages: Message[];
  /** The room's last message: what is newer arrives after this answer. */
  offset: number;
  epoch: string;
}

/** One key's change in a room's state. */
export type StateOp<V = unknown> = { key: string; value: V } | { key: string; delete: true };

/** A key of a room's state. `rev` 0, and no value: it is not there. */
export interface StateEntry {
  key: string;
  value?: unknown;
  rev: number;
}

/** The revision that a key must have: 0 means "is not there", true "as it is seen now". */
export type Condition = number | true;

/** A change of the state has its place. */
export interface Applied {
  rev: number;
}

/** What the server says when someone changed a room's state. */
export interface StateUpdate extends Message {
  nickname: string;
  rev: number;
  ops: StateOp[];
}

/** A part of a room's state, or of what changed since it was last here. */
export interface StateSnapshot extends Message {
  rev: number;
  epoch: string;
  /** Keys that are not in any of its parts are gone. */
  full: boolean;
  entries: StateEntry[];
  deleted?: string[];
  /** Other parts follow. */
  more?: boolean;
}

export interface StateChange<V = unknown> {
  key: string;
  /** What is seen now; undefined where the key was deleted. */
  value: V | undefined;
  previous: V | undefined;
  deleted: boolean;
  /** Our own change, before the server has confirmed it, or the way back after a refusal. */
  local: boolean;
  /** Who changed it, where someone did just now; without an id it was a server of yours. */
  by?: Member | undefined;
}

export interface StateEvents<V = unknown> {
  /** What is seen of a key is another value than before. */
  change: StateChange<V>;
  /** A snapshot was put in: when we came, or came back. `change` has told each key of it. */
  sync: { full: boolean };
  /** A change of ours was taken back, since someone else was first. Its promise is rejected too. */
  conflict: AtriumError;
}

export interface RoomOptions {
  /** Follow the room's keyed values: `room.state`. */
  state?: boolean;
}

export interface CallOptions {
  /** Milliseconds after which the call is rejected with `timeout`. Default 30,000. */
  timeout?: number;
}

export interface Pong {
  /** Server's time, milliseconds since 1970. */
  time: number;
  /** Milliseconds there and back. */
  rtt: number;
}

/**
 * - `connecting`: a socket is being opened, or opened and not yet welcomed
 * - `open`: welcomed; what is published goes out at once
 * - `waiting`: between two attempts; what is published is kept for the next
 * - `closed`: not connected and not trying; `code` and `reason` say why
 */
export type State = "connecting" | "open" | "waiting" | "closed";

export interface Status {
  state: State;
  /** WebSocket close code of the connection that ended last: 0 before any did. */
  code: number;
  /** Its reason, for people. */
  reason: string;
  /** In `waiting`: milliseconds from this event to the next attempt; otherwise 0. */
  delay: number;
  /** Attempts since the last connection that lasted. */
  attempt: number;
}

/** A publish that was refused because too many wait already. */
export interface Drop {
  message: Record<string, unknown>;
  reason: "queue_full";
}

export interface ClientEvents {
  /** The connection's state changed. */
  status: Status;
  /** A connection was accepted: the first, or one after a loss. */
  welcome: Welcome;
  /** The rooms that exist: on request, and whenever one appears or goes. */
  rooms: RoomInfo[];
  /** Someone wrote to this connection alone. */
  private: Private;
  /** A message was not taken into the queue. Its promise is rejected too. */
  drop: Drop;
  /** The server refused something that no promise stands for. */
  error: AtriumError;
  /** As the room's event of this name. */
  reset: Room;
  /** As the room's event of this name. */
  recovered: Room;
  /** Every message, after its room has taken it. */
  message: Message;
}

/**
 * What an application says in its rooms: names of messages, and the members that each has.
 *
 *     const client = connect<{ draw: { x: number; y: number }; clear: {} }>();
 *     const room = client.join("drawing");
 *     room.on("draw", ({ x, y, nickname }) => …);
 *     await room.publish("draw", { x: 1, y: 2 });
 *
 * It is the compiler's business alone: what arrives is as its sender made it.
 */
export type Messages = Record<string, object>;

/** The members of a message, which may be left out where none is required. */
export type Body<T> = {} extends T ? [body?: T] : [body: T];

/** Names that no application has declared, where it declares some at all, are mistakes. */
export type Undeclared<M> = string extends keyof M ? string : never;

/**
 * A room's events are named as messages are on the wire; other names are an application's. Some are
 * the library's own: `recovered`, `reset`, `join` and `leave`. Messages of these names, if any
 * come, reach `"*"`.
 */
export interface RoomEvents {
  /** We are in: the first time, and again after each reconnect. */
  joined: Joined;
  /** We are back, and nothing is missing: what was said meanwhile follows, after `joined`. */
  recovered: Joined;
  /**
   * We are back, and what was said meanwhile cannot be had one by one. What is known of the room
   * is out of date: ask for its `history` and start over. Comes before `joined`, and only this
   * once: a `history` that fails is to be asked for again at the next `joined`.
   */
  reset: Joined;
  left: Left;
  /** Who is there changed: `room.members` and `room.count` are up to date. */
  users_update: UsersUpdate;
  /** Someone came. Not in rooms with more people than `members` lists. */
  join: Member;
  /** Someone went; likewise. */
  leave: Member;
  /** A line for people, such as "Ann joined the room". */
  system: System;
  /** Every message of the room. */
  "*": Message;
}

export interface Identity {
  id: string;
  resume: string;
}

export interface Options {
  /** Default `/api/ws` of the page's own server. http(s) addresses are turned into ws(s). */
  url?: string;
  /** What others see; the server makes up a guest's name where there is none. */
  nickname?: string;
  /** Rooms to begin with, the first being joined with the connection itself. Default: `general`. */
  rooms?: (string | ({ name: string } & RoomOptions))[];
  /** `client.identity` of an earlier connection, to come back as the same one (after a reload). */
  identity?: Identity;
  /**
   * Called before each attempt; its token signs the connection in. Called again when that token is
   * about to run out; if then three new ones in a row are refused, the client is closed with 4401
   * and the reason `unauthorized`.
   */
  getToken?: () => string | Promise<string>;
  /** Messages that may wait for a connection or for their ack. Default 500; more are refused. */
  queue?: number;
  /**
   * Tells what goes out and comes in, and each state of the connection: true by `console.debug`.
   * Tokens and resume keys are left out.
   */
  debug?: Debug;
  /** Opens a socket. Default: `new WebSocket(url)`; where there is none, one like it. */
  socket?: (url: string) => SocketLike;
  /** Time and socket, to be replaced in tests. */
  env?: Env;
}

/** The part of a browser's WebSocket that the library uses. */
export interface SocketLike {
  readonly bufferedAmount: number;
  /* Sockets of other makers have types of their own for what are the same events. */
  onopen?: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror?: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface Env {
  open(url: string): SocketLike;
  /** Milliseconds from any beginning. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** 0 ≤ x < 1. */
  random(): number;
}

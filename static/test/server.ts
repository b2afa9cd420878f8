/* server.ts - a server of one room, its history and its state, which does only what it is told */

import type { Message, StateEntry, StateOp } from "../client/types.js";
import type { FakeSocket } from "./fakes.js";

interface Session {
  socket: FakeSocket;
  id: string;
  /** How much of what the client sent has been read. */
  read: number;
  joined: boolean;
  /** Said and not yet on its way to the client. */
  out: object[];
}

type Known = { rev: number; epoch: string } | boolean | undefined;

interface Limits {
  /** So many messages can be had again. */
  kept?: number;
  /** So many keys may the state have. */
  keys?: number;
}

/** Entries in one frame of a snapshot. */
const PART = 2;

export class FakeServer {
  epoch = "1";
  /** All that was ever kept in this epoch; the place of the first is 1. */
  log: Message[] = [];
  readonly state: FakeState;
  readonly kept: number;
  readonly #sessions = new Map<FakeSocket, Session>();
  /** What was answered to a message that its sender may send again. */
  readonly #done = new Map<string, object>();

  constructor(
    readonly room: string,
    { kept = 0, keys = 0 }: Limits,
  ) {
    this.kept = kept;
    this.state = new FakeState(room, keys);
  }

  accept(socket: FakeSocket, id: string): void {
    const query = socket.url.searchParams;
    const session: Session = { socket, id, read: 0, joined: false, out: [] };
    this.#sessions.set(socket, session);
    const welcome = { type: "welcome", id, nickname: id, user: null, resume: "k", ping: 25_000 };
    session.out.push(welcome);
    const [since, rev, epoch] = ["since", "rev", "epoch"].map((name) => query.get(name) ?? undefined);
    const known = rev === undefined ? true : { rev: Number(rev), epoch };
    const state = query.has("state") && known;
    this.#join(session, { since: since === undefined ? undefined : Number(since), epoch, state });
  }

  has(socket: FakeSocket): boolean {
    return this.#sessions.has(socket);
  }

  /** Reads up to `count` messages of a client. */
  read(socket: FakeSocket, count: number): void {
    const session = this.#sessions.get(socket);
    if (!session) return;
    for (const message of socket.sent.slice(session.read, session.read + count)) {
      session.read++;
      this.#take(session, message);
    }
  }

  /** Lets up to `count` messages arrive at a client. */
  write(socket: FakeSocket, count: number): void {
    for (const message of this.#sessions.get(socket)?.out.splice(0, count) ?? []) {
      socket.says(message);
    }
  }

  /** The connection breaks; what was on its way, in either direction, is lost. */
  cut(socket: FakeSocket): void {
    this.#sessions.delete(socket);
    socket.ends();
  }

  /** Loses all that it knew. */
  forget(): void {
    for (const { socket } of this.#sessions.values()) this.cut(socket);
    this.epoch = String(Number(this.epoch) + 1);
    this.log = [];
    this.state.forget();
    this.#done.clear();
  }

  #take(session: Session, message: Record<string, unknown>): void {
    const { type, ref, room } = message;
    const { out } = session;
    if (type === "join") this.#join(session, message);
    else if (type === "history") out.push({ ...this.#history(), type, room, ref });
    else if (type === "state_get") out.push(...this.state.snapshot(this.epoch, true, ref));
    else if (type === "ping") out.push({ type: "pong", time: 0, ref });
    else out.push({ ...this.#once(session, message), room, ref });
  }

  #join(session: Session, { since, epoch, ref, state }: Record<string, unknown>): void {
    const { room, log } = this;
    const from = since as number;
    const recovered =
      epoch === this.epoch && from <= log.length && from >= log.length - this.kept;
    const place = { offset: log.length, epoch: this.epoch, recovered };
    session.joined = true;
    session.out.push({ type: "joined", room, users: [], members: [], count: 1, ref, ...place });
    if (recovered) session.out.push(...log.slice(from));
    if (state) session.out.push(...this.state.snapshot(this.epoch, state as Known));
  }

  #history(): object {
    const { epoch, log } = this;
    return { epoch, offset: log.length, messages: log.slice(-this.kept) };
  }

  /** What is sent again is answered as before. */
  #once(session: Session, message: Record<string, unknown>): object {
    const key = `${session.id} ${message["mid"]}`;
    const known = this.#done.get(key);
    if (known) return known;
    const answer = message["type"] === "state" ? this.#change(session, message) : this.#publish(session, message);
    if ("type" in answer && answer.type === "ack") this.#done.set(key, answer);
    return answer;
  }

  #publish(session: Session, message: Record<string, unknown>): object {
    const { mid: _, ref: __, room: ___, ...body } = message;
    const offset = this.log.length + 1;
    const kept = { ...body, type: String(body["type"]), room: this.room, id: session.id, offset };
    this.log.push(kept);
    this.#tell(kept);
    return { type: "ack", offset };
  }

  #change({ id }: Session, message: Record<string, unknown>): object {
    const ops = message["ops"] as StateOp[];
    const refusal = this.state.refusal(ops, message["if"] as Record<string, number> | undefined);
    if (refusal) return refusal;
    const rev = this.state.apply(ops);
    const told = { type: "state", room: this.room, rev, ops, id, nickname: id };
    this.#tell(told, message["echo"] === false ? id : undefined);
    return { type: "ack", rev };
  }

  #tell(message: object, except?: string): void {
    for (const { joined, id, out } of this.#sessions.values()) {
      if (joined && id !== except) out.push(message);
    }
  }
}

/** The keyed values of the room, and how often clients were told what. */
class FakeState {
  rev = 0;
  readonly values = new Map<string, Required<StateEntry>>();
  /** Keys that were deleted, and when. */
  readonly #tombs = new Map<string, number>();
  /** Deletions before this revision are forgotten. */
  #reach = 0;
  conflicts = 0;
  fulls = 0;
  deltas = 0;

  constructor(
    private readonly room: string,
    private readonly limit: number,
  ) {}

  /** What a client must have in the end. */
  get contents(): [string, unknown][] {
    return [...this.values.values()]
      .map(({ key, value }): [string, unknown] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Forgets which keys were deleted. */
  bury(): void {
    this.#tombs.clear();
    this.#reach = this.rev;
  }

  forget(): void {
    this.rev = 0;
    this.values.clear();
    this.bury();
  }

  snapshot(epoch: string, known: Known, ref?: unknown): object[] {
    const from = typeof known === "object" && known.epoch === epoch ? known.rev : -1;
    const since = from >= this.#reach ? from : -1;
    const full = since < 0;
    if (full) this.fulls++;
    else this.deltas++;
    const entries = [...this.values.values()].filter(({ rev }) => rev > since);
    const gone = [...this.#tombs].filter(([, rev]) => !full && rev > since).map(([key]) => key);
    const { room, rev } = this;
    const head = { type: "state_snapshot", room, rev, epoch, offset: 0, full };
    const parts: object[] = [];
    for (; entries.length > PART; ) {
      parts.push({ ...head, entries: entries.splice(0, PART), more: true, ref });
    }
    return [...parts, { ...head, entries, deleted: gone, ref }];
  }

  /** Why a change cannot be taken, if it cannot. */
  refusal(ops: StateOp[], when: Record<string, number> = {}): object | undefined {
    const current = Object.entries(when)
      .filter(([key, wanted]) => (this.values.get(key)?.rev ?? 0) !== wanted)
      .map(([key]) => this.values.get(key) ?? { key, rev: 0 });
    if (current.length) {
      this.conflicts++;
      return { type: "error", code: "conflict", content: "-", rev: this.rev, current };
    }
    const full = this.values.size >= this.limit && ops.some((op) => "value" in op);
    return full ? { type: "error", code: "state_full", content: "-" } : undefined;
  }

  apply(ops: StateOp[]): number {
    this.rev++;
    for (const op of ops) {
      if ("value" in op) {
        this.values.set(op.key, { key: op.key, value: op.value, rev: this.rev });
        this.#tombs.delete(op.key);
      } else if (this.values.delete(op.key)) this.#tombs.set(op.key, this.rev);
    }
    return this.rev;
  }
}

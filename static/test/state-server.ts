/* state-server.ts - a server of one room's state, which does only what it is told */

import type { StateEntry, StateOp } from "../client/types.js";
import { joined, type FakeSocket } from "./fakes.js";

interface Session {
  socket: FakeSocket;
  id: string;
  /** How much of what the client sent has been read. */
  read: number;
  inside: boolean;
  /** Said and not yet on its way to the client. */
  out: object[];
}

/** Entries in one frame of a snapshot. */
const PART = 2;

export class StateServer {
  rev = 0;
  epoch = "e1";
  readonly values = new Map<string, Required<StateEntry>>();
  /** Keys that were deleted, and when. */
  readonly #tombs = new Map<string, number>();
  /** Deletions before this revision are forgotten. */
  #reach = 0;
  readonly #sessions = new Map<FakeSocket, Session>();
  readonly #mids = new Map<string, number>();
  conflicts = 0;
  fulls = 0;
  deltas = 0;

  constructor(
    readonly room: string,
    /** So many keys may there be. */
    readonly limit: number,
  ) {}

  accept(socket: FakeSocket, id: string): void {
    const query = socket.url.searchParams;
    const session: Session = { socket, id, read: 0, inside: false, out: [] };
    this.#sessions.set(socket, session);
    const welcome = { type: "welcome", id, nickname: id, user: null, resume: "k", ping: 25_000 };
    session.out.push(welcome);
    const [rev, epoch] = [query.get("rev"), query.get("epoch") ?? ""];
    const known = rev === null ? true : { rev: Number(rev), epoch };
    this.#join(session, undefined, query.has("state") && known);
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

  /** Forgets which keys were deleted. */
  bury(): void {
    this.#tombs.clear();
    this.#reach = this.rev;
  }

  /** Loses all that it knew. */
  forget(): void {
    for (const { socket } of this.#sessions.values()) this.cut(socket);
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.rev = this.#reach = 0;
    this.values.clear();
    this.#tombs.clear();
    this.#mids.clear();
  }

  /** What a client must have in the end. */
  get contents(): [string, unknown][] {
    return [...this.values.values()]
      .map(({ key, value }): [string, unknown] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #take(session: Session, message: Record<string, unknown>): void {
    const { type, ref, room, state } = message;
    if (type === "join") this.#join(session, ref, state as Known);
    else if (type === "state_get") session.out.push(...this.#snapshot(true, ref));
    else if (type === "state") session.out.push(this.#change(session, message));
    else if (type === "ping") session.out.push({ type: "pong", time: 0, ref });
    else session.out.push({ type: "ack", room, ref });
  }

  #join(session: Session, ref: unknown, state: Known): void {
    session.inside = true;
    session.out.push(joined(this.room, [], ref, { epoch: this.epoch }));
    if (state) session.out.push(...this.#snapshot(state));
  }

  #snapshot(known: { rev: number; epoch: string } | true, ref?: unknown): object[] {
    const since =
      known !== true && known.epoch === this.epoch && known.rev >= this.#reach ? known.rev : -1;
    const full = since < 0;
    if (full) this.fulls++;
    else this.deltas++;
    const entries = [...this.values.values()].filter(({ rev }) => rev > since);
    const gone = [...this.#tombs].filter(([, rev]) => !full && rev > since).map(([key]) => key);
    const { room, rev, epoch } = this;
    const head = { type: "state_snapshot", room, rev, epoch, offset: 0, full };
    const parts: object[] = [];
    for (; entries.length > PART; ) {
      parts.push({ ...head, entries: entries.splice(0, PART), more: true, ref });
    }
    return [...parts, { ...head, entries, deleted: gone, ref }];
  }

  #change(session: Session, message: Record<string, unknown>): object {
    const { room } = this;
    const { ref, mid, echo } = message;
    const ops = message["ops"] as StateOp[];
    const rev = this.#mids.get(`${session.id} ${mid}`);
    if (rev !== undefined) return { type: "ack", room, ref, rev };
    const when = Object.entries((message["if"] ?? {}) as Record<string, number>);
    const current = when
      .filter(([key, wanted]) => (this.values.get(key)?.rev ?? 0) !== wanted)
      .map(([key]) => this.values.get(key) ?? { key, rev: 0 });
    if (current.length) {
      this.conflicts++;
      return { type: "error", code: "conflict", content: "-", room, ref, rev: this.rev, current };
    }
    if (this.values.size >= this.limit && ops.some((op) => "value" in op)) {
      return { type: "error", code: "state_full", content: "-", room, ref };
    }
    this.#apply(ops);
    this.#mids.set(`${session.id} ${mid}`, this.rev);
    const { id } = session;
    const told = { type: "state", room, rev: this.rev, ops, id, nickname: id };
    for (const { inside, out, id: other } of this.#sessions.values()) {
      if (inside && (other !== id || echo !== false)) out.push(told);
    }
    return { type: "ack", room, ref, rev: this.rev };
  }

  #apply(ops: StateOp[]): void {
    this.rev++;
    for (const op of ops) {
      if ("value" in op) {
        this.values.set(op.key, { key: op.key, value: op.value, rev: this.rev });
        this.#tombs.delete(op.key);
      } else if (this.values.delete(op.key)) this.#tombs.set(op.key, this.rev);
    }
  }
}

type Known = { rev: number; epoch: string } | true | false | undefined;

/* server.ts - a server of one room's history, which does only what it is told */

import type { Message } from "../client/types.js";
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

export class FakeServer {
  /** All that was ever kept in this epoch; the place of the first is 1. */
  log: Message[] = [];
  epoch = "0";
  readonly #sessions = new Map<FakeSocket, Session>();
  readonly #mids = new Map<string, number>();

  constructor(
    readonly room: string,
    /** So many messages can be had again. */
    readonly kept: number,
  ) {}

  accept(socket: FakeSocket, id: string): void {
    const query = socket.url.searchParams;
    const session: Session = { socket, id, read: 0, joined: false, out: [] };
    this.#sessions.set(socket, session);
    const welcome = { type: "welcome", id, nickname: id, user: null, resume: "k", ping: 25_000 };
    session.out.push(welcome);
    const since = query.has("since") ? Number(query.get("since")) : undefined;
    this.#join(session, { since, epoch: query.get("epoch") ?? undefined });
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

  has(socket: FakeSocket): boolean {
    return this.#sessions.has(socket);
  }

  /** Loses all that it knew. */
  forget(): void {
    for (const { socket } of this.#sessions.values()) this.cut(socket);
    this.epoch = String(Number(this.epoch) + 1);
    this.log = [];
    this.#mids.clear();
  }

  #take(session: Session, message: Record<string, unknown>): void {
    const { type, ref, room } = message;
    if (type === "join") this.#join(session, message);
    else if (type === "history") session.out.push({ ...this.#history(), type, room, ref });
    else if (type === "ping") session.out.push({ type: "pong", time: 0, ref });
    else this.#publish(session, message);
  }

  #join(session: Session, { since, epoch, ref }: Record<string, unknown>): void {
    const { room, log } = this;
    const from = since as number;
    const recovered =
      epoch === this.epoch && from <= log.length && from >= log.length - this.kept;
    const place = { offset: log.length, epoch: this.epoch, recovered };
    session.joined = true;
    session.out.push({ type: "joined", room, users: [], count: 1, ref, ...place });
    if (recovered) session.out.push(...log.slice(from));
  }

  #history(): object {
    const { epoch, log } = this;
    return { epoch, offset: log.length, messages: log.slice(-this.kept) };
  }

  #publish(session: Session, message: Record<string, unknown>): void {
    const { mid, ref, room, ...body } = message;
    const key = `${session.id} ${mid}`;
    const offset = this.#mids.get(key) ?? this.log.length + 1;
    if (!this.#mids.has(key)) {
      this.#mids.set(key, offset);
      const kept = { ...body, type: String(body["type"]), room: this.room, id: session.id, offset };
      this.log.push(kept);
      for (const { joined, out } of this.#sessions.values()) if (joined) out.push(kept);
    }
    session.out.push({ type: "ack", room, ref, offset });
  }
}

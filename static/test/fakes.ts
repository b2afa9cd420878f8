/* fakes.ts - a socket and a clock that do what a test says, when it says */

import { Client } from "../client/client.js";
import type { Env, Options, SocketLike } from "../client/types.js";

export class FakeSocket implements SocketLike {
  bufferedAmount = 0;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly sent: Record<string, unknown>[] = [];
  closed: { code: number | undefined; reason: string | undefined } | undefined;

  constructor(readonly url: URL) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(code?: number, reason?: string): void {
    this.closed = { code, reason };
  }

  /** The server says something. */
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The connection ends from the other side. */
  ends(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason });
  }

  /** What was sent of a type. */
  of(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message["type"] === type);
  }
}

interface Timer {
  at: number;
  run: () => void;
}

export class FakeEnv implements Env {
  readonly sockets: FakeSocket[] = [];
  readonly timers = new Set<Timer>();
  time = 1000;
  chance = 0.5;

  open(url: string): FakeSocket {
    const socket = new FakeSocket(new URL(url));
    this.sockets.push(socket);
    return socket;
  }

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, ms: number): Timer {
    const timer = { at: this.time + ms, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as Timer);
  }

  random(): number {
    return this.chance;
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }

  /** Lets time pass, running what falls due in its order. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }
}

/** Lets promises that are settled run their continuations. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

export interface Rig {
  env: FakeEnv;
  client: Client;
  /** Accepts the newest socket as a server would, and answers the join of its address. */
  welcome(id?: string, place?: Place): void;
}

export function rig(options: Options = {}): Rig {
  const env = new FakeEnv();
  const client = new Client({ url: "http://atrium.example/api/ws", env, ...options });
  client.connect();
  const welcome = (id = "me", place: Place = {}): void => {
    const { socket } = env;
    const nickname = socket.url.searchParams.get("nickname") ?? "Guest-abcd";
    socket.says({ type: "welcome", id, nickname, user: null, resume: `key-${id}`, ping: 25_000 });
    const room = socket.url.searchParams.get("room") ?? "general";
    socket.says(joined(room, [{ id, nickname }], undefined, place));
  };
  return { env, client, welcome };
}

/** Where a room's history is, and whether what was missed follows. */
export interface Place {
  offset?: number;
  epoch?: string;
  recovered?: boolean;
}

export function joined(room: string, users: object[], ref?: unknown, place: Place = {}): object {
  const { length: count } = users;
  const where = { offset: 0, epoch: "e", recovered: false, ...place };
  return { type: "joined", room, ...where, users, count, ref };
}

/* link.ts - one WebSocket from its opening to its end, and whether the other side still lives */

import type { Say } from "./debug.js";
import type { Env, Message, SocketLike } from "./types.js";

/** Opening, the server's verdict on a token and its welcome must be through by then. */
const WELCOME_MS = 15_000;
/** So long a server may take to answer a ping. */
const PONG_MS = 10_000;
/** Above this many bytes unsent a connection is too slow for what may be left out. */
const BUSY_BYTES = 65_536;

/** Our own close code for "nothing was heard"; any code but 1000 lets us come back. */
export const SILENT = 4000;

export interface LinkEvents {
  message(message: Message): void;
  /** Comes once, and last. */
  end(code: number, reason: string): void;
}

export class Link {
  readonly #env: Env;
  readonly #events: LinkEvents;
  readonly #say: Say | undefined;
  readonly #socket: SocketLike;
  #timer: unknown;
  #heard: number;
  #asked = -1;
  #quiet = 0;

  constructor(env: Env, url: string, events: LinkEvents, say: Say | undefined) {
    this.#env = env;
    this.#events = events;
    this.#say = say;
    this.#heard = env.now();
    say?.(`to ${url}`);
    this.#socket = env.open(url);
    this.#socket.onmessage = ({ data }: { data: unknown }) => this.#receive(String(data));
    this.#socket.onerror = () => {}; // its end says all; some throw what no one listens to
    this.#socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      this.#detach(code, reason);
      events.end(code, reason);
    };
    this.#timer = env.setTimeout(() => this.#lost("no answer"), WELCOME_MS);
  }

  /** From now on silence of `ms` is answered with a ping. */
  watch(ms: number): void {
    this.#quiet = Math.max(ms, 1000);
    this.#arm(this.#quiet);
  }

  get busy(): boolean {
    return this.#socket.bufferedAmount > BUSY_BYTES;
  }

  send(text: string): void {
    this.#say?.(`> ${text}`);
    this.#socket.send(text);
  }

  /** Ends the connection without an `end` event. Code 1000 tells the server that we leave. */
  close(code: number, reason: string): void {
    this.#detach(code, reason);
    this.#socket.close(code, reason);
  }

  #receive(data: string): void {
    this.#heard = this.#env.now();
    this.#say?.(`< ${data}`);
    let message: Message;
    try {
      message = JSON.parse(data) as Message;
    } catch {
      return; // not of this dialect
    }
    if (message && typeof message.type === "string") this.#events.message(message);
  }

  #arm(ms: number): void {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(() => this.#check(), ms);
  }

  /* A page in the background has its timers held back, so silence alone proves nothing:
   * only a ping without an answer does. */
  #check(): void {
    const now = this.#env.now();
    if (this.#asked > this.#heard) return this.#lost("no pong");
    const left = this.#heard + this.#quiet - now;
    if (left > 0) return this.#arm(left);
    this.#asked = now;
    this.send('{"type":"ping"}');
    this.#arm(PONG_MS);
  }

  #lost(reason: string): void {
    this.close(SILENT, reason);
    this.#events.end(SILENT, reason);
  }

  #detach(code: number, reason: string): void {
    this.#say?.(`end ${code} ${reason}`);
    this.#env.clearTimeout(this.#timer);
    this.#socket.onmessage = this.#socket.onclose = null;
  }
}

/* pending.ts - what was asked and not yet answered: the queue while offline, and what is resent */

import { AtriumError } from "./error.js";
import type { Link } from "./link.js";
import type { Message } from "./types.js";

interface Request {
  text: string;
  /** Outlives its connection: it is sent again on the next. */
  keep: boolean;
  sent: boolean;
  resolve(answer: Message): void;
  reject(error: AtriumError): void;
}

/** Close codes that say: it was a message of ours. Sending it again would end the same way. */
const REFUSALS: Record<number, string> = {
  1002: "protocol error",
  1003: "not accepted",
  1007: "not UTF-8",
  1009: "message too big",
};

export class Pending {
  readonly #requests = new Map<number, Request>();
  /** Those of this connection that the server does not take now. */
  readonly #waiting = new Set<number>();
  #held = false;
  #ref = 0;

  constructor(
    private readonly limit: number,
    private readonly session: string,
  ) {}

  /** The `ref` of the newest request. */
  get last(): number {
    return this.#ref;
  }

  get full(): boolean {
    return this.#requests.size >= this.limit;
  }

  /** Takes a message in and sends it if there is a link; settled by the answer with its `ref`. */
  add(message: object, keep: boolean, link: Link | undefined): Promise<Message> {
    const ref = ++this.#ref;
    const mid = keep ? `${this.session}-${ref}` : undefined;
    const text = JSON.stringify({ ...message, mid, ref });
    return new Promise((resolve, reject) => {
      this.#requests.set(ref, { text, keep, sent: !!link, resolve, reject });
      if (this.#held) this.#waiting.add(ref);
      else link?.send(text);
    });
  }

  /** Sends all that waits, in the order in which it was asked. */
  flush(link: Link): void {
    for (const request of this.#requests.values()) {
      if (request.sent) continue;
      request.sent = true;
      link.send(request.text);
    }
  }

  /** From now on what is asked waits for `release`. */
  hold(): void {
    this.#held = true;
  }

  get held(): boolean {
    return this.#held;
  }

  /** One that was sent and not taken waits too. False: it is none of ours. */
  again(ref: number): boolean {
    const known = this.#requests.has(ref);
    if (known) this.#waiting.add(ref);
    return known;
  }

  /** Sends what waits, in the order in which it was asked; without a link that is for nothing. */
  release(link?: Link): void {
    const refs = [...this.#waiting].sort((a, b) => a - b);
    this.#held = false;
    this.#waiting.clear();
    for (const ref of refs) link?.send(this.#requests.get(ref)!.text);
  }

  /** An answer came: to one of ours, or to no one. */
  settle(answer: Message, error: AtriumError | undefined): boolean {
    const ref = answer["ref"] as number;
    const request = this.#requests.get(ref);
    if (!request) return false;
    this.#forget(ref);
    if (error) request.reject(error);
    else request.resolve(answer);
    return true;
  }

  /** The connection ended: what may not be sent again is over. */
  lost(code: number): void {
    const refusal = REFUSALS[code];
    this.#reject((request) => {
      if (!request.sent) return undefined;
      request.sent = false;
      if (refusal) return new AtriumError("refused", refusal);
      return request.keep ? undefined : new AtriumError("disconnected");
    });
  }

  /** There will be no connection. */
  abandon(error: AtriumError): void {
    this.#reject(() => error);
  }

  #reject(why: (request: Request) => AtriumError | undefined): void {
    for (const [ref, request] of [...this.#requests]) {
      const error = why(request);
      if (!error) continue;
      this.#forget(ref);
      request.reject(error);
    }
  }

  #forget(ref: number): void {
    this.#requests.delete(ref);
    this.#waiting.delete(ref);
  }
}

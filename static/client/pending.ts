/* pending.ts - what was asked and not yet answered: the queue while offline, and what is resent */

import { AtriumError } from "./error.js";
import type { Link } from "./link.js";
import type { Message } from "./types.js";

/** Called once, at the very moment of the answer; with an error there need not be one. */
export type Done = (error: AtriumError | undefined, answer: Message) => void;

interface Request {
  /** None: it may not go out yet. */
  text: string | undefined;
  /** Outlives its connection: it is sent again on the next. */
  keep: boolean;
  sent: boolean;
  done: Done;
}

/** Close codes that say: it was a message of ours. Sending it again would end the same way. */
const REFUSALS = [1002, 1003, 1007, 1009];

export class Pending {
  /** What is asked, once it may go out, waits for `release`. */
  held = false;
  /** The `ref` of the newest request. */
  last = 0;
  readonly #requests = new Map<number, Request>();
  /** Those of this connection that the server does not take now. */
  readonly #waiting = new Set<number>();
  readonly #limit: number;
  readonly #session: string;
  /** The connection, where one may say something. */
  #link: Link | undefined;

  constructor(limit: number, session: string) {
    this.#limit = limit;
    this.#session = session;
  }

  get full(): boolean {
    return this.#requests.size >= this.#limit;
  }

  /** From now on what is asked goes out at once; what waits is for `flush`. */
  open(link: Link): void {
    this.#link = link;
  }

  /** Takes a message in and sends it if there is a link; settled by the answer with its `ref`. */
  add(message: object, keep: boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const ref = this.place(keep, (error, answer) => (error ? reject(error) : resolve(answer)));
      this.go(ref, message);
    });
  }

  /** A place in the queue for what may not go out yet; its `ref`. */
  place(keep: boolean, done: Done): number {
    this.#requests.set(++this.last, { text: undefined, keep, sent: false, done });
    return this.last;
  }

  /** What has a place goes out now, or in its turn when there is a link. */
  go(ref: number, message: object): void {
    const request = this.#requests.get(ref)!;
    const mid = request.keep ? `${this.#session}-${ref}` : undefined;
    request.text = JSON.stringify({ ...message, mid, ref });
    request.sent = !!this.#link;
    if (this.held) this.#waiting.add(ref);
    else this.#link?.send(request.text);
  }

  /** What was sent may not go out again before the next `go`. */
  stop(ref: number): void {
    this.#requests.get(ref)!.text = undefined;
  }

  /** Sends all that waits, in the order in which it was asked. */
  flush(): void {
    for (const request of this.#requests.values()) {
      if (request.sent || request.text === undefined) continue;
      request.sent = true;
      this.#link?.send(request.text);
    }
  }

  /** One that was sent and not taken waits too. False: it is none of ours. */
  again(ref: number): boolean {
    const known = this.#requests.has(ref);
    if (known) this.#waiting.add(ref);
    return known;
  }

  /** Sends what waits, in the order in which it was asked. */
  release(): void {
    const refs = [...this.#waiting].sort((a, b) => a - b);
    this.held = false;
    this.#waiting.clear();
    for (const ref of refs) this.#link?.send(this.#requests.get(ref)!.text!);
  }

  /** An answer came: to one of ours, or to no one. */
  settle(ref: number, error: AtriumError | undefined, answer?: Message): boolean {
    const request = this.#requests.get(ref);
    if (!request) return false;
    this.#requests.delete(ref);
    this.#waiting.delete(ref);
    request.done(error, answer!);
    return true;
  }

  /** The connection ended: what may not be sent again is over. */
  lost(code: number): void {
    const refused = REFUSALS.includes(code);
    this.#link = undefined;
    this.release();
    this.#reject((request) => {
      if (!request.sent) return undefined;
      request.sent = false;
      if (refused) return new AtriumError("refused");
      return request.keep ? undefined : new AtriumError("disconnected");
    });
  }

  /** There will be no connection. */
  abandon(error: AtriumError): void {
    this.#link = undefined;
    this.#reject(() => error);
  }

  #reject(why: (request: Request) => AtriumError | undefined): void {
    for (const [ref, request] of [...this.#requests]) {
      const error = why(request);
      if (error) this.settle(ref, error);
    }
  }
}

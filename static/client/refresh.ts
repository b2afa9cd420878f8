/* refresh.ts - a new token before the old one runs out: once, and again only if that failed */

import { Backoff } from "./backoff.js";
import { AtriumError } from "./error.js";
import type { Env } from "./types.js";

/** A new token that runs out at once as well is not followed by others without end. */
const LEAST_MS = 10_000;
/** So many new tokens may be refused in a row. */
const REFUSALS = 3;

export class Refresh {
  readonly #backoff: Backoff;
  #timer: unknown;
  /** Another one for each connection: what comes late is for none. */
  #turn = 0;
  #busy = false;
  #refused = 0;
  #last = -LEAST_MS;

  readonly #env: Env;
  readonly #signIn: () => Promise<unknown>;
  readonly #giveUp: () => void;

  /** `signIn` gets a token and signs in with it. */
  constructor(env: Env, signIn: () => Promise<unknown>, giveUp: () => void) {
    this.#env = env;
    this.#signIn = signIn;
    this.#giveUp = giveUp;
    this.#backoff = new Backoff(() => env.random());
  }

  /** The server says that our token runs out. */
  due(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#arm(Math.max(0, this.#last + LEAST_MS - this.#env.now()));
  }

  /** The connection has ended; the next one begins with a token of its own. */
  stop(): void {
    this.#turn++;
    this.#busy = false;
    this.#refused = 0;
    this.#backoff.reset();
    this.#env.clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = this.#env.setTimeout(() => void this.#try(this.#turn), ms);
  }

  async #try(turn: number): Promise<void> {
    try {
      await this.#signIn();
      if (turn !== this.#turn) return;
      this.#last = this.#env.now();
      this.stop();
    } catch (error) {
      if (turn !== this.#turn) return;
      const refused = error instanceof AtriumError && error.code === "unauthorized";
      this.#refused = refused ? this.#refused + 1 : 0;
      if (this.#refused < REFUSALS) this.#arm(this.#backoff.next());
      else this.#giveUp();
    }
  }
}

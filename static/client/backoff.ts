/* backoff.ts - how long to wait before the next attempt; knows no clock */

const FIRST_MS = 500;
const LAST_MS = 20_000;

export class Backoff {
  /** Attempts that failed since the last connection that lasted. */
  failures = 0;

  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Milliseconds until the next attempt: full jitter below a ceiling that doubles from 0.5 s to
   * 20 s. `advised` is the slot that the server gave us; it is taken as it is the first time, and
   * is the least we wait when attempts go on failing.
   */
  next(advised?: number): number {
    const again = this.failures > 0;
    const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** this.failures);
    this.failures++;
    const jittered = this.#random() * ceiling;
    if (advised === undefined) return jittered;
    return again ? Math.max(advised, jittered) : advised;
  }

  reset(): void {
    this.failures = 0;
  }
}

/** The `retry_ms` of a close reason such as `{"retry_ms":1200}`, else undefined. */
export function advisedDelay(reason: string): number | undefined {
  try {
    const { retry_ms: ms } = JSON.parse(reason) as { retry_ms?: unknown };
    return typeof ms === "number" && ms >= 0 && ms < 2 ** 31 ? ms : undefined;
  } catch {
    return undefined;
  }
}

/* model.ts - conversations and what was said in them; knows no page and no connection */

/** So many lines of a conversation are kept. */
export const KEPT = 2000;

export interface Entry {
  kind: "message" | "system";
  /** Made by the sender; the same message never appears twice. */
  key: string;
  /** Sender's connection. */
  id: string;
  nickname: string;
  text: string;
  /** Milliseconds since 1970; 0: not known. */
  at: number;
  own: boolean;
  /** `waiting`: ours, and not yet back from the server. */
  state: "sent" | "waiting" | "failed";
  /** Why it failed. */
  problem?: string;
}

export class Conversation {
  /** What the server has said in its order, then what waits. */
  readonly entries: Entry[] = [];
  unread = 0;
  /** Written and not sent. */
  draft = "";
  /** What was said before, or while we were away, is not in it yet. */
  stale = true;
  /** The oldest place in the room's history that was looked at; 0: nothing is before it. */
  oldest = 0;
  /** The first that was not seen when it came; above it the log says what is new. */
  fresh: Entry | undefined;
  /** What was in it before it became stale. */
  #before = new Set<Entry>();

  /** `name` is the room's, or for a private conversation the other's connection id. */
  constructor(
    readonly kind: "room" | "direct",
    readonly name: string,
    public title: string = name,
  ) {}

  /** Takes an entry in; false when it was there already. */
  add(entry: Entry): boolean {
    const at = this.entries.findIndex((e) => same(e, entry));
    const known = this.entries[at];
    if (known && known.state === "sent") return false;
    if (known) this.entries.splice(at, 1);
    const waiting = this.entries.findIndex((e) => e.state === "waiting");
    const end = entry.state === "waiting" || waiting < 0 ? this.entries.length : waiting;
    this.entries.splice(end, 0, entry);
    this.#trim();
    return true;
  }

  /** What it holds may have gaps. It stays until `restore`, except for what waits. */
  outdate(): void {
    this.stale = true;
    this.#before = new Set(this.entries.filter(({ state }) => state === "sent"));
  }

  /**
   * Takes in what the server had before: all in its order. What has arrived since we are here is
   * newer than that, or the same.
   */
  restore(past: readonly Entry[], oldest = 0): void {
    const since = this.entries.filter((entry) => !this.#before.has(entry));
    const older = past.filter((p) => !since.some((e) => e.state === "sent" && same(e, p)));
    const newer = since.filter((e) => e.state === "sent" || !past.some((p) => same(e, p)));
    this.entries.splice(0, Infinity, ...older, ...newer);
    this.oldest = oldest;
    this.#trim();
    this.#before.clear();
    this.stale = false;
  }

  /** Takes in what was said before all that is here; false when nothing of it is new. */
  prepend(past: readonly Entry[], oldest = 0): boolean {
    const before = this.entries.length;
    const older = past.filter((p) => !this.entries.some((e) => same(e, p)));
    this.entries.splice(0, 0, ...older.slice(-Math.max(0, KEPT - before)));
    this.oldest = this.entries.length < KEPT ? oldest : 0;
    return this.entries.length > before;
  }

  /** What became of a message of ours. */
  settle(key: string, problem?: string): void {
    const entry = this.entries.find((e) => e.own && e.key === key && e.state !== "sent");
    if (!entry) return;
    this.entries.splice(this.entries.indexOf(entry), 1);
    const { problem: _, ...rest } = entry;
    this.add(problem ? { ...rest, state: "failed", problem } : { ...rest, state: "sent" });
  }

  remove(key: string): void {
    const at = this.entries.findIndex((e) => e.own && e.key === key);
    if (at >= 0) this.entries.splice(at, 1);
  }

  #trim(): void {
    if (this.entries.length <= KEPT) return;
    this.entries.splice(0, this.entries.length - KEPT);
    this.oldest = 0; // the log is as long as it gets
  }
}

/* We may have been no one, or another one, when we wrote what now comes back. */
function same(a: Entry, b: Entry): boolean {
  const sender = a.id === b.id || (a.own && b.own);
  return a.kind === "message" && b.kind === "message" && a.key === b.key && sender;
}

/** Whether an entry goes on what the one before it began: same sender, soon after. */
export function continues(entry: Entry, before: Entry | undefined): boolean {
  return (
    before?.kind === "message" &&
    entry.kind === "message" &&
    before.id === entry.id &&
    before.nickname === entry.nickname &&
    entry.at - before.at < 300_000
  );
}

/** "Ann is typing", for as many as fit a line. */
export function typingLine(names: readonly string[]): string {
  const [first, second] = names;
  if (!first) return "";
  if (!second) return `${first} is typing`;
  if (names.length === 2) return `${first} and ${second} are typing`;
  return `${first}, ${second} and others are typing`;
}

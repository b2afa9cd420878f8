/* state.ts - a room's keyed values: what is confirmed, and our own changes over it */

import { AtriumError } from "./error.js";
import { Emitter } from "./emitter.js";
import type { Pending } from "./pending.js";
import type {
  Applied,
  Condition,
  Member,
  Message,
  StateEntry,
  StateEvents,
  StateOp,
  StateSnapshot,
  StateUpdate,
} from "./types.js";

/** What is known of a state already. */
export type StatePlace = { rev: number; epoch: string } | true;

/** A change of ours that is not confirmed yet. */
interface Change {
  ops: Map<string, StateOp>;
  /** Revisions that must be found; a change before this one stands for what it will get. */
  when: Map<string, number | Change>;
  ref: number;
  /** Given to the queue, to be sent in its turn. */
  out: boolean;
  /** Where the server has put it, once that is known. */
  rev: number | undefined;
}

const text = (entry: { value?: unknown } | undefined): string | undefined =>
  entry && JSON.stringify(entry.value);

/**
 * The values of a room joined with `{ state: true }`, the same for all who are in it. What this
 * client changes is seen here at once, and taken back if the server refuses it. Values are not to
 * be changed in place: `set` a new one.
 *
 * Changes are sent in the order in which they were made. Those that depend on a revision wait until
 * that revision is known: after a reconnect for what was changed meanwhile, otherwise for the
 * change of our own that they build on, and all later changes of the room wait with them.
 */
export class RoomState<V = unknown> extends Emitter<StateEvents<V>> {
  /** Settles when the first snapshot is in, or with an `AtriumError` when we may not come in. */
  readonly ready: Promise<void>;
  /** Whether this is what the server has; false while there is no connection. */
  synced = false;

  readonly #room: string;
  readonly #pending: Pending;
  /** Why a message cannot be taken into the queue. */
  readonly #problem: (message: object) => AtriumError | undefined;
  /** Does something in a while. */
  readonly #later: (run: () => void) => void;
  readonly #confirmed = new Map<string, StateEntry>();
  #changes: Change[] = [];
  #rev = 0;
  #epoch = "";
  #parts: StateSnapshot[] = [];
  #resolve!: () => void;
  #reject!: (error: AtriumError) => void;
  /** Whether the room was joined with its state. */
  #wanted = false;
  /** The last that was asked for it in this room, while we are in it. */
  #asked: unknown;

  constructor(
    room: string,
    pending: Pending,
    problem: (message: object) => AtriumError | undefined,
    later: (run: () => void) => void,
  ) {
    super();
    this.#room = room;
    this.#pending = pending;
    this.#problem = problem;
    this.#later = later;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ready.catch(() => {}); // as Room.ready
  }

  /** The value of a key, undefined where there is none. */
  get<T = V>(key: string): T | undefined {
    return this.#look(key)?.value as T | undefined;
  }

  has(key: string): boolean {
    return this.#look(key) !== undefined;
  }

  /** The revision of a key as the server has confirmed it last: 0 where it is not there. */
  rev(key: string): number {
    return this.#confirmed.get(key)?.rev ?? 0;
  }

  /** The keys that begin with `prefix`, sorted. */
  keys(prefix = ""): string[] {
    const keys = new Set([...this.#confirmed.keys(), ...keysOf(this.#changes)]);
    return [...keys].filter((key) => key.startsWith(prefix) && this.has(key)).sort();
  }

  /** The same with their values. */
  entries<T = V>(prefix = ""): [key: string, value: T][] {
    return this.keys(prefix).map((key) => [key, this.get<T>(key)!]);
  }

  get size(): number {
    return this.keys().length;
  }

  /**
   * Sets a key, at once here and at the server as soon as there is a connection. With `if` only if
   * nobody has set the key since that revision (0: only if it is not there), or, with `true`, since
   * what is seen now. Rejected with an `AtriumError` after the change was taken back here: conflict
   * (with `current`), state_full, forbidden, or one of `publish`'s.
   */
  set(key: string, value: V, { if: rev }: { if?: Condition | undefined } = {}): Promise<Applied> {
    return this.apply([{ key, value }], { if: { [key]: rev } });
  }

  /** Removes a key; as `set`. */
  delete(key: string, { if: rev }: { if?: Condition | undefined } = {}): Promise<Applied> {
    return this.apply([{ key, delete: true }], { if: { [key]: rev } });
  }

  /** Sets and removes several keys, all or none; each key at most once. */
  apply(
    ops: StateOp<V>[],
    { if: conditions = {} }: { if?: Record<string, Condition | undefined> } = {},
  ): Promise<Applied> {
    return new Promise((resolve, reject) => {
      const problem = this.#wanted ? this.#problem(ops) : new AtriumError("no_state");
      if (problem) throw problem;
      // what others will get: no later change of an object, nothing that JSON has not
      const sent = JSON.parse(JSON.stringify(ops)) as StateOp[];
      if (!sent.every((op) => "value" in op || op.delete)) throw new AtriumError("bad_message");
      const when: Change["when"] = new Map();
      for (const [key, rev] of Object.entries(conditions)) {
        if (rev !== undefined) when.set(key, rev === true ? this.#now(key) : rev);
      }
      const ref = this.#pending.place(true, (error, answer) => {
        if (error) {
          this.#refused(change, error);
          return reject(error);
        }
        const rev = (change.rev = answer["rev"] as number);
        this.#settle();
        resolve({ rev });
      });
      const change: Change = {
        ops: new Map(sent.map((op) => [op.key, op])),
        when,
        ref,
        out: false,
        rev: undefined,
      };
      this.#alter(change.ops.keys(), () => this.#changes.push(change), true);
      this.#settle();
    });
  }

  /** @internal For the client: what to ask for when joining. */
  get place(): StatePlace | undefined {
    if (!this.#wanted) return undefined;
    return this.#epoch ? { rev: this.#rev, epoch: this.#epoch } : true;
  }

  /** @internal For the client: from now on the values are wanted. We may be in the room already. */
  want(joined: boolean): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (joined) this.ask();
  }

  /** @internal For the client: we are in, and did not ask for the values when we came. */
  ask(): void {
    if (!this.#wanted) return;
    const asked = this.#pending.add({ type: "state_get", room: this.#room }, false);
    // a connection that ended is followed by one whose join asks
    const ref = (this.#asked = this.#pending.last);
    asked.catch((error: AtriumError) => {
      if (error.code === "unavailable") this.#later(() => this.#asked === ref && this.ask());
      else if (error.code !== "disconnected") this.#reject(error);
    });
  }

  /** @internal For the client: what the server says of the state. */
  take(message: Message): void {
    if (!this.#wanted) return;
    if (message.type === "state") this.#update(message as StateUpdate);
    else if (this.#parts.push(message as StateSnapshot) && !message["more"]) this.#sync();
  }

  /** @internal For the client: we are not in the room now. With an error: and will not be. */
  out(error?: AtriumError): void {
    this.synced = false;
    this.#parts = [];
    this.#asked = undefined;
    if (error) {
      this.#wanted = false;
      this.#reject(error);
      for (const change of this.#changes) if (!change.out) this.#pending.settle(change.ref, error);
    }
    let later = false; // what comes after one that waits may not overtake it
    for (const change of this.#changes) {
      later ||= conditional(change);
      if (!later || !change.out || change.rev !== undefined) continue;
      change.out = false;
      this.#pending.stop(change.ref);
    }
  }

  /** What is seen of a key. */
  #look(key: string): { value?: unknown } | undefined {
    for (let at = this.#changes.length; at--; ) {
      const op = this.#changes[at]!.ops.get(key);
      if (op) return "value" in op ? op : undefined;
    }
    return this.#confirmed.get(key);
  }

  /** What is seen of a key is of this revision, or of this change of ours. */
  #now(key: string): number | Change {
    return this.#changes.filter(({ ops }) => ops.has(key)).at(-1) ?? this.rev(key);
  }

  /** Does something to these keys, and tells what is seen differently by it. */
  #alter(keys: Iterable<string>, run: () => void, local = false, by?: Member): void {
    const before = new Map([...keys].map((key) => [key, this.#look(key)]));
    run();
    for (const [key, old] of before) {
      const now = this.#look(key);
      if (old === now || text(old) === text(now)) continue;
      const [value, previous] = [now?.value, old?.value] as [V | undefined, V | undefined];
      this.emit("change", { key, value, previous, deleted: !now, local, by });
    }
  }

  /** The next change of all is in its place. */
  #put(ops: Iterable<StateOp>): void {
    const rev = ++this.#rev;
    for (const op of ops) {
      if ("value" in op) this.#confirmed.set(op.key, { ...op, rev });
      else this.#confirmed.delete(op.key);
    }
  }

  #update({ rev, ops, id = "", nickname, user = null }: StateUpdate): void {
    if (!this.synced || rev <= this.#rev) return;
    if (rev > this.#rev + 1) {
      this.synced = false;
      return this.ask();
    }
    const keys = ops.map(({ key }) => key);
    this.#alter(keys, () => this.#put(ops), false, { id, nickname, user });
    this.#settle();
  }

  /** A whole snapshot is here. */
  #sync(): void {
    const parts = this.#parts.splice(0);
    const { rev, epoch, full } = parts.at(-1)!;
    const entries = new Map(parts.flatMap((part) => part.entries.map((e) => [e.key, e])));
    const gone = full
      ? [...this.#confirmed.keys()].filter((key) => !entries.has(key))
      : parts.flatMap(({ deleted = [] }) => deleted);
    // in a room that began anew no change has its revision, and what depends on one has lost it
    const old = this.#epoch && epoch !== this.#epoch ? this.#changes : [];
    for (const change of old) if (change.rev) change.rev = 0;
    const lost = old.filter((change) => !change.out && conditional(change));
    this.#epoch = epoch;
    this.synced = true;
    this.#alter([...entries.keys(), ...gone, ...keysOf(lost)], () => {
      this.#rev = rev;
      for (const key of gone) this.#confirmed.delete(key);
      for (const [key, entry] of entries) this.#confirmed.set(key, entry);
      this.#remove(lost);
    });
    for (const { when, ref } of lost) {
      const current = [...when.keys()].map((key) => this.#confirmed.get(key) ?? { key, rev: 0 });
      this.#pending.settle(ref, new AtriumError("conflict", undefined, current));
    }
    this.#settle();
    this.emit("sync", { full });
    this.#resolve();
  }

  /** A change of ours is taken back, and all that was built upon it: that would conflict. */
  #refused(change: Change, error: AtriumError): void {
    const gone = [change];
    for (const later of this.#changes) {
      if (gone.some((each) => [...later.when.values()].includes(each))) gone.push(later);
    }
    this.#alter(keysOf(gone), () => this.#remove(gone), true);
    if (error.code === "conflict") this.emit("conflict", error);
    for (const { ref } of gone) this.#pending.settle(ref, error);
    this.#settle();
  }

  #remove(gone: Change[]): void {
    this.#changes = this.#changes.filter((change) => !gone.includes(change));
  }

  /** Puts what is acknowledged in its place, and lets go, in order, what may go. */
  #settle(): void {
    for (let done; (done = this.#changes.find((change) => this.#known(change))); ) {
      const { ops, rev } = done;
      this.#alter(ops.keys(), () => {
        this.#remove([done!]);
        if (rev! > this.#rev) this.#put(ops.values());
      });
    }
    for (const change of this.#changes) {
      if (change.out) continue;
      for (const [key, before] of change.when) {
        if (typeof before === "number") continue;
        if (before.rev === undefined) return;
        change.when.set(key, "value" in before.ops.get(key)! ? before.rev : 0);
      }
      if (!this.synced && conditional(change)) return;
      change.out = true;
      const ops = [...change.ops.values()];
      const when = change.when.size ? Object.fromEntries(change.when) : undefined;
      // without an echo: our own changes are put in their place by their acks
      const message = { type: "state", room: this.#room, ops, if: when, echo: false };
      this.#pending.go(change.ref, message);
    }
  }

  /** Whether a change is the next of all, or behind us: it needs no place above them. */
  #known({ rev }: Change): boolean {
    return this.synced && rev !== undefined && rev <= this.#rev + 1;
  }
}

/** Whether a change means something else in a room that began anew. */
function conditional({ when }: Change): boolean {
  return [...when.values()].some((rev) => rev !== 0);
}

function keysOf(changes: Change[]): string[] {
  return changes.flatMap(({ ops }) => [...ops.keys()]);
}

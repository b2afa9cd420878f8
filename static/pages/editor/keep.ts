/* keep.ts - a Yjs document kept in a room's state: what it takes in, what it writes, when it is packed
 *
 *	u/CLIENT-N/PPP	an update, base64, in pieces; each has how many there are in front: "2:…"
 *	doc		{gen, pieces}: the packed document that holds, under
 *	doc/GEN/PPP	its pieces
 *
 * Updates may be put in twice and in any order: Yjs sorts them out. Who finds many of them writes
 * the document packed, then sets `doc` and deletes what is in it, all at once and only if nobody
 * else has done so meanwhile.
 */

import type { RoomState, StateOp } from "atrium-client";
import * as Y from "yjs";
import { MOST_PIECES, numbered, randomName, split } from "../lib/pieces.js";
import { fromBase64, toBase64 } from "./base64.js";

export interface Packed {
  gen: string;
  pieces: number;
}

export type Kept = string | Packed;

export interface Hooks {
  /** Something of ours could not be kept: the state is full, or not for us to change. */
  failed: (error: unknown) => void;
  /** Whether all that was typed here is kept. */
  saved: (saved: boolean) => void;
  /** What is kept is so many updates beside a packed document, if there is one. */
  kept: (updates: number, packed: boolean) => void;
}

/** So many updates are packed. */
const MANY = 80;
/** All see them at once, and one is enough to pack them. */
const TURN_MS = 2000;
/** A list of so many keys stays below the largest message. */
const KEYS_AT_ONCE = 400;

const REMOTE = "remote";
const isUpdate = (key: string): boolean => key.startsWith("u/");

export class Keep {
  #outgoing: Uint8Array[] = [];
  #sending = false;
  #count = 0;
  #packing = false;
  readonly #mark = randomName();

  constructor(
    private readonly doc: Y.Doc,
    private readonly state: RoomState<Kept>,
    private readonly hooks: Hooks,
    private readonly turn: () => number = () => Math.random() * TURN_MS,
  ) {
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) return;
      this.#outgoing.push(update);
      hooks.saved(false);
      void this.#send();
    });
    state.on("change", ({ key, value, local }) => {
      if (key === "doc") this.#tell();
      if (local || value === undefined) return;
      if (isUpdate(key)) this.#takeUpdate(key);
      else if (key === "doc" || key.startsWith("doc/")) this.#takePacked();
    });
    state.on("sync", () => {
      this.#tell();
      void this.#send();
      this.#packSoon();
    });
  }

  /** The keys of the update that a key belongs to, once all of its pieces are here. */
  #whole(key: string): string[] | undefined {
    const stem = key.slice(0, key.lastIndexOf("/") + 1);
    const many = Number.parseInt(String(this.state.get(`${stem}000`) ?? ""), 10);
    if (!(many >= 1 && many <= MOST_PIECES)) return undefined;
    const keys = Array.from({ length: many }, (_, n) => stem + numbered(n));
    return keys.every((part) => typeof this.state.get(part) === "string") ? keys : undefined;
  }

  /** Takes in an update whose pieces are all here. */
  #takeUpdate(key: string): void {
    const keys = this.#whole(key);
    if (keys) this.#apply(keys.map((part) => this.state.get(part)).join("").replace(/^\d+:/, ""));
    this.#packSoon();
  }

  #takePacked(): void {
    const packed = readPacked(this.state.get("doc"));
    if (!packed) return;
    const parts = this.state.entries(`doc/${packed.gen}/`).map(([, part]) => part);
    if (parts.length === packed.pieces) this.#apply(parts.join(""));
  }

  /** Anyone may have written anything there: what is no update changes nothing. */
  #apply(base64: string): void {
    try {
      Y.applyUpdate(this.doc, fromBase64(base64), REMOTE);
    } catch {
      console.info("a piece of this room's state is no update of a document");
    }
  }

  /** One update is on its way at a time; what is typed meanwhile goes together in the next. */
  async #send(): Promise<void> {
    if (this.#sending || !this.state.synced) return;
    this.#sending = true;
    while (this.#outgoing.length && this.state.synced) {
      const parts = split(toBase64(Y.mergeUpdates(this.#outgoing.splice(0))));
      const stem = `u/${this.#mark}-${this.#count++}/`;
      const puts = parts.map((part, n) => {
        return this.state.set(stem + numbered(n), n ? part : `${parts.length}:${part}`);
      });
      await Promise.all(puts).catch((error: unknown) => this.hooks.failed(error));
    }
    this.#sending = false;
    if (!this.#outgoing.length) {
      this.hooks.saved(true);
      this.#packSoon();
    }
  }

  #tell(): void {
    this.hooks.kept(this.state.keys("u/").length, this.state.has("doc"));
  }

  #packSoon(): void {
    if (this.#packing || this.state.keys("u/").length < MANY) return;
    this.#packing = true;
    setTimeout(() => {
      const still = this.state.synced && !this.#sending && this.state.keys("u/").length >= MANY;
      const packing = still ? this.#pack() : Promise.resolve();
      // a conflict: someone else was first. Else it is tried again at the next update
      packing.catch(() => {}).finally(() => (this.#packing = false));
    }, this.turn());
  }

  async #pack(): Promise<void> {
    // what is not whole is still coming, and is not in the document yet
    const updates = this.state.keys("u/").filter((key) => this.#whole(key)).slice(0, KEYS_AT_ONCE);
    const before = this.state.rev("doc");
    const old = this.state.keys("doc/");
    const gen = randomName();
    const parts = split(toBase64(Y.encodeStateAsUpdate(this.doc)));
    const written = parts.map((_, n) => `doc/${gen}/${numbered(n)}`);
    const puts = parts.map((part, n) => this.state.set(written[n]!, part));
    const revs = await Promise.all(puts);
    const remove = (key: string): StateOp<Kept> => ({ key, delete: true });
    // if someone took what we wrote for left-overs of a packing that was broken off, it is not used
    const conditions = Object.fromEntries(written.map((key, n) => [key, revs[n]!.rev]));
    try {
      await this.state.apply(
        [
          { key: "doc", value: { gen, pieces: parts.length } },
          ...updates.map(remove),
          ...old.slice(0, KEYS_AT_ONCE).map(remove),
        ],
        { if: { doc: before, ...conditions } },
      );
    } catch (error) {
      const left = written.filter((key) => this.state.has(key));
      if (left.length) await this.state.apply(left.map(remove));
      throw error;
    }
  }
}

function readPacked(value: Kept | undefined): Packed | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return typeof value.gen === "string" && Number.isInteger(value.pieces) ? value : undefined;
}

/* editor.test.ts - a document in a room's state: pieces, packing, strangers, several at once */

import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { AtriumError, type RoomState, type StateOp } from "../client/index.js";
import { fromBase64, toBase64 } from "../pages/editor/base64.js";
import { Keep, type Kept } from "../pages/editor/keep.js";

type Listener = (event: { key: string; value: Kept | undefined; local: boolean }) => void;

/** A state that all share and that answers at once, one change after the other. */
class Shared {
  readonly values = new Map<string, { value: Kept; rev: number }>();
  readonly sizes: number[] = [];
  readonly #listeners: Listener[] = [];
  #rev = 0;

  state(): RoomState<Kept> {
    let own: Listener = () => {};
    const keys = (prefix = ""): string[] =>
      [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
    const apply = async (ops: StateOp<Kept>[], { if: when = {} } = {}): Promise<{ rev: number }> =>
      this.#apply(ops, when, own);
    return {
      synced: true,
      get: (key: string) => this.values.get(key)?.value,
      has: (key: string) => this.values.has(key),
      rev: (key: string) => this.values.get(key)?.rev ?? 0,
      keys,
      entries: (prefix?: string) => keys(prefix).map((key) => [key, this.values.get(key)!.value]),
      apply,
      set: (key: string, value: Kept) => apply([{ key, value }]),
      on: (type: string, listener: Listener) => {
        if (type === "change") this.#listeners.push((own = listener));
      },
    } as unknown as RoomState<Kept>;
  }

  #apply(ops: StateOp<Kept>[], when: Record<string, number>, own: Listener): { rev: number } {
    this.sizes.push(JSON.stringify(ops).length);
    for (const [key, rev] of Object.entries(when)) {
      if ((this.values.get(key)?.rev ?? 0) !== rev) throw new AtriumError("conflict");
    }
    const rev = ++this.#rev;
    for (const op of ops) {
      if ("value" in op) this.values.set(op.key, { value: op.value, rev });
      else this.values.delete(op.key);
    }
    for (const { key } of ops) {
      for (const listener of this.#listeners) {
        listener({ key, value: this.values.get(key)?.value, local: listener === own });
      }
    }
    return { rev };
  }
}

interface Writer {
  doc: Y.Doc;
  text: Y.Text;
  packed: () => boolean;
}

function writer(shared: Shared): Writer {
  const doc = new Y.Doc();
  let packed = false;
  const failed = (error: unknown): void => assert.fail(String(error));
  const kept = (_: number, is: boolean): void => void (packed = is);
  new Keep(doc, shared.state(), { failed, saved: () => {}, kept }, () => 0);
  return { doc, text: doc.getText("text"), packed: () => packed };
}

/** Someone who comes when all is said: each key is told once. */
function reader(shared: Shared): Y.Text {
  const late = new Shared();
  const { text } = writer(late);
  const state = late.state();
  for (const [key, { value }] of shared.values) void state.set(key, value);
  return text;
}

const turns = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setTimeout(resolve));
};

test("bytes are the same after being text", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, n) => (n * 31) & 255);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  assert.throws(() => fromBase64("a*b"));
});

test("what two write at once is the same for both, and for who reads it later", async () => {
  const shared = new Shared();
  const [ann, bob] = [writer(shared), writer(shared)];
  for (let n = 0; n < 40; n++) {
    ann.text.insert(n % 3, `a${n}`);
    bob.text.insert(0, `b${n}`);
    if (n % 4 === 0) await turns();
  }
  await turns();
  assert.equal(ann.text.toString(), bob.text.toString());
  assert.equal(reader(shared).toString(), ann.text.toString());
});

test("a large text goes in pieces that each fit into a message", async () => {
  const shared = new Shared();
  const [ann, bob] = [writer(shared), writer(shared)];
  ann.text.insert(0, "large ".repeat(40_000));
  await turns();
  assert.equal(bob.text.toString(), ann.text.toString());
  assert.ok(Math.max(...shared.sizes) < 60_000, String(Math.max(...shared.sizes)));
  assert.equal(reader(shared).length, 240_000);
});

test("many updates are packed: by one alone, and nothing is lost", async () => {
  const shared = new Shared();
  const [ann, bob] = [writer(shared), writer(shared)];
  for (let n = 0; n < 300; n++) {
    (n % 2 ? ann : bob).text.insert(0, `${n} `);
    await turns();
  }
  const updates = [...shared.values.keys()].filter((key) => key.startsWith("u/"));
  const parts = [...shared.values.keys()].filter((key) => key.startsWith("doc/"));
  assert.ok(ann.packed() && bob.packed());
  assert.ok(updates.length <= 80, String(updates.length));
  assert.equal(parts.length, 1, "what was packed before is gone");
  assert.equal(reader(shared).toString(), ann.text.toString());
  assert.equal(ann.text.toString().split(" ").length, 301);
});

test("what has not all come yet is not packed away", async () => {
  const shared = new Shared();
  const [ann, bob] = [writer(shared), writer(shared)];
  const state = shared.state();
  const far = new Y.Doc();
  far.getText("text").insert(0, "slow");
  const update = toBase64(Y.encodeStateAsUpdate(far));
  await state.set("u/slow-0/000", `2:${update.slice(0, 8)}`);
  for (let n = 0; n < 100; n++) {
    ann.text.insert(0, `${n} `);
    await turns();
  }
  assert.ok(ann.packed());
  await state.set("u/slow-0/001", update.slice(8));
  for (const { text } of [ann, bob]) assert.match(text.toString(), /slow/);
});

test("what a stranger puts in changes nothing", async () => {
  const shared = new Shared();
  const ann = writer(shared);
  ann.text.insert(0, "text");
  await turns();
  const stranger = shared.state();
  for (const value of ["1:AAAA", "x", "9:", "1:!", "2:AA=="] as Kept[]) {
    await stranger.set(`u/s-${String(value).length}/000`, value);
  }
  await stranger.set("doc/x/000", "nothing");
  await stranger.set("doc", { gen: "x", pieces: 1 });
  await stranger.set("doc", [] as unknown as Kept);
  assert.equal(ann.text.toString(), "text");
});

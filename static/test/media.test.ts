/* media.test.ts - the gallery without a page: kinds of files, what a state may hold, which are whole */

import assert from "node:assert/strict";
import test from "node:test";
import type { RoomState } from "../client/index.js";
import { randomName, split } from "../pages/lib/pieces.js";
import { Gallery } from "../pages/media/gallery.js";
import {
  idOf,
  type Item,
  itemKey,
  type Kept,
  pieceKey,
  readItem,
  titleOf,
} from "../pages/media/items.js";
import { kindOf } from "../pages/media/kind.js";

const head = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

test("a file is what its first bytes say", () => {
  assert.equal(kindOf(head("\x89PNG\r\n\x1a\n")), "image/png");
  assert.equal(kindOf(head("\xff\xd8\xff\xe0")), "image/jpeg");
  assert.equal(kindOf(head("GIF89a....")), "image/gif");
  assert.equal(kindOf(head("RIFF\x10\0\0\0WEBPVP8X")), "image/webp");
  assert.equal(kindOf(head("RIFX\x10\0\0\0WEBPVP8X")), undefined);
  assert.equal(kindOf(head("<svg xmlns='http")), undefined);
  assert.equal(kindOf(head("\x89PN")), undefined);
  assert.equal(kindOf(head("")), undefined);
});

const item: Item = {
  ...{ title: "Sea", description: "", type: "image/webp", bytes: 5, width: 4, height: 3 },
  ...{ pieces: 2, by: "Ann", from: "a", user: null, at: 1 },
};

test("what is no item is none, and what is too long in one is cut", () => {
  assert.deepEqual(readItem(item), item);
  for (const wrong of [
    ...[null, 1, "x", [], {}, { ...item, type: "image/svg+xml" }, { ...item, type: "text/html" }],
    ...[{ ...item, pieces: 0 }, { ...item, pieces: 1e9 }, { ...item, width: -1 }],
    { ...item, height: "3" },
  ]) {
    assert.equal(readItem(wrong), undefined, JSON.stringify(wrong));
  }
  const odd = readItem({ ...item, title: 7, by: {}, at: "now", bytes: -1, user: 3 });
  assert.deepEqual(odd, { ...item, title: "Untitled", by: "Someone", at: 0, bytes: 0 });
  assert.equal(readItem({ ...item, title: "x".repeat(5000) })?.title.length, 200);
});

test("pieces are put together as they were cut, and keys tell of which picture they are", () => {
  const text = "abcdefghij".repeat(20_000);
  const pieces = split(text);
  assert.equal(pieces.join(""), text);
  assert.ok(pieces.every(({ length }) => length <= 45_000));
  const id = randomName();
  assert.notEqual(id, randomName());
  assert.equal(idOf(itemKey(id)), id);
  assert.equal(idOf(pieceKey(id, 12)), id);
  const keys = ["m/", "c/x", "c/x/1", "m/<b>", "s/1", `c/${id}/0001`];
  for (const other of keys) assert.equal(idOf(other), undefined, other);
});

test("a title is a file's name without what says its type", () => {
  assert.equal(titleOf("The_sea  at night.jpeg"), "The sea at night");
  assert.equal(titleOf("v1.2 draft"), "v1.2 draft");
  assert.equal(titleOf(".png"), "Untitled");
});

/** As much of a room's state as a gallery asks for. */
function stateOf(values: Map<string, Kept>): RoomState<Kept> {
  const keys = (prefix = ""): string[] => [...values.keys()].filter((k) => k.startsWith(prefix)).sort();
  return {
    get: (key: string) => values.get(key),
    keys,
    entries: (prefix?: string) => keys(prefix).map((key) => [key, values.get(key)]),
  } as unknown as RoomState<Kept>;
}

test("a picture is whole when its item and all its pieces are there, in whatever order", () => {
  const values = new Map<string, Kept>();
  const gallery = new Gallery(stateOf(values));
  const put = (key: string, value?: Kept): void => {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    gallery.take(key);
  };
  put(pieceKey("p", 1), "BB==");
  assert.deepEqual(gallery.list(), []);
  assert.deepEqual(gallery.strays(), ["p"]);
  put(itemKey("p"), item);
  assert.equal(gallery.address(gallery.get("p")!), undefined);
  assert.deepEqual(gallery.strays(), []);
  put(pieceKey("p", 0), "AAAA");
  assert.equal(gallery.address(gallery.get("p")!), "data:image/webp;base64,AAAABB==");
  assert.equal(gallery.removal("p").length, 3);
  put(pieceKey("p", 0), '"><script>');
  assert.equal(gallery.address(gallery.get("p")!), undefined);
  put(pieceKey("p", 0));
  assert.equal(gallery.get("p")?.here, 1);
  put(itemKey("q"), { ...item, at: 2 });
  assert.deepEqual(gallery.list().map(({ id }) => id), ["q", "p"]);
  put(itemKey("p"));
  assert.deepEqual(gallery.list().map(({ id }) => id), ["q"]);
});

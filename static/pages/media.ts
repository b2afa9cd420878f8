/* media.ts - the gallery: pictures that the room keeps, put in and named by everyone in it */

import type { AtriumError } from "atrium-client";
import { byId, setText } from "./lib/dom.js";
import { bytes, number } from "./lib/format.js";
import { openPage } from "./lib/page.js";
import { toast } from "./lib/toast.js";
import { Gallery, type Shown } from "./media/gallery.js";
import type { Kept } from "./media/items.js";
import { Look, type Words } from "./media/look.js";
import { tiles } from "./media/tile.js";
import { Uploads } from "./media/upload.js";

interface Said {
  new_media: { media: { id: string; title: string } };
  media_updated: { mediaId: string; metadata: Words };
}

const SWEEP_MS = 3000;

const page = openPage<Said, Kept>({ name: "media", room: "media", join: { state: true } });
const { client, room } = page;
const { state } = room;
const gallery = new Gallery(state);
const look = new Look(state, gallery, (mediaId, metadata) => {
  tell(room.publish("media_updated", { mediaId, metadata }));
});
const list = tiles(byId("gallery"), gallery, {
  open: (id) => look.open(id),
  remove: (id) => void state.apply(gallery.removal(id)).catch(refused),
  coming: ({ from }) => from === client.id || room.members.some(({ id }) => id === from),
});
const uploads = new Uploads(state, gallery, {
  me: () => page.me,
  added: (id, { title }) => tell(room.publish("new_media", { media: { id, title } })),
  failed: (name, why) => toast(`${name} ${why}.`, { wrong: true }),
});

/** What the state has already is told aloud to who is here; nothing depends on it. */
function tell(saying: Promise<unknown>): void {
  saying.catch(() => {});
}

function refused({ message }: AtriumError): void {
  toast(message, { wrong: true });
}

/* ---- what the room keeps ------------------------------------------------------------------ */

let waiting = false;

function showSoon(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    show();
  });
}

function show(): void {
  const items = gallery.list();
  list.show(items);
  byId("empty").hidden = items.length > 0 || !state.synced;
  const sum = items.reduce((all: number, item: Shown) => all + item.bytes, 0);
  const pictures = items.length === 1 ? "1 picture" : `${number(items.length)} pictures`;
  setText(byId("space"), items.length ? `${pictures}, ${bytes(sum)}` : "");
}

state.on("change", ({ key }) => {
  const id = gallery.take(key);
  if (id === undefined) return;
  look.update(id);
  showSoon();
});

state.on("sync", () => {
  showSoon();
  setTimeout(sweep, SWEEP_MS * (1 + Math.random()));
});

room.on("users_update", showSoon);

/** An item is written before its pieces, and taken away with them: pieces alone are left-overs. */
function sweep(): void {
  if (!state.synced) return;
  for (const id of gallery.strays()) state.apply(gallery.removal(id)).catch(() => {});
}

/* ---- what is said -------------------------------------------------------------------------- */

const live = (offset = 0): boolean => offset > replayed;
let replayed = 0;
room.on("joined", ({ offset }) => (replayed = offset));

room.on("new_media", ({ media, nickname = "", id, offset }) => {
  if (id !== client.id && live(offset)) say(`${nickname} put in ${String(media?.title)}`);
});

room.on("media_updated", ({ metadata, nickname = "", id, offset }) => {
  if (id !== client.id && live(offset)) say(`${nickname} named a picture ${String(metadata?.title)}`);
});

/** Who sees the gallery has seen it; it is read out to who does not. */
function say(text: string): void {
  setText(byId("said"), text);
}

/* ---- what we put in ------------------------------------------------------------------------ */

const input = byId<HTMLInputElement>("files");
input.addEventListener("change", () => {
  uploads.add([...(input.files ?? [])]);
  input.value = "";
});

document.addEventListener("paste", ({ clipboardData }) => {
  uploads.add([...(clipboardData?.files ?? [])]);
});

const main = byId("main");
main.addEventListener("dragover", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  main.classList.add("over");
});
main.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!main.contains(relatedTarget as Node | null)) main.classList.remove("over");
});
main.addEventListener("drop", (event) => {
  main.classList.remove("over");
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  uploads.add([...event.dataTransfer.files]);
});

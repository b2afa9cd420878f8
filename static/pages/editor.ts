/* editor.ts - the text editor: a Yjs document that the room keeps, and where everyone is in it */

import type { AtriumError, Member } from "atrium-client";
import * as Y from "yjs";
import { Cursors, type Place } from "./editor/cursors.js";
import { Keep, type Kept } from "./editor/keep.js";
import { LANGUAGES, languageOf } from "./editor/languages.js";
import { View } from "./editor/view.js";
import { byId, el, setText } from "./lib/dom.js";
import { openPage } from "./lib/page.js";
import { toast } from "./lib/toast.js";

interface Said {
  cursor_update: Partial<Place> & { gone?: boolean };
}

/** Where we are is told so often at most. */
const TELL_MS = 60;

const page = openPage<Said, Kept>({ name: "editor", room: "code_editor", join: { state: true } });
const { client, room } = page;
const { state } = room;
const doc = new Y.Doc();
const text = doc.getText("text");
const cursors = new Cursors(doc, text);
const view = new View(byId("text"), text, cursors.extension, { moved: tellSoon });
new Keep(doc, state, {
  failed,
  saved: (saved) => setText(byId("saved"), saved ? "" : "Not sent yet"),
  kept: (updates, packed) => {
    byId("main").dataset["updates"] = String(updates);
    if (packed) byId("main").dataset["packed"] = "";
  },
});

function failed(error: unknown): void {
  const { code = "", message = String(error) } = error as Partial<AtriumError>;
  const full = "This room's space is used up: what you type now is not kept.";
  toast(code === "state_full" ? full : `Not kept: ${message}`, { wrong: true });
}

/* ---- the language ------------------------------------------------------------------------- */

const language = byId<HTMLSelectElement>("language");
language.append(...LANGUAGES.map(({ name, label }) => el("option", { value: name }, label)));
language.addEventListener("change", () => {
  speak();
  state.set("language", language.value).catch(failed);
});

function speak(): void {
  view.speak(languageOf(language.value));
}

state.on("change", ({ key, value }) => {
  if (key !== "language") return;
  language.value = languageOf(value).name;
  speak();
});

/* ---- where everyone is --------------------------------------------------------------------- */

let telling: ReturnType<typeof setTimeout> | undefined;

function tellSoon(): void {
  telling ??= setTimeout(() => {
    telling = undefined;
    tell();
  }, TELL_MS);
}

function tell(): void {
  const { main } = view.editor.state.selection;
  const place = view.editor.hasFocus ? cursors.placeOf(main) : { gone: true };
  room.signal("cursor_update", place);
}

room.on("cursor_update", ({ id = "", nickname = "", user = null, anchor, head, gone }) => {
  if (id === client.id) return;
  if (gone || !anchor || !head) cursors.remove(view.editor, id);
  else cursors.move(view.editor, id, { nickname, user }, { anchor, head });
});

room.on("leave", ({ id }: Member) => cursors.remove(view.editor, id));
room.on("join", () => view.editor.hasFocus && tellSoon());
room.on("joined", () => view.editor.hasFocus && tellSoon());

/* ---- a file of it -------------------------------------------------------------------------- */

byId("save").addEventListener("click", () => {
  const blob = new Blob([text.toString()], { type: "text/plain" });
  const { suffix } = languageOf(language.value);
  const link = el("a", { href: URL.createObjectURL(blob), download: `${room.name}.${suffix}` });
  link.click();
  URL.revokeObjectURL(link.href);
});

view.editor.focus();

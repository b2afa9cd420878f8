/* draw.ts - the drawing page: a sheet of paper whose strokes the room keeps */

import type { AtriumError, Joined, Member, Message, Messages } from "atrium-client";
import { Board } from "./draw/board.js";
import { Cursors } from "./draw/cursors.js";
import { Keyboard } from "./draw/keyboard.js";
import { Pieces } from "./draw/legacy.js";
import { type Growing, Growth, Live } from "./draw/live.js";
import { Own } from "./draw/own.js";
import { picture } from "./draw/paint.js";
import { type Hand, Pointer } from "./draw/pointer.js";
import { isStrokeKey, type Kept, randomMark, read } from "./draw/strokes.js";
import { brush, makeTools, pressTool } from "./draw/tools.js";
import type { Place } from "./draw/view.js";
import { colourOf } from "./lib/colour.js";
import { contentOf } from "./lib/content.js";
import { confirm } from "./lib/dialog.js";
import { byId, el, setText } from "./lib/dom.js";
import { openPage } from "./lib/page.js";
import { toast } from "./lib/toast.js";

const AUTHOR = "atrium.draw.author";
/** What is drawn and pointed at is told to others so often. */
const TELL_MS = 40;
const SWEEP_MS = 2000;
/** A deletion of so many keys is well below the largest message. */
const KEYS_AT_ONCE = 500;
/** All pages hear that a page without a state has cleared; one is enough to do it. */
const TURN_MS = 600;
const ZOOM = 1.25;

makeTools();
const page = openPage<Messages, Kept>({ name: "draw", room: "drawing", join: { state: true } });
const { client, room } = page;
const { state } = room;
const stage = byId("stage");
const live = new Live();
const growth = new Growth();
const pieces = new Pieces();
const own = new Own(state, author(), { moved, failed, changed: showSoon });
const board = new Board(
  stage,
  byId("paper"),
  byId<HTMLCanvasElement>("kept"),
  byId<HTMLCanvasElement>("live"),
  () => pieces.looks(),
  () => [...live.strokes(), ...(own.current ? [own.current] : [])],
);
const cursors = new Cursors(byId("cursors"), (place) => board.view.pixel(place));
const hand: Hand = {
  begin: (point) => own.begin(brush().colour, brush().size, point),
  extend: (points) => own.extend(points),
  end: () => own.end(),
  cancel,
  at: pointAt,
  look: (change) => board.look(change),
};
const keyboard = new Keyboard(hand, showKeyboard);
new Pointer(stage, board.view, hand);
let pointed: Place | "gone" | undefined;
let telling: ReturnType<typeof setTimeout> | undefined;
let showing = 0;

/** Our mark on our strokes, over reloads: by it they can be undone. */
function author(): string {
  const mark = sessionStorage.getItem(AUTHOR) ?? randomMark();
  sessionStorage.setItem(AUTHOR, mark);
  return mark;
}

/* ---- what the room keeps, and what arrives ----------------------------------------------- */

state.on("change", ({ key, value }) => {
  if (!isStrokeKey(key)) return;
  const stroke = read(value, key);
  live.drop(key);
  if (stroke) board.put(key, stroke);
  else board.remove(key);
  showSoon();
});

state.on("sync", showSoon);

room.on<Partial<Growing>>("stroke_growing", (message) => {
  if (typeof message.key === "string" && state.has(message.key)) return;
  live.take(message, performance.now());
  board.touch();
});

room.on("cursor_move", (message: Message) => {
  const { id = "", nickname = "", user = null } = message;
  const said = contentOf(message);
  const [x, y] = [said["toX"] ?? said["x"], said["toY"] ?? said["y"]];
  if (id === client.id) return;
  if (said["gone"] === true) cursors.remove(id);
  else if (Number.isFinite(x) && Number.isFinite(y)) {
    cursors.move({ id, nickname, user }, { x: x as number, y: y as number }, performance.now());
  }
});

room.on("leave", ({ id }: Member) => {
  cursors.remove(id);
  live.dropOf(id);
  board.touch();
});

/* What is replayed to us is history: the pages that were here have done what it asks for. */
let replayed = 0;
let asked = false;
room.on("reset", () => (asked = false));
room.on("joined", ({ offset }: Joined) => {
  replayed = offset;
  if (asked) return;
  asked = true;
  const restore = room.history().then(({ messages, offset: until }) => {
    pieces.restore(messages, until);
    board.repaint();
  });
  restore.catch(() => (asked = false)); // at the next `joined`
});

room.on("draw", takePiece);
room.on("clear", (message: Message) => {
  takePiece(message);
  if (message["kept"] === true || (message.offset ?? 0) <= replayed) return;
  const keys = state.keys("s/");
  setTimeout(() => remove(keys.filter((key) => state.has(key))), Math.random() * TURN_MS);
});

function takePiece(message: Message): void {
  if (!pieces.take(message)) return;
  board.repaint();
  showSoon();
}

setInterval(() => {
  const now = performance.now();
  cursors.sweep(now);
  if (live.sweep(now)) board.touch();
}, SWEEP_MS);

/* ---- what we do -------------------------------------------------------------------------- */

function moved(): void {
  board.touch();
  tellSoon();
}

function cancel(): void {
  own.cancel();
  const gone = growth.gone();
  if (gone) room.signal("stroke_growing", { ...gone, ephemeral: true });
}

function pointAt(place: Place | undefined): void {
  pointed = place ?? "gone";
  tellSoon();
}

function tellSoon(): void {
  telling ??= setTimeout(tell, TELL_MS);
}

function tell(): void {
  telling = undefined;
  if (pointed) {
    const where =
      pointed === "gone" ? { gone: true } : { toX: Math.round(pointed.x), toY: Math.round(pointed.y) };
    room.signal("cursor_move", { ...where, color: colourOf(page.me) });
  }
  pointed = undefined;
  const grown = growth.next(own.current);
  if (!grown) return;
  room.signal("stroke_growing", { ...grown, ephemeral: true });
  tellSoon(); // there may be more than goes into one message
}

function failed({ code = "", message }: Error & { code?: string }): void {
  showSoon();
  if (code === "forbidden" || code === "queue_full") return; // said for the page as a whole
  const full = "The sheet is full: that was not kept. Clear it, or undo something.";
  toast(code === "state_full" ? full : `That was not kept: ${message}.`, { wrong: true });
}

/** Removes what there is, not what comes meanwhile. */
function remove(keys: readonly string[]): Promise<unknown> {
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const some = keys.slice(at, at + KEYS_AT_ONCE);
    sent.push(state.apply(some.map((key) => ({ key, delete: true as const }))));
  }
  const all = Promise.all(sent);
  all.catch(failed);
  return all;
}

async function clear(): Promise<void> {
  const text = "What everyone has drawn here is removed, for everyone.";
  if (!(await confirm("Clear the sheet?", { text, yes: "Clear", danger: true }))) return;
  pieces.take({ type: "clear" });
  board.repaint();
  await remove(state.keys("s/"));
  await room.publish("clear", { kept: true, echo: false });
}

async function save(): Promise<void> {
  const blob = await picture([...pieces.looks(), ...board.strokes()]);
  if (!blob) return toast("The picture could not be made.", { wrong: true });
  const link = el("a", { href: URL.createObjectURL(blob), download: `${room.name}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

byId("undo").addEventListener("click", () => own.undo());
byId("redo").addEventListener("click", () => own.redo());
byId("clear").addEventListener("click", () => void clear().catch(failed));
byId("export").addEventListener("click", () => void save());
byId("fit").addEventListener("click", () => board.look((view) => view.fit()));

/* ---- keys -------------------------------------------------------------------------------- */

document.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  if (target.closest("dialog, [popover], input:not([type=radio]), textarea")) return;
  if (press(event)) event.preventDefault();
});

function press(event: KeyboardEvent): boolean {
  const { key, shiftKey, altKey, target } = event;
  const name = key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (name === "y" || (name === "z" && shiftKey)) return (own.redo(), true);
    return name === "z" && (own.undo(), true);
  }
  if (altKey) return false;
  if (target === stage && keyboard.press(event)) return true;
  return zoom(name) || pressTool(name);
}

function zoom(key: string): boolean {
  const centre = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
  if (key === "0") board.look((view) => view.fit());
  else if (key === "+" || key === "=") board.look((view) => view.zoom(ZOOM, centre));
  else if (key === "-") board.look((view) => view.zoom(1 / ZOOM, centre));
  else return false;
  return true;
}

stage.addEventListener("blur", () => keyboard.leave());
stage.addEventListener("focus", () => showKeyboard());
stage.addEventListener("pointerdown", () => (byId("crosshair").hidden = true));

/* ---- showing ----------------------------------------------------------------------------- */

function showKeyboard(words?: string): void {
  const cross = byId("crosshair");
  cross.hidden = !stage.matches(":focus-visible");
  cross.classList.toggle("down", keyboard.down);
  const { x, y } = board.view.pixel(keyboard.place);
  cross.style.translate = `${x}px ${y}px`;
  if (words) setText(byId("said"), words);
}

board.onview = () => {
  cursors.lay();
  showKeyboard();
  byId("fit").hidden = board.view.whole;
};

function showSoon(): void {
  showing ||= requestAnimationFrame(show);
}

function show(): void {
  showing = 0;
  const strokes = board.strokes().length;
  const nothing = strokes === 0 && pieces.looks().length === 0;
  byId<HTMLButtonElement>("undo").disabled = !own.canUndo;
  byId<HTMLButtonElement>("redo").disabled = !own.canRedo;
  byId<HTMLButtonElement>("clear").disabled = nothing;
  byId("hint").hidden = !nothing || !state.synced || own.current !== undefined;
  setText(byId("summary"), strokes === 1 ? "1 stroke" : `${strokes} strokes`);
}

void room.ready.catch((error: AtriumError) => failed(error));

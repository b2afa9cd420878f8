/* kanban.ts - the board: cards that the room keeps, carried and written on */

import { type AtriumError, type Joined, type Message, type Messages } from "atrium-client";
import { type Card, COLUMNS, type ColumnId, idOf, type Kept, titleOf, type Written } from "./kanban/card.js";
import { editCard, type Editor, resolveConflict } from "./kanban/dialogs.js";
import { Drag } from "./kanban/drag.js";
import { Keys } from "./kanban/keys.js";
import { isLegacy, obey, told } from "./kanban/legacy.js";
import { type Held, listsOf, type Lists, whereIs } from "./kanban/lists.js";
import { type Outcome, Store } from "./kanban/store.js";
import { announce, BoardView, focusedCard } from "./kanban/view.js";
import { byId } from "./lib/dom.js";
import { type MenuItem, openMenu } from "./lib/menu.js";
import { openPage } from "./lib/page.js";
import { toast } from "./lib/toast.js";

/** All pages hear what a board without a state asks for; one is enough to do it. */
const TURN_MS = 600;

const page = openPage<Messages, Kept>({ name: "kanban", room: "kanban", join: { state: true } });
const { room } = page;
const { state } = room;
const store = new Store(state, {
  resolve: resolveConflict,
  me: () => page.me.nickname,
  now: () => Date.now(),
});
const board = byId("board");
const view = new BoardView(board, { add: (column) => write(undefined, column), open, menu });
const keys = new Keys({ lists, focus: (id) => view.focus(id), over, drop, remove, say: announce });
const drag = new Drag(board, { lists: () => view.lists(), over, drop });
let held: Held | undefined;
let showing = 0;
let editing: { id: string; editor: Editor } | undefined;

/* ---- what the room keeps ------------------------------------------------------------------- */

state.on("change", ({ key, local, by }) => {
  const id = idOf(key);
  if (id === undefined) return;
  const card = store.get(id);
  if (!card) lose(id);
  showSoon();
  if (local || !by) return;
  if (editing?.id === id) card ? editing.editor.changed(by.nickname) : editing.editor.gone();
  requestAnimationFrame(() => view.flash(id));
});

state.on("sync", showSoon);

/* What is replayed to us is history: the pages that were here have done what it asks for. */
let replayed = 0;
room.on("joined", ({ offset }: Joined) => (replayed = offset));

room.on("*", (message: Message) => {
  if (!isLegacy(message) || (message.offset ?? 0) <= replayed) return;
  setTimeout(() => {
    obey(message, store).catch(({ code }: AtriumError) => {
      if (code !== "conflict") failed({ code } as AtriumError);
    });
  }, Math.random() * TURN_MS);
});

/** A card is gone: it is in no one's hand any more. */
function lose(id: string): void {
  keys.lose(id);
  drag.lose(id);
}

/* ---- what we do ---------------------------------------------------------------------------- */

/** Does something to a card, and tells what came of it, also to boards that have no state. */
async function change(id: string, run: () => Promise<Outcome>): Promise<void> {
  const before = store.get(id);
  const result = run();
  showSoon();
  try {
    const outcome = await result;
    if (outcome === "gone") toast("That card was deleted meanwhile.", { wrong: true });
    if (outcome === "done") tell(before, store.get(id));
  } catch (error) {
    failed(error as AtriumError);
  }
}

function tell(before: Card | undefined, after: Card | undefined): void {
  const message = told(before, after);
  if (!message) return;
  const [type, content] = message;
  room.publish(type, { content, kept: true, echo: false }).catch(() => {}); // the state has it
}

function failed({ code, message }: AtriumError): void {
  showSoon();
  if (code === "forbidden" || code === "queue_full") return; // said for the page as a whole
  const full = "The board is full: that was not kept. Delete some cards first.";
  toast(code === "state_full" ? full : `That was not kept: ${message}.`, { wrong: true });
}

function write(card: Card | undefined, column: ColumnId): void {
  const people = room.members.map(({ nickname }) => nickname);
  const save = (written: Written, to: ColumnId): void => {
    if (!card) void add(to, written);
    else void change(card.id, () => saved(card, written, to));
  };
  const removal = card && { remove: () => remove(card.id) };
  const editor = editCard(card, column, { people, save, ...removal });
  if (!card) return;
  editing = { id: card.id, editor };
  void editor.closed.then(() => (editing = undefined));
}

async function saved(card: Card, written: Written, to: ColumnId): Promise<Outcome> {
  const outcome = await writeWhatDiffers(card, written);
  if (outcome !== "done" || to === card.column) return outcome;
  return store.move(card.id, to, store.column(to).length);
}

async function writeWhatDiffers(card: Card, written: Written): Promise<Outcome> {
  const fields = Object.entries(written) as [keyof Written, string][];
  const differing = fields.filter(([name, text]) => card[name] !== text);
  return differing.length ? store.write(card, Object.fromEntries(differing)) : "done";
}

async function add(column: ColumnId, written: Written): Promise<void> {
  try {
    const adding = store.add(column, written);
    show();
    const card = await adding;
    announce(`${card.title} is added to ${titleOf(column)}.`);
    tell(undefined, card);
  } catch (error) {
    failed(error as AtriumError);
  }
}

function open(id: string): void {
  const card = store.get(id);
  if (card && !held) write(card, card.column);
}

function remove(id: string): void {
  const card = store.get(id);
  if (!card) return;
  const next = neighbour(id);
  const restore = (): void => {
    void change(id, () => store.restore(card).then(() => "done" as const));
  };
  store.remove(id).then(() => tell(card, undefined), failed);
  show();
  if (next) view.focus(next);
  toast(`“${card.title}” is deleted.`, { action: { label: "Undo", run: restore } });
}

/** Who gets the focus when a card goes. */
function neighbour(id: string): string | undefined {
  const all = [...lists().values()].flat();
  const at = all.findIndex((card) => card.id === id);
  return (all[at + 1] ?? all[at - 1])?.id;
}

function menu(id: string, at: HTMLElement): void {
  const place = whereIs(lists(), id);
  if (!place) return;
  const to = (column: ColumnId, index: number) => (): void => {
    void change(id, () => store.move(id, column, index)).then(() => view.focus(id));
  };
  const { column, index } = place;
  const last = lists().get(column)!.length - 1;
  const items: MenuItem[] = [{ label: "Open", run: () => open(id) }];
  for (const { id: other, title } of COLUMNS) {
    if (other !== column) items.push({ label: `Move to ${title}`, run: to(other, lists().get(other)!.length) });
  }
  if (index > 0) items.push({ label: "Move up", run: to(column, index - 1) });
  if (index < last) items.push({ label: "Move down", run: to(column, index + 1) });
  items.push({ label: "Delete", run: () => remove(id), danger: true });
  openMenu(at, items);
}

/* ---- carrying ------------------------------------------------------------------------------ */

function over(where: Held): void {
  const same = held?.id === where.id && held.column === where.column && held.index === where.index;
  held = where;
  if (!same) show();
}

function drop(id: string, put: boolean): void {
  const where = held;
  const card = store.get(id);
  held = undefined;
  const before = whereIs(lists(), id);
  const moved = where && before && (where.column !== before.column || where.index !== before.index);
  if (put && card && moved) void change(id, () => store.move(id, where.column, where.index));
  show();
}

board.addEventListener("keydown", (event) => {
  const id = focusedCard();
  if (!id || drag.carrying || !(event.target as Element).matches(".open")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (keys.press(id, event)) event.preventDefault();
});

board.addEventListener("focusout", () => {
  queueMicrotask(() => keys.holding && !focusedCard() && keys.lose());
});

/* ---- showing ------------------------------------------------------------------------------- */

function lists(): Lists {
  return listsOf(store.cards(), held);
}

function showSoon(): void {
  showing ||= requestAnimationFrame(show);
}

function show(): void {
  showing = 0;
  view.show(lists(), held?.id);
}

show();

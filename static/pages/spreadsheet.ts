/* spreadsheet.ts - the sheet: cells that the room keeps, written by everyone in it */

import type { AtriumError, Member, Messages } from "atrium-client";
import { colourOf } from "./lib/colour.js";
import { byId, setText } from "./lib/dom.js";
import { dropMenu, type MenuItem } from "./lib/menu.js";
import { openPage } from "./lib/page.js";
import { toast } from "./lib/toast.js";
import { addressOf, boxOf, columnName, rangeName } from "./spreadsheet/address.js";
import { copy, pasted, values } from "./spreadsheet/clipboard.js";
import { askWhich } from "./spreadsheet/conflict.js";
import { format, parse, separatorOf } from "./spreadsheet/csv.js";
import { Cursors } from "./spreadsheet/cursors.js";
import { Editing } from "./spreadsheet/editing.js";
import { Grid } from "./spreadsheet/grid.js";
import { listen } from "./spreadsheet/keys.js";
import { formatMenu } from "./spreadsheet/formats.js";
import { type Format, formatted } from "./spreadsheet/numbers.js";
import { type Kept, MOST, Sheet, show } from "./spreadsheet/sheet.js";
import { type AxisName, Store } from "./spreadsheet/store.js";

interface Said extends Messages {
  cursor_update: { cellId: string; color: string };
}

const LARGEST_FILE = 4 << 20;

const page = openPage<Said, Kept>({ name: "spreadsheet", room: "spreadsheet", join: { state: true } });
const { client, room } = page;
const { state } = room;
const sheet = new Sheet();
const table = byId<HTMLTableElement>("grid");
const bar = byId<HTMLInputElement>("formula");
const grid = new Grid(table, sheet, moved);
const cursors = new Cursors(byId("cursors"), (id) => grid.cell(id));
/** Who has changed a key last, as far as we have seen it. */
const changers = new Map<string, string>();
const store = new Store(state, sheet, (id, theirs, mine) => {
  const at = sheet.positionOf(id);
  const who = changers.get(sheet.keyOf(id)) ?? "Someone else";
  return askWhich({ address: at ? addressOf(at) : "a cell", who, theirs, mine });
});
const editing = new Editing(grid, sheet, store, bar, {
  write: (seen, source) => run(store.write(seen, source)),
  show: (id) => {
    refresh();
    grid.paint([id]);
    moved();
  },
});

/* ---- what the room keeps ------------------------------------------------------------------- */

let waiting = 0;

state.on("change", ({ key, value, by }) => {
  sheet.take(key, value);
  if (by) changers.set(key, by.nickname);
  waiting ||= requestAnimationFrame(refresh);
});

/** Works out what has changed, and shows it. */
function refresh(): void {
  cancelAnimationFrame(waiting);
  waiting = 0;
  const { lines, cells } = sheet.settle();
  if (lines) {
    if (editing.writing && !sheet.positionOf(grid.active)) {
      editing.end(false);
      toast("The cell in which you wrote was deleted.", { wrong: true });
    }
    grid.lay();
    cursors.lay();
  }
  grid.paint(cells);
  showBar();
}

/** Does something to the sheet, shows it at once, and says it when it was not kept. */
function run(change: Promise<unknown>): void {
  refresh();
  change.then(refresh, failed);
}

function failed({ code, message }: AtriumError): void {
  refresh();
  if (code === "forbidden" || code === "queue_full") return; // said for the page as a whole
  const full = "The sheet is full: that was not kept.";
  toast(code === "state_full" ? full : `That was not kept: ${message}.`, { wrong: true });
}

/* ---- where we are, and others -------------------------------------------------------------- */

let told = "";

function moved(): void {
  showBar();
  tellCursor();
}

function showBar(): void {
  const { active, at, box } = grid;
  setText(byId("address"), rangeName(box));
  if (!editing.writing && bar.value !== sheet.source(active)) bar.value = sheet.source(active);
  bar.dataset["cell"] = addressOf(at);
  showSum();
}

/** What the numbers among what is chosen are together. */
function showSum(): void {
  const { from, to } = grid.box;
  const numbers: number[] = [];
  for (let row = from.row; row <= to.row; row++) {
    for (let column = from.column; column <= to.column; column++) {
      const value = sheet.value(sheet.idAt({ row, column }) ?? "");
      if (typeof value === "number") numbers.push(value);
    }
  }
  const sum = numbers.reduce((all, each) => all + each, 0);
  const format = sheet.format(grid.active);
  const text = (format && formatted(sum, format)) ?? show(sum);
  setText(byId("sum"), numbers.length > 1 ? `Sum ${text}` : "");
}

function tellCursor(): void {
  if (told === grid.active || !room.joined) return;
  told = grid.active;
  room.signal("cursor_update", { cellId: told, color: colourOf(page.me) });
}

function tellAgain(): void {
  told = "";
  tellCursor();
}

room.on("cursor_update", ({ id = "", nickname = "", user = null, cellId }) => {
  if (id !== client.id && typeof cellId === "string") cursors.move({ id, nickname, user }, cellId);
});
room.on("leave", ({ id }: Member) => cursors.remove(id));
room.on("join", tellAgain);
room.on("joined", tellAgain);
for (const type of ["joined", "users_update"] as const) {
  room.on(type, () => {
    if (room.members.length === room.count) cursors.keep(new Set(room.members.map(({ id }) => id)));
  });
}

/* ---- rows and columns ---------------------------------------------------------------------- */

function lineMenu(name: AxisName): MenuItem[] {
  const { from, to } = grid.box;
  const [first, last] = name === "rows" ? [from.row, to.row] : [from.column, to.column];
  const count = last - first + 1;
  const line = name === "rows" ? "row" : "column";
  const lines = count === 1 ? line : `${count} ${name}`;
  const [before, after] = name === "rows" ? ["above", "below"] : ["to the left", "to the right"];
  const items: MenuItem[] = [
    { label: `Insert ${lines} ${before}`, run: () => insert(name, first, count) },
    { label: `Insert ${lines} ${after}`, run: () => insert(name, last + 1, count) },
  ];
  if (count < sheet[name].ids.length) {
    items.push({ label: `Delete ${lines}`, run: () => remove(name, first, last), danger: true });
  }
  return items;
}

function insert(name: AxisName, index: number, count: number): void {
  run(
    store.insert(name, index, count).then((fits) => {
      if (fits < count) toast(`A sheet has ${MOST[name]} ${name} at most.`, { wrong: true });
    }),
  );
}

function remove(name: AxisName, first: number, last: number): void {
  const label = name === "rows" ? String(first + 1) : columnName(first);
  const lines = last > first ? `${last - first + 1} ${name} are` : `${name === "rows" ? "Row" : "Column"} ${label} is`;
  const removing = store.remove(name, first, last).then((undo) => {
    toast(`${lines} deleted.`, { action: { label: "Undo", run: () => run(undo()) } });
  });
  run(removing);
  grid.focus();
}

dropMenu(byId("row"), () => lineMenu("rows"));
dropMenu(byId("column"), () => lineMenu("columns"));

/* ---- cells --------------------------------------------------------------------------------- */

function clear(): void {
  const { from, to } = grid.box;
  const empty = Array.from({ length: to.column - from.column + 1 }, () => "");
  run(store.fill(from, Array.from({ length: to.row - from.row + 1 }, () => empty)));
}

dropMenu(byId("format"), () =>
  formatMenu(sheet, grid.active, (formatFor) => {
    run(store.format(grid.box, formatFor));
    grid.focus();
  }),
);

/** Puts a table in, and as many rows and columns as it needs. */
async function put(rows: string[][], formats?: (Format | undefined)[][]): Promise<void> {
  const { from } = grid.box;
  const width = Math.max(0, ...rows.map(({ length }) => length));
  if (!width) return;
  const needed = { rows: from.row + rows.length, columns: from.column + width };
  const lines: Promise<unknown>[] = [];
  for (const name of ["rows", "columns"] as const) {
    const { length } = sheet[name].ids;
    if (needed[name] > length) lines.push(store.insert(name, length, needed[name] - length));
  }
  refresh();
  const filling = [store.fill(from, rows)];
  refresh();
  const to = { row: needed.rows - 1, column: needed.columns - 1 };
  grid.choose({ from, to: { row: Math.min(to.row, MOST.rows - 1), column: Math.min(to.column, MOST.columns - 1) } });
  if (formats) {
    const forms = new Map<string, Format | undefined>();
    for (const [y, line] of formats.entries()) {
      for (const [x, format] of line.entries()) {
        forms.set(sheet.idAt({ row: from.row + y, column: from.column + x }) ?? "", format);
      }
    }
    filling.push(store.format(grid.box, (id) => forms.get(id)));
  }
  if (needed.rows > MOST.rows || needed.columns > MOST.columns) {
    const most = `${MOST.rows} rows and ${MOST.columns} columns`;
    toast(`A sheet has ${most} at most: the rest was left out.`, { wrong: true });
  }
  await Promise.all([...lines, ...filling]);
}

const onGrid = (): boolean => !editing.writing && table.contains(document.activeElement);

for (const type of ["copy", "cut"] as const) {
  document.addEventListener(type, (event) => {
    if (!onGrid() || !event.clipboardData) return;
    event.preventDefault();
    copy(sheet, grid.box, event.clipboardData);
    if (type === "cut") clear();
  });
}

document.addEventListener("paste", (event) => {
  if (!onGrid() || !event.clipboardData) return;
  event.preventDefault();
  const { rows, formats } = pasted(event.clipboardData, grid.box.from);
  run(put(rows, formats));
});

/* ---- files --------------------------------------------------------------------------------- */

const file = byId<HTMLInputElement>("file");
byId("import").addEventListener("click", () => file.click());
file.addEventListener("change", () => {
  const [chosen] = file.files ?? [];
  if (chosen) void take(chosen);
  file.value = "";
});

async function take(chosen: File): Promise<void> {
  if (chosen.size > LARGEST_FILE) return toast("That file is too large for a sheet.", { wrong: true });
  const text = await chosen.text();
  const rows = parse(text, separatorOf(text));
  run(put(rows));
  setText(byId("said"), `${rows.length} rows of ${chosen.name} are in the sheet.`);
}

byId("export").addEventListener("click", () => {
  const box = sheet.used() ?? boxOf({ row: 0, column: 0 }, { row: 0, column: 0 });
  const text = format(values(sheet, box));
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${room.name.replaceAll(/[^\w.-]+/g, "-")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});

listen({ grid, sheet, editing, table, clear });
grid.lay();
showBar();

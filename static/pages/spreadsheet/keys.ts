/* keys.ts - keys and pointers on the grid: going, choosing, and what begins to write */

import type { Editing } from "./editing.js";
import type { Grid } from "./grid.js";
import type { Sheet } from "./sheet.js";

const STEPS: Record<string, [down: number, right: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const PAGE = 15;

export interface Hands {
  grid: Grid;
  sheet: Sheet;
  editing: Editing;
  table: HTMLTableElement;
  clear: () => void;
}

export function listen(hands: Hands): void {
  const { table, editing } = hands;
  table.addEventListener("keydown", (event) => {
    if (!editing.writing && press(hands, event)) event.preventDefault();
  });
  table.addEventListener("dblclick", ({ target }) => {
    if (hands.grid.idOf(target)) editing.begin("cell");
  });
  table.addEventListener("focusin", ({ target }) => follow(hands, target));
  point(hands);
}

/** The focus came to a cell by itself, as a screen reader may do it. */
function follow({ grid, sheet, editing }: Hands, target: EventTarget | null): void {
  const id = grid.idOf(target);
  if (id !== undefined && id !== grid.active && !editing.writing) grid.go(sheet.positionOf(id)!);
}

/** A key was pressed on a cell; whether it was one of ours. */
function press(hands: Hands, event: KeyboardEvent): boolean {
  const { grid, editing, clear } = hands;
  const { key, ctrlKey, metaKey, altKey } = event;
  if (altKey) return false;
  if (walk(hands, event)) return true;
  if (ctrlKey || metaKey) return key === "a" && chooseAll(hands);
  if (key === "Enter" || key === "F2") editing.begin("cell");
  else if (key === "Delete" || key === "Backspace") clear();
  else if (key === "Escape") grid.go(grid.at);
  else if (key === "Process") {
    editing.begin("cell", ""); // an input method: what it makes goes into the field
    return false;
  } else if ([...key].length === 1) editing.begin("cell", key);
  else return false;
  return true;
}

function walk({ grid, sheet }: Hands, { key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const { row, column } = grid.at;
  const [rows, columns] = [sheet.rows.ids.length, sheet.columns.ids.length];
  const far = ctrlKey || metaKey;
  const step = STEPS[key];
  if (step) {
    const many = far ? Math.max(rows, columns) : 1;
    grid.go({ row: row + step[0] * many, column: column + step[1] * many }, shiftKey);
  } else if (key === "Home") grid.go({ row: far ? 0 : row, column: 0 }, shiftKey);
  else if (key === "End") grid.go({ row: far ? rows - 1 : row, column: columns - 1 }, shiftKey);
  else if (key === "PageUp") grid.go({ row: row - PAGE, column }, shiftKey);
  else if (key === "PageDown") grid.go({ row: row + PAGE, column }, shiftKey);
  else if (key === "Tab" && !far) {
    const next = column + (shiftKey ? -1 : 1);
    if (next < 0 || next >= columns) return false; // out of the sheet, as elsewhere
    grid.go({ row, column: next });
  } else return false;
  grid.focus();
  return true;
}

function chooseAll({ grid, sheet }: Hands): boolean {
  const to = { row: sheet.rows.ids.length - 1, column: sheet.columns.ids.length - 1 };
  grid.choose({ from: { row: 0, column: 0 }, to });
  return true;
}

/** A mouse chooses from where it is pressed to where it is moved; a finger scrolls. */
function point({ grid, sheet, editing, table }: Hands): void {
  let choosing = false;
  table.addEventListener("pointerdown", (event) => {
    const id = grid.idOf(event.target);
    if (id === undefined || event.button !== 0) return;
    if (editing.writing && id === grid.active) return;
    editing.end(true);
    const at = sheet.positionOf(id);
    if (!at) return;
    grid.go(at, event.shiftKey);
    choosing = event.pointerType === "mouse";
  });
  table.addEventListener("mousedown", (event) => {
    if (editing.writing || !grid.idOf(event.target)) return;
    event.preventDefault(); // neither text is chosen nor the focus moved to where it ends
    grid.focus();
  });
  table.addEventListener("pointerover", ({ target, buttons }) => {
    const id = choosing && buttons & 1 ? grid.idOf(target) : undefined;
    const at = id !== undefined && sheet.positionOf(id);
    if (at) grid.go(at, true);
  });
  addEventListener("pointerup", () => (choosing = false));
}

/* grid.ts - the sheet on the screen: a table of which only what changes is touched */

import { columnName, boxOf, type Box, contains, type Position } from "./address.js";
import { el, setText } from "../lib/dom.js";
import { Fault } from "./formula.js";
import { fitting } from "./numbers.js";
import type { Sheet } from "./sheet.js";

const FAULTS: Record<string, string> = {
  "#DIV/0!": "Something is divided by nothing",
  "#REF!": "A cell that is meant is not there",
  "#CYCLE!": "The cell depends on itself",
  "#NAME?": "There is no function of this name",
  "#VALUE!": "A value is not of the kind that is needed",
  "#NUM!": "No such number",
  "#LIMIT!": "There are more formulas than are worked out",
  "#N/A": "Nothing was found",
  "#ERROR!": "The formula cannot be read",
};

/** So many digits of a number find room in a cell. */
const DIGITS = 9;

type Cell = HTMLTableCellElement;

export class Grid {
  /** The cell that keys go to, and the one at the other end of what is chosen. */
  #active: string;
  #anchor: string;
  /** Where the active one was last: its neighbour is next when it is deleted. */
  #last: Position = { row: 0, column: 0 };
  readonly #cells = new Map<string, Cell>();
  readonly #rows = new Map<string, HTMLTableRowElement>();
  #chosen = new Set<Cell>();
  #tabbed: Cell | undefined;

  constructor(
    private readonly table: HTMLTableElement,
    private readonly sheet: Sheet,
    /** Another cell, or more of them, are chosen. */
    private readonly moved: () => void,
  ) {
    this.#active = this.#anchor = sheet.idAt(this.#last)!;
  }

  get active(): string {
    return this.#active;
  }

  get at(): Position {
    return this.sheet.positionOf(this.#active) ?? this.#last;
  }

  get box(): Box {
    return boxOf(this.at, this.sheet.positionOf(this.#anchor) ?? this.at);
  }

  cell(id: string): Cell | undefined {
    return this.#cells.get(id);
  }

  /** The id of the cell that an event was on. */
  idOf(target: EventTarget | null): string | undefined {
    return (target as Element | null)?.closest<Cell>("td[data-id]")?.dataset["id"];
  }

  focus(): void {
    this.cell(this.#active)?.focus();
  }

  /** Goes to a cell, the next one of the sheet where there is none; with `extend`, from where one was. */
  go({ row, column }: Position, extend = false): void {
    const limit = (value: number, length: number): number => Math.max(0, Math.min(value, length - 1));
    this.#last = {
      row: limit(row, this.sheet.rows.ids.length),
      column: limit(column, this.sheet.columns.ids.length),
    };
    this.#active = this.sheet.idAt(this.#last)!;
    if (!extend) this.#anchor = this.#active;
    this.#mark();
    this.moved();
  }

  /** Chooses a box, of which the first cell is the active one. */
  choose({ from, to }: Box): void {
    this.go(from);
    this.#anchor = this.sheet.idAt(to) ?? this.#active;
    this.#mark();
    this.moved();
  }

  /* ---- rows and columns -------------------------------------------------------------------- */

  /** Puts rows and columns in their places; a cell stays the same element wherever it goes. */
  lay(): void {
    const { rows, columns } = this.sheet;
    const held = this.table.contains(document.activeElement);
    const names = columns.ids.map((_, index) => columnName(index));
    const head = names.map((name) => el("th", { scope: "col", role: "columnheader" }, name));
    const corner = el("td", { class: "corner", role: "presentation" });
    this.table.tHead!.replaceChildren(el("tr", { role: "row" }, corner, ...head));
    const all = rows.ids.map((row, index) => this.#row(row, index));
    order(this.table.tBodies[0]!, all);
    for (const id of this.#cells.keys()) if (!this.sheet.positionOf(id)) this.#cells.delete(id);
    for (const id of this.#rows.keys()) if (rows.indexOf(id) === undefined) this.#rows.delete(id);
    if (!this.sheet.positionOf(this.#active)) this.go(this.#last);
    this.#last = this.at;
    this.#mark();
    if (held && !this.table.contains(document.activeElement)) this.focus();
  }

  #row(id: string, index: number): HTMLTableRowElement {
    const row = this.#rows.get(id) ?? el("tr", { role: "row" });
    this.#rows.set(id, row);
    const name = row.cells[0] ?? el("th", { scope: "row", role: "rowheader" });
    setText(name, String(index + 1));
    order(row, [name, ...this.sheet.columns.ids.map((column) => this.#make(`${id}/${column}`))]);
    return row;
  }

  #make(id: string): Cell {
    const known = this.#cells.get(id);
    if (known) return known;
    const cell = el("td", { role: "gridcell", tabindex: "-1", "data-id": id });
    this.#cells.set(id, cell);
    this.#fill(cell, id);
    return cell;
  }

  /* ---- what is in a cell ------------------------------------------------------------------- */

  paint(ids: Iterable<string>): void {
    for (const id of ids) {
      const cell = this.#cells.get(id);
      if (cell) this.#fill(cell, id);
    }
  }

  #fill(cell: Cell, id: string): void {
    if (cell.firstElementChild) return; // it is written in; painted when that ends
    const value = this.sheet.value(id);
    const text = this.sheet.text(id, DIGITS);
    const number = typeof value === "number";
    setText(cell, number ? fitting(text) : text);
    const kind = value instanceof Fault ? "fault" : number ? "number" : "";
    if (cell.className !== kind) cell.className = kind;
    if (this.#chosen.has(cell)) cell.classList.add("chosen");
    const fault = value instanceof Fault ? FAULTS[value.code] : undefined;
    const title = fault ?? (number && fitting(text) !== text ? text : "");
    if (title) cell.title = title;
    else if (cell.title) cell.removeAttribute("title");
  }

  /* ---- what is chosen ---------------------------------------------------------------------- */

  #mark(): void {
    const box = this.box;
    const chosen = new Set<Cell>();
    for (let row = box.from.row; row <= box.to.row; row++) {
      for (let column = box.from.column; column <= box.to.column; column++) {
        const cell = this.#cells.get(this.sheet.idAt({ row, column })!);
        if (cell) chosen.add(cell);
      }
    }
    for (const cell of this.#chosen) if (!chosen.has(cell)) setChosen(cell, false);
    for (const cell of chosen) if (!this.#chosen.has(cell)) setChosen(cell, true);
    this.#chosen = chosen;
    this.#marked(this.table.tHead!.rows[0]?.cells, (column) =>
      contains(box, { row: box.from.row, column }),
    );
    const names = [...this.#rows.values()].map((row) => row.cells[0]!);
    for (const name of names) {
      const row = Number(name.textContent) - 1;
      name.classList.toggle("here", contains(box, { row, column: box.from.column }));
    }
    const cell = this.#cells.get(this.#active);
    if (this.#tabbed !== cell) this.#tabbed?.setAttribute("tabindex", "-1");
    cell?.setAttribute("tabindex", "0");
    this.#tabbed = cell;
  }

  #marked(heads: HTMLCollectionOf<Cell> | undefined, here: (index: number) => boolean): void {
    for (const [n, head] of [...(heads ?? [])].entries()) head.classList.toggle("here", n > 0 && here(n - 1));
  }
}

/** Puts elements in order; those that are in it are not touched: one of them may be written in. */
function order(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const wanted = new Set<Element>(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const child of children) {
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

function setChosen(cell: Cell, chosen: boolean): void {
  cell.classList.toggle("chosen", chosen);
  if (chosen) cell.setAttribute("aria-selected", "true");
  else cell.removeAttribute("aria-selected");
}

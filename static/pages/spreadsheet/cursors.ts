/* cursors.ts - which cells others are on: an outline in their colour, with their name */

import type { Member } from "atrium-client";
import { tint } from "../lib/colour.js";
import { el, setText } from "../lib/dom.js";

interface Cursor {
  mark: HTMLElement;
  name: HTMLElement;
  cellId: string;
}

export class Cursors {
  readonly #cursors = new Map<string, Cursor>();

  constructor(
    private readonly layer: HTMLElement,
    private readonly cell: (id: string) => HTMLElement | undefined,
  ) {}

  /** Someone is there now. */
  move({ id, nickname, user = null }: Member, cellId: string): void {
    const cursor = this.#cursors.get(id) ?? this.#make(id);
    setText(cursor.name, nickname);
    tint(cursor.mark, { nickname, user });
    cursor.cellId = cellId;
    this.#put(cursor);
  }

  remove(id: string): void {
    this.#cursors.get(id)?.mark.remove();
    this.#cursors.delete(id);
  }

  /** Only these are there. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of [...this.#cursors.keys()]) if (!ids.has(id)) this.remove(id);
  }

  /** Cells have moved: so do they. */
  lay(): void {
    for (const cursor of this.#cursors.values()) this.#put(cursor);
  }

  #make(id: string): Cursor {
    const name = el("span", { class: "name" });
    const mark = el("div", { class: "cursor" }, name);
    this.layer.append(mark);
    const cursor = { mark, name, cellId: "" };
    this.#cursors.set(id, cursor);
    return cursor;
  }

  #put({ mark, cellId }: Cursor): void {
    const cell = this.cell(cellId);
    mark.hidden = !cell?.isConnected;
    if (!cell) return;
    mark.dataset["cell"] = cellId;
    mark.style.translate = `${cell.offsetLeft}px ${cell.offsetTop}px`;
    mark.style.width = `${cell.offsetWidth}px`;
    mark.style.height = `${cell.offsetHeight}px`;
    mark.classList.toggle("first", (cell.parentElement as HTMLTableRowElement).rowIndex === 1);
  }
}

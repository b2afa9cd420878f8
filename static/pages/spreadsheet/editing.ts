/* editing.ts - writing in a cell, in it or in the line above the sheet */

import { el } from "../lib/dom.js";
import type { Grid } from "./grid.js";
import { LONGEST, type Sheet } from "./sheet.js";
import type { Seen, Store } from "./store.js";

export interface EditingEvents {
  /** What was written is to be kept. */
  write: (seen: Seen, source: string) => void;
  /** Writing has begun or ended: the cell is to be shown as it is. */
  show: (id: string) => void;
}

type Where = "cell" | "bar";

export class Editing {
  #seen: Seen | undefined;
  /** Ended already; that the field then loses the focus is no second end. */
  #ending = false;
  readonly #field: HTMLInputElement;

  constructor(
    private readonly grid: Grid,
    private readonly sheet: Sheet,
    private readonly store: Store,
    private readonly bar: HTMLInputElement,
    private readonly events: EditingEvents,
  ) {
    const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
    const most = String(LONGEST);
    this.#field = el("input", { class: "editor", "aria-label": "Cell", maxlength: most, ...plain });
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => (bar.value = this.#field.value));
    this.#field.addEventListener("blur", () => this.end(true));
    bar.addEventListener("keydown", (event) => this.#key(event));
    bar.addEventListener("focus", () => this.begin("bar"));
    bar.addEventListener("blur", () => this.end(true));
  }

  get writing(): boolean {
    return this.#seen !== undefined;
  }

  /** Begins to write in the active cell, upon what is there or with a text instead. */
  begin(where: Where, text?: string): void {
    if (this.#seen) return;
    const id = this.grid.active;
    const cell = this.grid.cell(id);
    if (!cell) return;
    this.#seen = this.store.see(id);
    const source = text ?? this.sheet.source(id);
    this.bar.value = source;
    if (where === "bar") return;
    this.#field.value = source;
    cell.classList.add("editing");
    cell.replaceChildren(this.#field);
    this.#field.focus();
    this.#field.setSelectionRange(source.length, source.length);
  }

  /** Ends it; what was written is kept or forgotten. */
  end(keep: boolean): void {
    const seen = this.#seen;
    if (!seen || this.#ending) return;
    this.#ending = true;
    const source = this.bar.value;
    this.#seen = undefined;
    this.#field.parentElement?.classList.remove("editing");
    this.#field.remove();
    this.#ending = false;
    if (keep && source !== this.sheet.source(seen.id)) this.events.write(seen, source);
    this.events.show(seen.id);
  }

  #key(event: KeyboardEvent): void {
    const { key, shiftKey } = event;
    event.stopPropagation();
    if (event.isComposing || !["Enter", "Tab", "Escape"].includes(key)) return;
    event.preventDefault();
    this.end(key !== "Escape");
    const { row, column } = this.grid.at;
    const step = shiftKey ? -1 : 1;
    if (key === "Enter") this.grid.go({ row: row + step, column });
    if (key === "Tab") this.grid.go({ row, column: column + step });
    this.grid.focus();
  }
}

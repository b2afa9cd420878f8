/* table.ts - a table of which the server has the rest: pages, search and order are its own */

import { el, KeyedList, setText } from "../lib/dom.js";
import { number } from "../lib/format.js";

export interface Column<Row> {
  label: string;
  /** What the server calls this order; without it the column has none. */
  order?: string;
  /** The first press on its heading begins with the greatest. */
  descending?: boolean;
  /** Narrow screens do without it. */
  minor?: boolean;
  /** Right-aligned. */
  figure?: boolean;
  /** Text of its cell; or what `fill` does. */
  text?(row: Row): string;
  fill?(cell: HTMLElement, row: Row): void;
}

export interface Query {
  search: string;
  order: string;
  after: string | undefined;
  limit: number;
}

export interface Page<Row> {
  rows: Row[];
  total: number;
  next: string | null;
}

export interface TableOptions<Row> {
  /** Of the table, for those who hear it; and of the field to search in. */
  name: string;
  hint: string;
  columns: Column<Row>[];
  order: string;
  keyOf(row: Row): string;
  fetch(query: Query): Promise<Page<Row>>;
  empty: string;
}

const ROWS = 50;
const TYPING_MS = 250;

export class PagedTable<Row> {
  readonly search = el("input", { type: "search", maxlength: "200", autocomplete: "off" });
  readonly #body = el("tbody");
  readonly #heads: HTMLTableCellElement[] = [];
  readonly #count = el("p", { class: "muted", role: "status" });
  readonly #empty = el("p", { class: "empty" });
  readonly #previous = el("button", { type: "button", class: "second" }, "Previous");
  readonly #next = el("button", { type: "button", class: "second" }, "Next");
  readonly #list: KeyedList<Row, HTMLTableRowElement>;
  /** Where the pages before this one began. */
  #before: (string | undefined)[] = [];
  #after: string | undefined;
  #onward: string | null = null;
  #order: string;
  #asked = 0;

  constructor(
    parent: HTMLElement,
    private readonly options: TableOptions<Row>,
    ...tools: HTMLElement[]
  ) {
    this.#order = options.order;
    this.#list = new KeyedList(
      this.#body,
      options.keyOf,
      () => el("tr", {}, ...options.columns.map((column) => this.#cell(column))),
      (row, item) => this.#fill(row, item),
    );
    this.search.setAttribute("aria-label", `${options.name}: ${options.hint}`);
    this.search.placeholder = options.hint;
    const table = el("table", {}, this.#head(), this.#body);
    const wide = el("div", { class: "wide", role: "region", "aria-label": options.name, tabindex: "0" }, table, this.#empty);
    const pages = el("div", { class: "pages", role: "group", "aria-label": "Pages" }, this.#previous, this.#next);
    parent.append(
      el("div", { class: "bar" }, this.search, ...tools),
      wide,
      el("div", { class: "bar" }, this.#count, pages),
    );
    this.#listen();
  }

  /** Asks again for the page that is shown. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const query = { search: this.search.value.trim(), order: this.#order, after: this.#after, limit: ROWS };
    const page = await this.options.fetch(query);
    if (asked !== this.#asked) return; // another page was asked for meanwhile
    if (page.rows.length === 0 && this.#before.length > 0) {
      this.#after = this.#before.pop();
      return this.refresh();
    }
    this.#onward = page.next;
    this.#list.show(page.rows);
    this.#showCount(page);
  }

  /** From the first page on. */
  restart(): void {
    this.#before = [];
    this.#after = undefined;
    this.#again();
  }

  #listen(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.restart(), TYPING_MS);
    });
    this.#next.addEventListener("click", () => {
      if (this.#onward === null) return;
      this.#before.push(this.#after);
      this.#after = this.#onward;
      this.#again();
    });
    this.#previous.addEventListener("click", () => {
      this.#after = this.#before.pop();
      this.#again();
    });
  }

  #again(): void {
    this.refresh().catch(() => {}); // the next refresh says what is wrong
  }

  #head(): HTMLElement {
    const cells = this.options.columns.map((column) => {
      const cell = el("th", { scope: "col", class: classOf(column) }, column.order ? "" : column.label);
      if (column.order) cell.append(this.#sorter(column));
      this.#heads.push(cell);
      return cell;
    });
    this.#markOrder();
    return el("thead", {}, el("tr", {}, ...cells));
  }

  #sorter({ label, order = "", descending = false }: Column<Row>): HTMLElement {
    const button = el("button", { type: "button", class: "quiet sorter" }, label);
    button.addEventListener("click", () => {
      const first = descending ? `-${order}` : order;
      const other = descending ? order : `-${order}`;
      this.#order = this.#order === first ? other : first;
      this.#markOrder();
      this.restart();
    });
    return button;
  }

  #markOrder(): void {
    this.#heads.forEach((cell, n) => {
      const { order } = this.options.columns[n] ?? {};
      if (order && this.#order === order) cell.setAttribute("aria-sort", "ascending");
      else if (order && this.#order === `-${order}`) cell.setAttribute("aria-sort", "descending");
      else cell.removeAttribute("aria-sort");
    });
  }

  #cell(column: Column<Row>): HTMLElement {
    return el("td", { class: classOf(column) });
  }

  #fill(row: HTMLTableRowElement, item: Row): void {
    this.options.columns.forEach((column, n) => {
      const cell = row.cells[n] as HTMLElement;
      if (column.fill) column.fill(cell, item);
      else setText(cell, column.text?.(item) ?? "");
    });
  }

  #showCount({ rows, total, next }: Page<Row>): void {
    const from = this.#before.length * ROWS;
    const span = rows.length ? `${number(from + 1)}–${number(from + rows.length)} of ` : "";
    setText(this.#count, `${span}${number(total)}`);
    setText(this.#empty, rows.length ? "" : this.options.empty);
    this.#previous.disabled = this.#before.length === 0;
    this.#next.disabled = next === null;
  }
}

function classOf<Row>({ minor, figure }: Column<Row>): string {
  return [minor && "minor", figure && "figure"].filter(Boolean).join(" ");
}

/** A cell that is a button: made once, then only its text changes. */
export function pressable(cell: HTMLElement, text: string, name: string, press: () => void): void {
  let button = cell.querySelector("button");
  if (!button) {
    button = el("button", { type: "button", class: "quiet" });
    cell.append(button);
  }
  setText(button, text);
  button.title = name;
  button.onclick = press;
}

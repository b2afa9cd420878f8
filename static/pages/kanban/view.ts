/* view.ts - columns and cards as elements */

import { avatar } from "../lib/colour.js";
import { byId, el, KeyedList, setText } from "../lib/dom.js";
import { type Card, COLUMNS, type ColumnId } from "./card.js";
import type { Lists } from "./lists.js";

export interface ViewEvents {
  add: (column: ColumnId) => void;
  open: (id: string) => void;
  menu: (id: string, at: HTMLElement) => void;
}

interface Column {
  count: HTMLElement;
  list: HTMLElement;
  cards: KeyedList<Card, HTMLLIElement>;
  empty: HTMLElement;
}

export class BoardView {
  readonly #columns = new Map<ColumnId, Column>();

  constructor(
    board: HTMLElement,
    private readonly events: ViewEvents,
  ) {
    for (const { id, title } of COLUMNS) board.append(this.#column(id, title));
  }

  show(lists: Lists, held?: string): void {
    const focused = focusedCard();
    for (const [id, { count, cards, list, empty }] of this.#columns) {
      const shown = lists.get(id)!;
      cards.show(shown);
      setText(count, String(shown.length));
      empty.hidden = shown.length > 0;
      for (const item of list.children) item.classList.toggle("held", idOf(item) === held);
    }
    if (focused && focusedCard() !== focused) this.focus(focused);
  }

  focus(id: string): boolean {
    const item = this.item(id);
    item?.querySelector<HTMLElement>(".open")?.focus();
    return item !== undefined;
  }

  item(id: string): HTMLElement | undefined {
    const items = document.querySelectorAll<HTMLElement>("li.kanban-card");
    return [...items].find((item) => idOf(item) === id);
  }

  /** The columns' lists, with their sides, for what is dragged over them. */
  *lists(): Generator<[ColumnId, HTMLElement]> {
    for (const [id, { list }] of this.#columns) yield [id, list.parentElement!];
  }

  /** Someone else changed it just now. */
  flash(id: string): void {
    const item = this.item(id);
    item?.classList.remove("fresh");
    void item?.offsetWidth; // begins the animation anew
    item?.classList.add("fresh");
  }

  #column(id: ColumnId, title: string): HTMLElement {
    const count = el("span", { class: "count", "aria-hidden": "true" }, "0");
    const heading = el("h2", { id: `column-${id}` }, title);
    const add = el("button", { type: "button", class: "icon", "aria-label": `Add a card to ${title}` }, "+");
    add.title = `Add a card to ${title}`;
    add.addEventListener("click", () => this.events.add(id));
    const list = el("ol", { "aria-labelledby": heading.id, "data-column": id });
    const empty = el("p", { class: "empty" }, "No cards");
    const cards = new KeyedList<Card, HTMLLIElement>(
      list,
      (card) => card.id,
      (card) => this.#card(card.id),
      (item, card) => fill(item, card),
    );
    this.#columns.set(id, { count, list, cards, empty });
    const head = el("header", {}, heading, count, add);
    return el("section", { class: "column", "aria-labelledby": heading.id }, head, list, empty);
  }

  #card(id: string): HTMLLIElement {
    const open = el("button", { type: "button", class: "open", "aria-describedby": "how" });
    open.append(el("span", { class: "title" }), el("span", { class: "text" }), el("span", { class: "foot" }));
    const menu = el("button", { type: "button", class: "icon more", "aria-haspopup": "menu" }, "⋯");
    open.addEventListener("click", () => this.events.open(id));
    menu.addEventListener("click", () => this.events.menu(id, menu));
    return el("li", { class: "kanban-card", "data-card": id }, open, menu);
  }
}

export function idOf(item: Element): string | undefined {
  return (item as HTMLElement).dataset["card"];
}

export function focusedCard(): string | undefined {
  const item = document.activeElement?.closest("li.kanban-card");
  return item ? idOf(item) : undefined;
}

function fill(item: HTMLLIElement, card: Card): void {
  const part = (name: string): HTMLElement => item.querySelector<HTMLElement>(`.${name}`)!;
  setText(part("title"), card.title);
  setText(part("text"), card.description);
  part("text").hidden = card.description === "";
  const shown = JSON.stringify([card.assignee, card.by]);
  if (part("foot").dataset["shown"] !== shown) {
    part("foot").dataset["shown"] = shown;
    part("foot").replaceChildren(...foot(card));
  }
  part("more").setAttribute("aria-label", `More for ${card.title}`);
}

function foot({ assignee, by }: Card): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (assignee) {
    const name = el("span", { class: "name" }, assignee);
    const says = el("span", { class: "unseen" }, "Assigned to ");
    parts.push(el("span", { class: "assignee" }, avatar({ nickname: assignee }), says, name));
  }
  if (by) parts.push(el("span", { class: "by" }, `changed by ${by}`));
  return parts;
}

export function announce(words: string): void {
  setText(byId("said"), words);
}

/* log.ts - the messages of the conversation that is shown */

import { tint } from "../lib/colour.js";
import { el, KeyedList, setText } from "../lib/dom.js";
import { timeOfDay } from "../lib/format.js";
import { type Conversation, continues, type Entry } from "./model.js";

/** Nearer to the end than this, the view stays at the end; to the beginning, older is asked for. */
const NEAR_PX = 80;

export class LogView {
  #list: KeyedList<Entry, HTMLLIElement>;
  #shown: Conversation | undefined;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly parent: HTMLElement,
    private readonly jump: HTMLElement,
    private readonly older: HTMLElement,
    private readonly retry: (entry: Entry) => void,
    private readonly askOlder: () => void,
  ) {
    this.#list = this.#newList();
    scroller.addEventListener("scroll", () => {
      if (this.#atEnd()) jump.hidden = true;
      if (scroller.scrollTop < NEAR_PX) this.#wantOlder();
    });
    older.addEventListener("click", () => this.askOlder());
    jump.addEventListener("click", () => this.#toEnd());
    new ResizeObserver(() => jump.hidden && this.#toEnd()).observe(scroller);
  }

  /** Shows a conversation, or what changed in the one that is shown. */
  show(conversation: Conversation): void {
    const other = conversation !== this.#shown;
    const stay = !other && !this.#atEnd();
    const last = this.parent.lastElementChild;
    if (other) this.#replace(conversation);
    const hold = stay ? this.#hold() : undefined;
    this.older.hidden = conversation.oldest === 0;
    this.#list.show(conversation.entries);
    hold?.();
    const own = conversation.entries.at(-1)?.own === true;
    if (!stay || (own && this.parent.lastElementChild !== last)) this.#toEnd();
    else this.jump.hidden = this.parent.lastElementChild === last && this.jump.hidden;
    this.scroller.setAttribute("aria-busy", "false");
    if (this.scroller.scrollHeight <= this.scroller.clientHeight) this.#wantOlder();
  }

  #wantOlder(): void {
    if (!this.older.hidden) this.askOlder();
  }

  /** What is read stays where it is on the screen, whatever comes or goes above it. */
  #hold(): () => void {
    const top = this.scroller.getBoundingClientRect().top;
    const below = (item: Element): boolean => item.getBoundingClientRect().bottom > top;
    const item = [...this.parent.children].find(below);
    const before = item?.getBoundingClientRect().top ?? 0;
    return () => {
      if (item?.isConnected) this.scroller.scrollTop += item.getBoundingClientRect().top - before;
    };
  }

  /** Shows a conversation into which much was taken at once. */
  refill(conversation: Conversation): void {
    this.scroller.setAttribute("aria-busy", "true");
    this.show(conversation);
  }

  /* aria-busy keeps a screen reader from reading out the whole conversation anew */
  #replace(conversation: Conversation): void {
    this.scroller.setAttribute("aria-busy", "true");
    this.#shown = conversation;
    this.parent.replaceChildren();
    this.#list = this.#newList();
  }

  #newList(): KeyedList<Entry, HTMLLIElement> {
    return new KeyedList(
      this.parent,
      (entry: Entry) => (entry.kind === "system" ? entry : `${entry.own || entry.id} ${entry.key}`),
      (entry) => this.#create(entry),
      (item, entry, before) => this.#update(item, entry, before),
    );
  }

  #create(entry: Entry): HTMLLIElement {
    if (entry.kind === "system") return el("li", { class: "system" }, entry.text);
    const by = el("p", { class: "by" }, el("span", { class: "name" }, entry.nickname));
    if (entry.at) {
      const datetime = new Date(entry.at).toISOString();
      by.append(" ", el("time", { datetime }, timeOfDay(entry.at)));
    }
    const item = el(
      "li",
      { class: entry.own ? "message own" : "message" },
      by,
      el("p", { class: "text" }, entry.text),
    );
    tint(item, entry);
    return item;
  }

  #update(item: HTMLLIElement, entry: Entry, before: Entry | undefined): void {
    if (entry.kind === "system") return;
    const fresh = entry === this.#shown?.fresh;
    item.classList.toggle("fresh", fresh);
    item.classList.toggle("continued", !fresh && continues(entry, before));
    item.classList.toggle("waiting", entry.state === "waiting");
    item.classList.toggle("failed", entry.state === "failed");
    const problem = item.querySelector(".problem");
    if (!entry.problem) return problem?.remove();
    if (problem) return setText(problem, entry.problem);
    const again = el("button", { type: "button", class: "quiet" }, "Try again");
    again.addEventListener("click", () => this.retry(entry));
    item.append(el("p", { class: "problem" }, `Not sent: ${entry.problem} `, again));
  }

  #atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  #toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }
}

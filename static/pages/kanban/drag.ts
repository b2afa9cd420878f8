/* drag.ts - carrying a card with mouse, pen or finger */

import type { ColumnId } from "./card.js";
import type { Held } from "./lists.js";
import { idOf } from "./view.js";

/** A mouse carries after so many pixels, a finger after it has rested so long: else it scrolls. */
const FAR = 6;
const REST_MS = 280;
const EDGE = 48;
const SCROLL = 12;

export interface Carrier {
  lists(): Iterable<[ColumnId, HTMLElement]>;
  /** The card would be put here now. */
  over(held: Held): void;
  /** It was put down where it was last; or it goes back. */
  drop(id: string, put: boolean): void;
}

interface Grip {
  id: string;
  item: HTMLElement;
  pointer: number;
  x: number;
  y: number;
  carried: HTMLElement | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Drag {
  #grip: Grip | undefined;
  #scrolling = 0;
  #at = { x: 0, y: 0 };

  constructor(
    private readonly board: HTMLElement,
    private readonly carrier: Carrier,
  ) {
    board.addEventListener("pointerdown", (event) => this.#down(event));
    board.addEventListener("pointermove", (event) => this.#move(event));
    board.addEventListener("pointerup", () => this.#end(true));
    board.addEventListener("pointercancel", () => this.#end(false));
    board.addEventListener("touchmove", (event) => this.carrying && event.preventDefault(), {
      passive: false, // the page would scroll, and end our pointer by that
    });
    board.addEventListener("contextmenu", (event) => this.#grip && event.preventDefault());
    board.addEventListener("dragstart", (event) => event.preventDefault());
    board.addEventListener("click", (event) => this.#swallow(event), true);
    addEventListener("keydown", ({ key }) => key === "Escape" && this.#end(false));
    addEventListener("blur", () => this.#end(false));
  }

  get carrying(): boolean {
    return this.#grip?.carried !== undefined;
  }

  /** The card in hand is gone. */
  lose(id: string): void {
    if (this.#grip?.id === id) this.#end(false);
  }

  #down(event: PointerEvent): void {
    const item = (event.target as Element).closest<HTMLElement>("li.kanban-card");
    const id = item && idOf(item);
    if (!id || event.button !== 0 || (event.target as Element).closest(".more")) return;
    this.#end(false);
    const { clientX: x, clientY: y, pointerId: pointer } = event;
    const timer = event.pointerType === "touch" ? setTimeout(() => this.#lift(), REST_MS) : undefined;
    this.#at = { x, y };
    this.#grip = { ...{ id, item, pointer, x, y, timer }, carried: undefined };
  }

  #move({ pointerId, clientX: x, clientY: y }: PointerEvent): void {
    const grip = this.#grip;
    if (!grip || pointerId !== grip.pointer) return;
    this.#at = { x, y };
    if (!grip.carried) {
      if (Math.hypot(x - grip.x, y - grip.y) < FAR) return;
      if (grip.timer !== undefined) return this.#end(false); // the finger scrolls
      this.#lift();
    }
    this.#carry();
  }

  #lift(): void {
    const grip = this.#grip!;
    grip.timer = undefined;
    const { width, left, top } = grip.item.getBoundingClientRect();
    const carried = grip.item.cloneNode(true) as HTMLElement;
    carried.classList.add("carried");
    carried.classList.remove("fresh");
    carried.removeAttribute("data-card");
    carried.setAttribute("aria-hidden", "true");
    carried.inert = true;
    carried.style.width = `${width}px`;
    carried.style.left = `${left - grip.x}px`;
    carried.style.top = `${top - grip.y}px`;
    this.board.append(carried);
    grip.carried = carried;
    this.board.setPointerCapture(grip.pointer);
    getSelection()?.removeAllRanges();
    navigator.vibrate?.(10);
    this.#carry();
    this.#scrolling = requestAnimationFrame(() => this.#scroll());
  }

  #carry(): void {
    const { carried, id } = this.#grip!;
    carried!.style.translate = `${this.#at.x}px ${this.#at.y}px`;
    const held = this.#place(id);
    if (held) this.carrier.over(held);
  }

  /** The column under the pointer, or the nearest, and the place among its cards. */
  #place(id: string): Held | undefined {
    const { x, y } = this.#at;
    let nearest: [ColumnId, HTMLElement] | undefined;
    let least = Infinity;
    for (const entry of this.carrier.lists()) {
      const { left, right } = entry[1].getBoundingClientRect();
      const distance = Math.max(left - x, x - right, 0);
      if (distance < least) [nearest, least] = [entry, distance];
    }
    if (!nearest) return undefined;
    const [column, section] = nearest;
    const items = [...section.querySelectorAll<HTMLElement>("li.kanban-card")];
    const others = items.filter((item) => idOf(item) !== id);
    const index = others.filter((item) => {
      const { top, height } = item.getBoundingClientRect();
      return top + height / 2 < y;
    }).length;
    return { id, column, index };
  }

  /** At an edge, what lies beyond it comes nearer. */
  #scroll(): void {
    if (!this.carrying) return;
    const { x, y } = this.#at;
    const { left, right } = this.board.getBoundingClientRect();
    this.board.scrollLeft += x > right - EDGE ? SCROLL : x < left + EDGE ? -SCROLL : 0;
    for (const [, section] of this.carrier.lists()) {
      const list = section.querySelector("ol")!;
      const sides = list.getBoundingClientRect();
      if (x < sides.left || x > sides.right) continue;
      list.scrollTop += y > sides.bottom - EDGE ? SCROLL : y < sides.top + EDGE ? -SCROLL : 0;
    }
    this.#scrolling = requestAnimationFrame(() => this.#scroll());
  }

  #end(put: boolean): void {
    const grip = this.#grip;
    this.#grip = undefined;
    if (!grip) return;
    clearTimeout(grip.timer);
    cancelAnimationFrame(this.#scrolling);
    if (!grip.carried) return;
    grip.carried.remove();
    this.#dropped = performance.now();
    this.carrier.drop(grip.id, put);
  }

  #dropped = -Infinity;

  /** The click that follows a card's being put down opens nothing. */
  #swallow(event: MouseEvent): void {
    if (performance.now() - this.#dropped > 50) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/* menu.ts - a menu that drops from a button; arrows, Home, End and Escape work in it */

import { el } from "./dom.js";

export interface MenuItem {
  label: string;
  run: () => void;
  /** Cannot be undone. */
  danger?: boolean;
  /** The one in force, of several. */
  current?: boolean;
}

const MARGIN_PX = 8;

/** Makes a button open a menu; its items are asked for each time. */
export function dropMenu(button: HTMLElement, items: () => readonly MenuItem[]): void {
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => openMenu(button, items()));
}

/** Opens a menu at an element, which gets the focus back. */
export function openMenu(at: HTMLElement, items: readonly MenuItem[]): void {
  const menu = el("div", { class: "menu", popover: "auto", role: "menu" });
  for (const item of items) menu.append(entry(item, () => menu.hidePopover()));
  menu.addEventListener("keydown", (event) => step(menu, event));
  menu.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState !== "closed") return;
    const { activeElement } = document;
    const inside = menu.contains(activeElement) || activeElement === document.body;
    menu.remove();
    if (inside) at.focus();
  });
  const holder = at.closest("dialog") ?? document.body;
  holder.append(menu);
  menu.showPopover();
  place(menu, at.getBoundingClientRect());
  entries(menu)[0]?.focus();
}

function entry({ label, run, danger, current }: MenuItem, close: () => void): HTMLElement {
  const role = current === undefined ? "menuitem" : "menuitemradio";
  const button = el("button", { type: "button", role, class: "row", tabindex: "-1" }, label);
  if (danger) button.classList.add("danger");
  if (current !== undefined) button.setAttribute("aria-checked", String(current));
  button.addEventListener("click", () => {
    close();
    run();
  });
  return button;
}

function entries(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("button")];
}

function step(menu: HTMLElement, event: KeyboardEvent): void {
  const all = entries(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next: Record<string, number> = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  };
  if (event.key === "Tab") menu.hidePopover();
  const to = next[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.focus();
}

/** Below what it belongs to, or above it where there is no room, and never off the screen. */
function place(menu: HTMLElement, anchor: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4;
  const top = below + height > innerHeight - MARGIN_PX ? anchor.top - height - 4 : below;
  const left = Math.min(anchor.left, innerWidth - width - MARGIN_PX);
  menu.style.top = `${Math.max(MARGIN_PX, top)}px`;
  menu.style.left = `${Math.max(MARGIN_PX, left)}px`;
}

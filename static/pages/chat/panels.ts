/* panels.ts - on a small screen the lists lie over the conversation, one at a time */

import { byId } from "../lib/dom.js";

export class Panels {
  readonly #backdrop = byId("backdrop");
  readonly #buttons = [...document.querySelectorAll<HTMLElement>("[data-panel]")];
  #opener: HTMLElement | undefined;

  constructor() {
    for (const button of this.#buttons) {
      button.addEventListener("click", () => this.#toggle(button));
    }
    this.#backdrop.addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  /** Closes what is open and gives the focus back. */
  close(): void {
    const opener = this.#opener;
    if (!opener) return;
    this.#set(opener, false);
    this.#opener = undefined;
    opener.focus();
  }

  #toggle(button: HTMLElement): void {
    const open = this.#opener !== button;
    this.close();
    if (!open) return;
    this.#opener = button;
    this.#set(button, true).focus();
  }

  #set(button: HTMLElement, open: boolean): HTMLElement {
    const panel = byId(button.dataset["panel"] ?? "");
    panel.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    this.#backdrop.hidden = !open;
    return panel;
  }
}

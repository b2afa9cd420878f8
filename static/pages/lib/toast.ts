/* toast.ts - a short word at the foot of the page, read out as well; it goes by itself */

import { el } from "./dom.js";

export interface ToastOptions {
  /** Something went wrong: read out at once. */
  wrong?: boolean;
  /** What one can do about it. */
  action?: { label: string; run: () => void };
  /** How long it stays, unless someone points at it or is in it. */
  ms?: number;
}

const STAYS_MS = 6000;
const AT_ONCE = 3;

/* Both are there before anything is in them: else a screen reader says nothing. */
const calm = el("div", { role: "status", class: "toast-part" });
const urgent = el("div", { role: "alert", class: "toast-part" });
document.body.append(el("div", { class: "toasts" }, calm, urgent));

export function toast(
  text: string,
  { wrong = false, action, ms = STAYS_MS }: ToastOptions = {},
): void {
  const part = wrong ? urgent : calm;
  const box = el("div", { class: wrong ? "toast wrong" : "toast" }, el("p", {}, text));
  const end = (): void => box.remove();
  if (action) {
    const button = el("button", { type: "button", class: "quiet" }, action.label);
    button.addEventListener("click", () => {
      end();
      action.run();
    });
    box.append(button);
  }
  const close = el("button", { type: "button", class: "icon", "aria-label": "Dismiss" }, "×");
  close.addEventListener("click", end);
  box.append(close);
  part.append(box);
  if (part.children.length > AT_ONCE) part.firstElementChild?.remove();
  const wait = (): void => {
    setTimeout(() => (box.matches(":hover, :focus-within") ? wait() : end()), ms);
  };
  wait();
}

/* conflict.ts - two have written in one cell at once: who comes second sees both, and chooses */

import { el } from "../lib/dom.js";
import { openDialog } from "../lib/dialog.js";

export interface Conflict {
  address: string;
  /** Who was faster, where that is known. */
  who: string;
  theirs: string;
  mine: string;
}

/** Whether ours is to stand there. Closing it leaves the cell as it is. */
export function askWhich({ address, who, theirs, mine }: Conflict): Promise<boolean> {
  return new Promise((resolve) => {
    const version = (title: string, text: string, kind: string): HTMLElement => {
      const words = el("span", { class: text ? `words ${kind}` : "words muted" }, text || "(empty)");
      return el("div", { class: "version" }, el("span", { class: "small muted" }, title), words);
    };
    const about = el("p", {}, `${who} wrote in this cell while you did. Which is to stand there?`);
    const both = el("div", { class: "versions" }, version(who, theirs, "theirs"), version("You", mine, "mine"));
    const leave = el("button", { type: "button", class: "second" }, "Keep theirs");
    const take = el("button", { type: "button" }, "Use mine");
    const dialog = openDialog(
      `Two changes of ${address}`,
      about,
      both,
      el("div", { class: "actions" }, leave, take),
    );
    leave.addEventListener("click", () => dialog.close());
    take.addEventListener("click", () => dialog.close("mine"));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "mine"));
    leave.focus();
  });
}

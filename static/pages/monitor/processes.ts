/* processes.ts - the table of Atrium's processes */

import { byId, el, KeyedList, setText } from "../lib/dom.js";
import { bytes, duration, percent } from "../lib/format.js";
import type { ProcessInfo } from "./metrics.js";

export class ProcessTable {
  readonly #rows = new KeyedList<ProcessInfo, HTMLTableRowElement>(
    byId("processes"),
    ({ name }) => name,
    ({ name }) => {
      const state = el("span", { class: "state" });
      const head = el("th", { scope: "row" }, el("span", { class: "mark" }), name, " ", state);
      const cells = ["cpu", "memory", "pid", "fds", "uptime"].map((kind) =>
        el("td", { class: kind }),
      );
      return el("tr", {}, head, ...cells);
    },
    (row, process) => fill(row, process),
  );

  show(processes: ProcessInfo[]): void {
    this.#rows.show(processes);
    byId("no-processes").hidden = processes.length > 0;
  }
}

function fill(row: HTMLTableRowElement, { up, cpu, memory, pid, fds, uptime }: ProcessInfo): void {
  row.classList.toggle("down", !up);
  setText(row.querySelector(".state") as HTMLElement, up ? "" : "down");
  const files = fds ? String(fds) : "–"; // those of another user are not shown to metrics
  const texts = up ? [percent(cpu), bytes(memory), String(pid), files, duration(uptime)] : [];
  [...row.cells].slice(1).forEach((cell, n) => setText(cell, texts[n] ?? "–"));
}

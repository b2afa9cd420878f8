/* figures.ts - what the charts show as a table, for who cannot or will not read charts */

import { byId, el, KeyedList, setText } from "../lib/dom.js";
import type { ChartSpec, Line } from "./metrics.js";
import type { Timeline } from "./timeline.js";

interface Figure {
  line: Line;
  title: string;
  texts: string[];
}

export class FigureTable {
  readonly #details = byId<HTMLDetailsElement>("figures");
  readonly #rows = new KeyedList<Figure, HTMLTableRowElement>(
    byId("figure-rows"),
    ({ line }) => line.name,
    ({ title, line }) => {
      const name = title === line.label ? title : `${title}: ${line.label}`;
      return el("tr", {}, el("th", { scope: "row" }, name), ...[0, 1, 2, 3].map(() => el("td")));
    },
    (row, { texts }) => [...row.cells].slice(1).forEach((cell, n) => setText(cell, texts[n] ?? "")),
  );

  constructor(opened: () => void) {
    this.#details.addEventListener("toggle", opened);
  }

  show(specs: readonly ChartSpec[], timeline: Timeline): void {
    if (!this.#details.open) return;
    this.#rows.show(
      specs.flatMap((spec) =>
        spec.lines.map((line) => ({ line, title: spec.title, texts: texts(spec, line, timeline) })),
      ),
    );
  }
}

/** Now, least, mean, most. */
function texts({ format }: ChartSpec, { name }: Line, timeline: Timeline): string[] {
  const column = timeline.column(name);
  const known = column.filter((value) => value !== null);
  const last = column.at(-1);
  if (known.length === 0) return ["–", "–", "–", "–"];
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const least = known.reduce((a, b) => Math.min(a, b));
  const most = known.reduce((a, b) => Math.max(a, b));
  return [last ?? null, least, mean, most].map((value) => (value === null ? "–" : format(value)));
}

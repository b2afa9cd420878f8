/* chart.ts - one chart with its heading: lines over time, and the value under the pointer */

import uPlot from "uplot";
import { el, setText } from "../lib/dom.js";
import { timeOfDay, timeWithSeconds } from "../lib/format.js";
import type { ChartSpec, Line } from "./metrics.js";
import { niceTop, type Timeline } from "./timeline.js";

const FONT = "11px system-ui, sans-serif";
/** Charts of this name move their cursors together. */
const SYNC = "time";

export class Chart {
  readonly element: HTMLElement;
  #plot: uPlot;
  readonly #place: HTMLElement;
  readonly #value = el("span", { class: "value" });
  readonly #note = el("span", { class: "note muted" });
  #values: HTMLElement[] = [];
  #suffix = "";

  constructor(
    readonly spec: ChartSpec,
    private readonly timeline: Timeline,
  ) {
    const place = el("div", { class: "plot", "aria-hidden": "true" });
    this.#place = place;
    const heading = el("h2", { id: `chart-${spec.id}` }, spec.title);
    const caption = el("figcaption", {}, heading, this.#value, this.#note);
    this.element = el("figure", { class: "chart", "aria-labelledby": heading.id }, caption, place);
    if (this.#isMany()) caption.append(this.#legend());
    this.#plot = new uPlot(this.#options(), [[], ...spec.lines.map(() => [])], place);
    new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width && height) this.#plot.setSize({ width, height });
    }).observe(place);
  }

  /** For a chart of processes: these there are. */
  showProcesses(names: readonly string[]): void {
    const { spec } = this;
    const lines = spec.linesOf?.(names);
    if (!lines || lines.map(({ name }) => name).join() === spec.lines.map(({ name }) => name).join())
      return;
    const { width, height } = this.#plot;
    spec.lines = lines;
    this.#plot.destroy();
    this.#values = [];
    this.element.querySelector(".legend")?.replaceWith(this.#legend());
    const data: uPlot.AlignedData = [[], ...lines.map(() => [])];
    this.#plot = new uPlot({ ...this.#options(), width, height }, data, this.#place);
  }

  #isMany(): boolean {
    return this.spec.lines.length > 1 || this.spec.linesOf !== undefined;
  }

  /** Draws the rows from `from` to `to` (seconds since 1970). */
  show(from: number, to: number, note = ""): void {
    const columns = this.spec.lines.map(({ name }) => this.timeline.column(name));
    this.#suffix = note;
    this.#plot.batch(() => {
      this.#plot.setData([this.timeline.times, ...columns], false);
      this.#plot.setScale("x", { min: from, max: to });
    });
    this.#showValues();
  }

  /** After the colours of the page changed. */
  redraw(): void {
    this.#plot.redraw(false);
  }

  #legend(): HTMLElement {
    const items = this.spec.lines.map((line) => {
      const value = el("span", { class: "value" });
      const key = el("span", { class: "key", "aria-hidden": "true" });
      key.style.setProperty("--color", `var(${line.color})`);
      this.#values.push(value);
      return el("li", {}, value, " ", key, line.label);
    });
    return el("ul", { class: "legend" }, ...items);
  }

  #showValues(): void {
    const { idx } = this.#plot.cursor;
    const pointed = typeof idx === "number";
    const at = pointed ? idx : this.timeline.times.length - 1;
    const texts = this.spec.lines.map(({ name }) => {
      const value = this.timeline.column(name)[at];
      return value === null || value === undefined ? "–" : this.spec.format(value);
    });
    const time = this.timeline.times[at];
    const when = pointed && time !== undefined ? timeWithSeconds(time * 1000) : this.#suffix;
    setText(this.#note, when);
    if (!this.#isMany()) setText(this.#value, texts[0] ?? "");
    else this.#values.forEach((element, n) => setText(element, texts[n] ?? ""));
  }

  #options(): uPlot.Options {
    const { top, format, axis: label = format, lines } = this.spec;
    const axis = {
      font: FONT,
      stroke: () => color("--muted"),
      grid: { stroke: () => color("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: 300,
      height: 160,
      legend: { show: false },
      padding: [8, 4, 0, 0],
      cursor: { sync: { key: SYNC }, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { setCursor: [() => this.#showValues()] },
      scales: { x: { time: true }, y: { range: (_, __, max) => [0, top ?? niceTop(max)] } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 30,
          gap: 10,
          space: 70,
          values: (_, times, __, ___, step) => times.map((time) => timeLabel(time, step)),
          incrs: [15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 21600],
        },
        {
          ...axis,
          size: 48,
          splits: (_, __, min, max) => [min, max / 2, max],
          values: (_, values) => values.map((value) => label(value)),
        },
      ],
      series: [{}, ...lines.map((line, n) => series(line, lines.length === 1 && n === 0))],
    };
  }
}

function series({ label, color: name }: Line, filled: boolean): uPlot.Series {
  return {
    label,
    width: 1.6,
    stroke: () => color(name),
    points: { show: true, size: 4, filter: (plot, n) => lonely(plot.data[n] ?? []) },
    spanGaps: false,
    ...(filled ? { fill: () => `${color(name)}22` } : {}),
  };
}

/** Values between two gaps: no line leads to them. */
function lonely(values: ArrayLike<number | null | undefined>): number[] {
  const known = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  return Array.from(values, (_, at) => at).filter(
    (at) => known(at) && !known(at - 1) && !known(at + 1),
  );
}

function timeLabel(seconds: number, step: number): string {
  return step < 60 ? timeWithSeconds(seconds * 1000) : timeOfDay(seconds * 1000);
}

/** A colour of style.css, which for series is #rrggbb. */
function color(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

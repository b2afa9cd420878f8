/* chart.ts - one chart with its heading: lines over time, and the value under the pointer */

import uPlot from "uplot";
import { el, setText } from "../lib/dom.js";
import { timeOfDay, timeWithSeconds } from "../lib/format.js";
import type { ChartSpec, Line } from "./metrics.js";
import type { Timeline } from "./timeline.js";

const FONT = "11px system-ui, sans-serif";
/** Charts of this name move their cursors together. */
const SYNC = "time";

export class Chart {
  readonly element: HTMLElement;
  readonly #plot: uPlot;
  readonly #value = el("span", { class: "value" });
  readonly #note = el("span", { class: "note muted" });
  readonly #values: HTMLElement[] = [];
  #suffix = "";

  constructor(
    private readonly spec: ChartSpec,
    private readonly timeline: Timeline,
  ) {
    const place = el("div", { class: "plot", "aria-hidden": "true" });
    const heading = el("h2", { id: `chart-${spec.id}` }, spec.title);
    const caption = el("figcaption", {}, heading, this.#value, this.#note);
    this.element = el("figure", { class: "chart", "aria-labelledby": heading.id }, caption, place);
    if (spec.lines.length > 1) caption.append(this.#legend());
    this.#plot = new uPlot(this.#options(), [[], ...spec.lines.map(() => [])], place);
    new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width && height) this.#plot.setSize({ width, height });
    }).observe(place);
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
      return el("li", {}, key, `${line.label} `, value);
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
    if (texts.length === 1) setText(this.#value, texts[0] ?? "");
    else this.#values.forEach((element, n) => setText(element, texts[n] ?? ""));
  }

  #options(): uPlot.Options {
    const { top, format, lines } = this.spec;
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
          size: 26,
          space: 70,
          values: (_, times) => times.map((time) => timeOfDay(time * 1000)),
          incrs: [60, 120, 300, 600],
        },
        { ...axis, size: 48, space: 34, values: (_, values) => values.map((v) => format(v)) },
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
    points: { show: false },
    spanGaps: false,
    ...(filled ? { fill: () => `${color(name)}22` } : {}),
  };
}

/** A top for a scale from 0 that does not jump with each value: 1, 2 or 5 times a power of ten. */
export function niceTop(max: number | null): number {
  const value = Math.max(max ?? 0, 1) * 1.1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** A colour of style.css, which for series is #rrggbb. */
function color(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

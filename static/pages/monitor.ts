/* monitor.ts - the monitor page: what metrics has kept, and the room system_monitor, drawn */

import { byId, setText } from "./lib/dom.js";
import { timeWithSeconds } from "./lib/format.js";
import { openPage } from "./lib/page.js";
import { AlertList } from "./monitor/alerts.js";
import { Chart } from "./monitor/chart.js";
import { FigureTable } from "./monitor/figures.js";
import { fetchSeries, fill, type Range, RANGES } from "./monitor/history.js";
import { CHARTS, type Metrics, readMetrics, share } from "./monitor/metrics.js";
import { ProcessTable } from "./monitor/processes.js";
import { Timeline } from "./monitor/timeline.js";

const ROOM = "system_monitor";
/** A message is due each second; after two and a half something is amiss. */
const GAP_S = 2.5;
const LEAST_S = 60;

const timeline = new Timeline(GAP_S, RANGES[0]!.span);
const charts = CHARTS.map((spec) => new Chart(spec, timeline));
const table = new ProcessTable();
const alerts = new AlertList();
const figures = new FigureTable(() => show());
const { client, room } = openPage({ name: "monitor", room: ROOM, fixed: true });
let latest: Metrics | undefined;
/** Server's clock less ours, milliseconds; charts follow the server's. */
let ahead = 0;
let asking = new AbortController();

room.on("system_metrics", (message) => {
  latest = readMetrics(message);
  ahead = latest.time - Date.now();
  if (chosen().step === 1) timeline.push(latest.time / 1000, latest.row);
  table.show(latest.processes);
  alerts.show(latest.alerts, latest.time);
  for (const chart of charts) chart.showProcesses(latest.processes.map(({ name }) => name));
  show();
});

function chosen(): Range {
  const input = document.querySelector<HTMLInputElement>("input[name=span]:checked");
  return RANGES.find(({ name }) => name === input?.value) ?? RANGES[0]!;
}

/**
 * Asks for what was before, and of a range of long rows each time that one is whole. Who asked
 * before that has had no answer gets none.
 */
async function look(): Promise<void> {
  const range = chosen();
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const series = await fetchSeries(range, signal);
  if (signal.aborted) return;
  byId("no-history").hidden = series !== undefined;
  if (series) fill(timeline, series);
  show();
}

function choose(): void {
  const { step, span } = chosen();
  timeline.clear(GAP_S * step, span);
  void look();
  show();
}

/** Where the charts begin: so long ago as was chosen, or later while there is not so much. */
function beginning(now: number): number {
  const { step, span } = chosen();
  const first = Math.min(timeline.times[0] ?? now, now - LEAST_S * step);
  return Math.max(now - span, first);
}

function show(): void {
  const now = (Date.now() + ahead) / 1000;
  const notes: Record<string, string> = latest
    ? { memory: share(latest.memory), disk: share(latest.disk) }
    : {};
  for (const chart of charts) chart.show(beginning(now), now, notes[chart.spec.id]);
  figures.show(CHARTS, timeline);
  showFreshness(now);
}

function showFreshness(now: number): void {
  const freshness = byId("freshness");
  const age = latest ? now - latest.time / 1000 : 0;
  const stale = age > GAP_S;
  document.body.classList.toggle("stale", stale);
  if (!latest) setText(freshness, "Waiting for the first figures");
  else if (stale) setText(freshness, `No figures since ${timeWithSeconds(latest.time)}`);
  else setText(freshness, "Live");
  const all = latest?.processes ?? [];
  const up = all.filter((process) => process.up).length;
  setText(byId("summary"), latest && !stale ? `${up} of ${all.length} processes up` : "");
}

let seconds = 0;

byId("charts").append(...charts.map(({ element }) => element));
byId("span").addEventListener("change", choose);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of charts) chart.redraw();
});
setInterval(() => {
  const { step } = chosen();
  if (!latest || Date.now() + ahead - latest.time > GAP_S * 1000) show();
  if (step > 1 && ++seconds % step === 0) void look();
}, 1000);
client.on("status", ({ state }) => {
  if (state === "open") void look();
});
choose();

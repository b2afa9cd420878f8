/* monitor.ts - the monitor page: the room system_monitor, drawn */

import { connect } from "atrium-client";
import { byId, setText } from "./lib/dom.js";
import { timeWithSeconds } from "./lib/format.js";
import { keepIdentity, takeIdentity } from "./lib/identity.js";
import { showStatus } from "./lib/status.js";
import { Chart } from "./monitor/chart.js";
import { CHARTS, COLUMNS, type Metrics, readMetrics, share } from "./monitor/metrics.js";
import { ProcessTable } from "./monitor/processes.js";
import { Timeline } from "./monitor/timeline.js";

const ROOM = "system_monitor";
/** A message is due each second; after two and a half something is amiss. */
const GAP_S = 2.5;
const SPAN_S = 900;
const LEAST_S = 60;

const timeline = new Timeline(COLUMNS, GAP_S, SPAN_S);
const charts = new Map(CHARTS.map((spec) => [spec.id, new Chart(spec, timeline)]));
const table = new ProcessTable();
const client = connect({ nickname: "Monitor", rooms: [ROOM], ...takeIdentity("monitor") });
let latest: Metrics | undefined;
/** Server's clock less ours, milliseconds; charts follow the server's. */
let ahead = 0;

client.join(ROOM).on("system_metrics", (message) => {
  latest = readMetrics(message);
  ahead = latest.time - Date.now();
  timeline.push(latest.time / 1000, latest.row);
  table.show(latest.processes);
  show();
});

/** Where the charts begin: so long ago as was chosen, or later while there is not so much. */
function beginning(now: number): number {
  const chosen = document.querySelector<HTMLInputElement>("input[name=span]:checked");
  const first = Math.min(timeline.times[0] ?? now, now - LEAST_S);
  return Math.max(now - Number(chosen?.value ?? LEAST_S), first);
}

function show(): void {
  const now = (Date.now() + ahead) / 1000;
  const notes: Record<string, string> = latest
    ? { memory: share(latest.memory), disk: share(latest.disk) }
    : {};
  for (const [id, chart] of charts) chart.show(beginning(now), now, notes[id]);
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

byId("charts").append(...[...charts.values()].map(({ element }) => element));
byId("span").addEventListener("change", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of charts.values()) chart.redraw();
});
setInterval(() => {
  if (!latest || Date.now() + ahead - latest.time > GAP_S * 1000) show();
}, 1000);
showStatus(client);
keepIdentity("monitor", client);
show();

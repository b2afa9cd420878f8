/* monitor.ts - the monitor page: the room system_monitor, drawn */

import { connect } from "atrium-client";
import { byId, setText } from "./lib/dom.js";
import { duration, timeWithSeconds } from "./lib/format.js";
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

function span(): number {
  const chosen = document.querySelector<HTMLInputElement>("input[name=span]:checked");
  return Number(chosen?.value ?? 300);
}

function show(): void {
  const now = (Date.now() + ahead) / 1000;
  const notes: Record<string, string> = latest
    ? { memory: share(latest.memory), disk: share(latest.disk) }
    : {};
  for (const [id, chart] of charts) chart.show(now - span(), now, notes[id]);
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
  const up = latest?.processes.filter((process) => process.up) ?? [];
  const longest = Math.max(0, ...up.map(({ uptime }) => uptime));
  const words = `${up.length} of ${latest?.processes.length ?? 0} processes up, since ${duration(longest)}`;
  setText(byId("summary"), latest ? words : "");
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

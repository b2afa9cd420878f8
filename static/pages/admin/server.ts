/* server.ts - the view of the server: what the hub and metrics say of the processes */

import { byId, el, KeyedList, setText } from "../lib/dom.js";
import { bytes, duration, number, percent } from "../lib/format.js";
import type { Api } from "./api.js";

interface Status {
  version: string;
  answered_by: string;
  time: number;
  journal_failing: boolean;
  gateways: { name: string; linked: boolean; connections: number }[];
  counters: Record<string, number>;
}

/** Of `system_metrics`; what an older server lacks is not shown. */
interface Process {
  name: string;
  process: string;
  up?: boolean;
  pid?: number;
  cpu?: number;
  memory?: number;
  uptime?: number;
  restarts?: number;
  version?: string;
}

interface Row extends Process {
  linked: boolean | undefined;
  clients: number | undefined;
}

const NO_REPORT_MS = 5000;

const FIGURES: [string, string][] = [
  ["hub_connections", "connections"],
  ["hub_rooms", "rooms with members"],
  ["hub_rooms_idle", "rooms at rest"],
  ["hub_memberships", "memberships"],
  ["hub_published", "messages"],
  ["hub_direct", "private messages"],
];

export class ServerView {
  #processes: Process[] = [];
  /** When metrics was last heard, or when we began to listen. */
  #heard = performance.now();
  readonly #figures = new Map<string, HTMLElement>();
  readonly #rows = new KeyedList<Row, HTMLTableRowElement>(
    byId("processes"),
    ({ name }) => name,
    ({ name }) => {
      const head = el("th", { scope: "row" }, el("span", { class: "mark" }), name);
      return el("tr", {}, head, ...Array.from({ length: 8 }, () => el("td", { class: "figure" })));
    },
    (row, process) => fill(row, process),
  );

  constructor(private readonly api: Api) {
    for (const [name, label] of FIGURES) {
      const value = el("dd", {}, "–");
      byId("figures").append(el("div", { class: "card" }, el("dt", { class: "muted" }, label), value));
      this.#figures.set(name, value);
    }
  }

  /** What metrics says each second. */
  report(message: Record<string, unknown>): void {
    const { processes } = message;
    if (!Array.isArray(processes)) return;
    this.#processes = processes as Process[];
    this.#heard = performance.now();
  }

  async refresh(): Promise<void> {
    const status = await this.api.call<Status>("status");
    const silent = performance.now() - this.#heard >= NO_REPORT_MS;
    for (const [name, value] of this.#figures) setText(value, number(status.counters[name] ?? 0));
    this.#rows.show(rowsOf(status, silent ? [] : this.#processes, silent));
  }
}

/** Those that metrics knows, and gateways that only the hub knows. */
function rowsOf(status: Status, processes: Process[], silent: boolean): Row[] {
  const gateways = new Map(status.gateways.map((gateway) => [gateway.name, gateway]));
  const known = processes.length ? processes : without(status, silent);
  const rows = known.map((process): Row => {
    const gateway = gateways.get(process.name);
    gateways.delete(process.name);
    // The hub has answered, and metrics reports through it; of auth we have the word of metrics.
    const linked = process.process === "gateway" ? gateway?.linked : process.up;
    return { ...process, linked, clients: gateway?.connections };
  });
  for (const { name, linked, connections } of gateways.values())
    rows.push({ name, process: "gateway", linked, clients: connections });
  return rows;
}

/** Metrics is away, or was not heard yet: what is known all the same. */
function without({ version }: Status, silent: boolean): Process[] {
  return [
    { name: "hub", process: "hub", up: true, version },
    { name: "auth", process: "auth" },
    { name: "metrics", process: "metrics", ...(silent && { up: false }) },
  ];
}

function fill(row: HTMLTableRowElement, process: Row): void {
  const { up, linked, clients, uptime, version, memory, cpu, restarts, pid } = process;
  const alive = up !== false;
  row.classList.toggle("down", up === false || linked === false);
  const texts = [
    linked === undefined ? "–" : linked ? "yes" : "no",
    clients === undefined ? "–" : number(clients),
    alive && uptime !== undefined ? duration(uptime) : "–",
    version || "–",
    alive && memory !== undefined ? bytes(memory) : "–",
    alive && cpu !== undefined ? percent(cpu) : "–",
    restarts === undefined ? "–" : number(restarts),
    alive && pid !== undefined ? String(pid) : "–",
  ];
  [...row.cells].slice(1).forEach((cell, n) => setText(cell, texts[n] ?? "–"));
}

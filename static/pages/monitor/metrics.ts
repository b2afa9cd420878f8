/* metrics.ts - the message `system_metrics`, read with care, and what is drawn of it */

import { bytes, milliseconds, number, percent } from "../lib/format.js";
import type { Row } from "./timeline.js";

export interface ProcessInfo {
  /** Such as "gateway-1". */
  name: string;
  pid: number;
  /** Percent of one core. */
  cpu: number;
  /** Resident bytes. */
  memory: number;
  fds: number;
  /** Seconds. */
  uptime: number;
  up: boolean;
}

export interface Metrics {
  /** Milliseconds since 1970. */
  time: number;
  row: Row;
  memory: { total: number; used: number };
  disk: { total: number; used: number };
  processes: ProcessInfo[];
  alerts: AlertInfo[];
}

export interface AlertInfo {
  name: string;
  firing: boolean;
  /** Its rule, as the settings have it. */
  when: string;
  /** Null: not known. */
  value: number | null;
  /** Whose value it is; empty: not known. */
  on: string;
  /** Milliseconds since 1970; null: it never was otherwise. */
  since: number | null;
}

export interface Line {
  /** Column of the timeline. */
  name: string;
  label: string;
  /** Custom property of style.css. */
  color: string;
}

export interface ChartSpec {
  id: string;
  title: string;
  lines: Line[];
  /** Lines of processes, which come and go; `lines` are then those of now. */
  linesOf?(processes: readonly string[]): Line[];
  /** Fixed top of the scale; without it the scale fits the data and begins at 0. */
  top?: number;
  format(value: number): string;
  /** Without it the scale is labelled with `format`. */
  axis?(value: number): string;
}

const wholePercent = (value: number): string => `${value} %`;
const inMs = (value: number): string => `${number(value)} ms`;
const C1 = "--series-1";
const C2 = "--series-2";
const C3 = "--series-3";
const COLORS = [C1, C2, C3, "--series-4", "--series-5", "--series-6"];

/** A line of each process, in the order of the table. */
function ofProcesses(figure: string): (names: readonly string[]) => Line[] {
  return (names) =>
    names.map((label, n) => ({
      ...{ name: `${label}.${figure}`, label, color: COLORS[n % COLORS.length] ?? C1 },
    }));
}

export const CHARTS: ChartSpec[] = [
  {
    ...{ id: "cpu", title: "CPU", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "host.cpu", label: "CPU", color: C1 }],
  },
  {
    ...{ id: "memory", title: "Memory", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "host.memory", label: "Memory", color: C2 }],
  },
  {
    ...{ id: "load", title: "Load", format: (value) => value.toFixed(2), axis: number },
    lines: [
      { name: "host.load1", label: "1 m", color: C1 },
      { name: "host.load5", label: "5 m", color: C2 },
      { name: "host.load15", label: "15 m", color: C3 },
    ],
  },
  {
    ...{ id: "traffic", title: "Messages per second", format: number },
    lines: [
      { name: "total.messages", label: "published", color: C1 },
      { name: "total.deliveries", label: "delivered", color: C2 },
    ],
  },
  {
    ...{ id: "latency", title: "Time to deliver", format: milliseconds, axis: inMs },
    lines: [
      { name: "total.delivery_p50", label: "half", color: C1 },
      { name: "total.delivery_p99", label: "99 %", color: C2 },
      { name: "total.delivery_p999", label: "99.9 %", color: C3 },
    ],
  },
  {
    ...{ id: "clients", title: "Connections and rooms", format: number },
    lines: [
      { name: "total.connections", label: "connections", color: C1 },
      { name: "total.rooms", label: "rooms", color: C3 },
    ],
  },
  {
    ...{ id: "processes-cpu", title: "CPU of processes", format: percent },
    ...{ lines: [], linesOf: ofProcesses("cpu") },
  },
  {
    ...{ id: "processes-memory", title: "Memory of processes", format: bytes },
    ...{ lines: [], linesOf: ofProcesses("memory") },
  },
  {
    ...{ id: "verdicts", title: "Time to check a token", format: milliseconds, axis: inMs },
    lines: [
      { name: "total.verdict_p50", label: "half", color: C1 },
      { name: "total.verdict_p99", label: "99 %", color: C2 },
    ],
  },
  {
    ...{ id: "queue", title: "Waiting for slow readers", format: bytes },
    lines: [{ name: "total.queue_bytes", label: "bytes", color: C2 }],
  },
  {
    ...{ id: "disk", title: "Disk", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "host.disk", label: "Disk", color: C3 }],
  },
];

/** "6.4 GB of 16 GB", for the charts of shares. */
export function share({ total, used }: Metrics["memory"]): string {
  return total ? `${bytes(used)} of ${bytes(total)}` : "";
}

type Json = Record<string, unknown>;

/** Reads a message; what it lacks is a gap, and what it has beside is passed over. */
export function readMetrics(message: Json): Metrics {
  const memory = amount(message["memory"]);
  const disk = amount(message["disk"]);
  const load = Array.isArray(message["load"]) ? (message["load"] as unknown[]) : [];
  const processes = list(message["processes"]).map(readProcess);
  return {
    time: numeric(message["time"]) ?? Date.now(),
    memory,
    disk,
    processes,
    alerts: list(message["alerts"]).map(readAlert),
    row: {
      "host.cpu": numeric(message["cpu"]),
      "host.memory": memory.percent,
      "host.disk": disk.percent,
      "host.load1": numeric(load[0]),
      "host.load5": numeric(load[1]),
      "host.load15": numeric(load[2]),
      ...rowOfTotals(message),
      ...rowOfProcesses(processes),
    },
  };
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

/** Members that are numbers are told of all processes together. */
function rowOfTotals(message: Json): Row {
  const row: Row = {};
  for (const { lines } of CHARTS)
    for (const { name } of lines)
      if (name.startsWith("total.")) row[name] = numeric(message[name.slice("total.".length)]);
  return row;
}

function rowOfProcesses(processes: readonly ProcessInfo[]): Row {
  const row: Row = {};
  for (const { name, up, cpu, memory } of processes.filter((process) => process.up)) {
    row[`${name}.cpu`] = cpu;
    row[`${name}.memory`] = memory;
    row[`${name}.up`] = Number(up);
  }
  return row;
}

function readAlert(entry: Json): AlertInfo {
  return {
    name: String(entry["name"] ?? "?"),
    firing: entry["state"] === "firing",
    when: String(entry["when"] ?? ""),
    value: numeric(entry["value"]),
    on: String(entry["on"] ?? ""),
    since: numeric(entry["since"]),
  };
}

function readProcess(entry: Json): ProcessInfo {
  return {
    name: String(entry["name"] ?? entry["process"] ?? "?"),
    pid: numeric(entry["pid"]) ?? 0,
    cpu: numeric(entry["cpu"]) ?? 0,
    memory: numeric(entry["memory"]) ?? 0,
    fds: numeric(entry["fds"]) ?? 0,
    uptime: numeric(entry["uptime"]) ?? 0,
    up: entry["up"] !== false,
  };
}

function amount(value: unknown): { total: number; used: number; percent: number | null } {
  const { total, used, percent: part } = (value ?? {}) as Json;
  return { total: numeric(total) ?? 0, used: numeric(used) ?? 0, percent: numeric(part) };
}

function numeric(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/* metrics.ts - the message `system_metrics`, read with care, and what is drawn of it */

import { bytes, number, percent } from "../lib/format.js";
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
  /** Fixed top of the scale; without it the scale fits the data and begins at 0. */
  top?: number;
  format(value: number): string;
  /** Without it the scale is labelled with `format`. */
  axis?(value: number): string;
}

const wholePercent = (value: number): string => `${value} %`;
const C1 = "--series-1";
const C2 = "--series-2";
const C3 = "--series-3";

export const CHARTS: ChartSpec[] = [
  {
    ...{ id: "cpu", title: "CPU", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "cpu", label: "CPU", color: C1 }],
  },
  {
    ...{ id: "memory", title: "Memory", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "memory", label: "Memory", color: C2 }],
  },
  {
    ...{ id: "load", title: "Load", format: (value) => value.toFixed(2), axis: number },
    lines: [
      { name: "load1", label: "1 m", color: C1 },
      { name: "load5", label: "5 m", color: C2 },
      { name: "load15", label: "15 m", color: C3 },
    ],
  },
  {
    ...{ id: "traffic", title: "Messages per second", format: number },
    lines: [
      { name: "messages", label: "published", color: C1 },
      { name: "deliveries", label: "delivered", color: C2 },
    ],
  },
  {
    ...{ id: "clients", title: "Connections and rooms", format: number },
    lines: [
      { name: "connections", label: "connections", color: C1 },
      { name: "rooms", label: "rooms", color: C3 },
    ],
  },
  {
    ...{ id: "disk", title: "Disk", top: 100, format: percent, axis: wholePercent },
    lines: [{ name: "disk", label: "Disk", color: C3 }],
  },
];

export const COLUMNS = CHARTS.flatMap(({ lines }) => lines.map(({ name }) => name));

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
  const processes = Array.isArray(message["processes"]) ? (message["processes"] as Json[]) : [];
  return {
    time: numeric(message["time"]) ?? Date.now(),
    memory,
    disk,
    processes: processes.map(readProcess),
    row: {
      cpu: numeric(message["cpu"]),
      memory: memory.percent,
      disk: disk.percent,
      load1: numeric(load[0]),
      load5: numeric(load[1]),
      load15: numeric(load[2]),
      messages: numeric(message["messages"]),
      deliveries: numeric(message["deliveries"]),
      connections: numeric(message["connections"]),
      rooms: numeric(message["rooms"]),
    },
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

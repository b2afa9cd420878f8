/* format.ts - numbers and names in the form in which people read them */

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Bytes with the unit that leaves one to three digits before the point: 18.2 MB. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

export function percent(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** A count or rate: 0.4, 12, 3,450. */
export function number(value: number): string {
  return value < 10 && !Number.isInteger(value)
    ? value.toFixed(1)
    : Math.round(value).toLocaleString("en");
}

/** A duration below a minute: 0.31 ms, 12 ms, 1.5 s. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
}

/** Seconds as their two largest units: 3 d 4 h, 12 m 5 s. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0 s";
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(" ");
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

export function timeOfDay(ms: number): string {
  return clock.format(ms);
}

export function timeWithSeconds(ms: number): string {
  return clockSeconds.format(ms);
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The time of what was today, the day of what was before. */
export function when(ms: number, now = Date.now()): string {
  return day.format(ms) === day.format(now) ? clock.format(ms) : day.format(ms);
}

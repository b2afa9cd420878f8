/* numbers.ts - the forms in which a cell shows a number: percent, money, dates; knows no page */

export const KINDS = ["number", "percent", "money", "scientific", "date", "time"] as const;
export type Kind = (typeof KINDS)[number];

/** How a cell shows its number; what is no number it shows as it is. */
export interface Format {
  kind: Kind;
  /** So many digits after the point. */
  digits: number;
  /** Of money: its code, such as EUR. */
  currency?: string;
}

/** What the room keeps of it. */
export interface KeptFormat {
  f: string;
  d?: number;
  c?: string;
}

export const MOST_DIGITS = 10;
/** What a cell has no room for is not cut, which would be another number: it is shown so. */
export const NO_ROOM = "####";
const MOST_CHARACTERS = 14;

const USUAL_DIGITS: Record<Kind, number> = { number: 2, percent: 0, money: 2, scientific: 2, date: 0, time: 0 };
const DAY_MS = 86_400_000;
/** Day 0 of all sheets, so that 1 March 1900 is 61. */
const DAY_0 = Date.UTC(1899, 11, 30);
const LAST_DAY = 2_958_465; // of the year 9999

export function formatOf(kind: Kind, digits = USUAL_DIGITS[kind], currency?: string): Format {
  return currency === undefined ? { kind, digits } : { kind, digits, currency };
}

export function toKeptFormat({ kind, digits, currency }: Format): KeptFormat {
  return { f: kind, d: digits, ...(currency !== undefined && { c: currency }) };
}

/** What is kept for a cell, perhaps not by us: undefined, if it is no format. */
export function readFormat(value: unknown): Format | undefined {
  const { f, d, c } = (value ?? {}) as Partial<Record<keyof KeptFormat, unknown>>;
  const kind = KINDS.find((each) => each === f);
  if (!kind || (kind === "money" && !(typeof c === "string" && /^[A-Z]{3}$/.test(c)))) return undefined;
  const digits = Number.isInteger(d) && Number(d) >= 0 ? Math.min(Number(d), MOST_DIGITS) : USUAL_DIGITS[kind];
  return formatOf(kind, digits, kind === "money" ? (c as string) : undefined);
}

/* ---- dates ------------------------------------------------------------------------------------- */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The number of a day that is written as 2026-11-22; undefined, if there is no such day. */
export function dayOf(text: string): number | undefined {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined) return undefined;
  const number = (Date.UTC(year, month! - 1, day!) - DAY_0) / DAY_MS;
  return number > 60 && dateText(number) === text ? number : undefined; // 1900 was no leap year, there it is
}

function dateText(day: number): string {
  return new Date(DAY_0 + Math.floor(day) * DAY_MS).toISOString().slice(0, 10);
}

function timeText(day: number): string {
  const minutes = Math.floor((day - Math.floor(day)) * 1440 + 1e-6) % 1440;
  return [Math.floor(minutes / 60), minutes % 60].map((each) => String(each).padStart(2, "0")).join(":");
}

/* ---- what is shown ------------------------------------------------------------------------------ */

/** What was written says a form as well: 12% and 2026-11-22 are shown so, and TODAY() is a day. */
export function impliedBy(written: string): Format | undefined {
  const text = written.trim();
  const percent = /^[+-]?\d*\.?(\d*)%$/.exec(text);
  if (percent) return formatOf("percent", text.includes(".") ? Math.min(percent[1]!.length, MOST_DIGITS) : 0);
  const dated = dayOf(text) !== undefined || /^=\s*(?:TODAY\(\s*\)|DATE\([^()]*\))$/i.test(text);
  return dated ? formatOf("date") : undefined;
}

const made = new Map<string, Intl.NumberFormat>();

function intl({ kind, digits, currency = "EUR" }: Format): Intl.NumberFormat {
  const key = `${kind} ${digits} ${currency}`;
  const style = kind === "money" ? { style: "currency", currency } : kind === "percent" ? { style: "percent" } : {};
  const options = { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = made.get(key) ?? new Intl.NumberFormat("en", options as Intl.NumberFormatOptions);
  made.set(key, format);
  return format;
}

/** A number in a form; undefined, if that form has none for it. */
export function formatted(value: number, format: Format): string | undefined {
  const { kind, digits } = format;
  if (!Number.isFinite(value)) return undefined;
  if (kind === "scientific") return value.toExponential(digits).toUpperCase();
  if (kind === "date" || kind === "time") {
    if (value < 0 || value >= LAST_DAY + 1) return undefined;
    return kind === "date" ? dateText(value) : timeText(value);
  }
  return intl(format).format(value).replace(/^-(?=[^1-9]*$)/, ""); // there is no -0
}

/** The same where a cell is to have room for it. */
export function fitting(text: string): string {
  return text.length > MOST_CHARACTERS ? NO_ROOM : text;
}

/** So many digits after the point a number is shown with. */
export function digitsOf(format: Format | undefined, shown: string): number {
  return format?.digits ?? /\.(\d+)/.exec(shown)?.[1]?.length ?? 0;
}

/** The same form with so many digits after the point. */
export function withDigits(format: Format | undefined, digits: number): Format {
  return { ...(format ?? formatOf("number")), digits: Math.max(0, Math.min(digits, MOST_DIGITS)) };
}

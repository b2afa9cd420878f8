/* order.ts - places in a list as text: between any two there is another, so no one else moves */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const MOST = 100;
const LONG = 40;

export interface Placed {
  id: string;
  order: string;
}

/** Whether someone's text can be a place: digits, of which the last is not the least. */
export function isOrder(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST && /^[0-9A-Za-z]*[1-9A-Za-z]$/.test(value);
}

/**
 * A place after `low` and before `high`, as short as can be; empty stands for an end of the list.
 * They are fractions, read as 0.…, without a 0 at their end: so there is always one between.
 */
export function between(low: string, high: string): string {
  if (high && low >= high) throw new RangeError(`nothing is between ${low} and ${high}`);
  let same = 0;
  while (high && (low[same] ?? "0") === high[same]) same++;
  if (same) return high.slice(0, same) + between(low.slice(same), high.slice(same));
  const from = low ? DIGITS.indexOf(low[0]!) : 0;
  const to = high ? DIGITS.indexOf(high[0]!) : DIGITS.length;
  if (to - from > 1) return DIGITS[nextDigit(from, to, low, high)]!;
  if (high.length > 1) return high[0]!;
  return DIGITS[from]! + between(low.slice(1), "");
}

/** At an end of a list a step, since more will follow there; within it the middle. */
function nextDigit(from: number, to: number, low: string, high: string): number {
  if (low && !high) return from + 1;
  if (high && !low) return to - 1;
  return Math.round((from + to) / 2);
}

/** The order of a list; of two with the same place, which can be when both were put there at once. */
export function compare(a: Placed, b: Placed): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * What must be said to put `id` at a place among others, sorted and without itself: its own place
 * first, and new ones for those that follow it with the same place as who is before it. Where places
 * have become long, all get a short one.
 */
export function place(id: string, others: readonly Placed[], index: number): Placed[] {
  const said = placeBetween(id, others, index);
  if (said.every(({ order }) => order.length < LONG)) return said;
  const all = [...others.slice(0, index).map((other) => other.id), id];
  all.push(...others.slice(index).map((other) => other.id));
  let order = "";
  const anew = all.map((each) => ({ id: each, order: (order = between(order, "")) }));
  return [anew[index]!, ...anew.filter((placed) => placed.id !== id)];
}

function placeBetween(id: string, others: readonly Placed[], index: number): Placed[] {
  const before = others[index - 1];
  const low = before?.order ?? "";
  let end = index;
  while (before && others[end]?.order === low) end++;
  const high = others[end]?.order ?? "";
  const said: Placed[] = [];
  let last = low;
  for (const each of [id, ...others.slice(index, end).map((other) => other.id)]) {
    last = between(last, high);
    said.push({ id: each, order: last });
  }
  return said;
}

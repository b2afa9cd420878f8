/* strokes.ts - a stroke as it is drawn, and as a room keeps it: short, checked, below 64 KiB */

/** The paper, in units of its own: the same for everyone, however large it is shown. */
export const WIDTH = 1600;
export const HEIGHT = 1200;
export const PAPER = "#ffffff";

/** A stroke that becomes longer goes on as another of the same group. */
export const MOST_POINTS = 1500;
/** What others send may have more than we would make, but not without end. */
const MOST_NUMBERS = 20_000;
const MOST_SIZE = 200;
/** Places are kept in halves, pressures in hundredths. */
const PLACES = 2;
const PRESSURES = 100;
const PREFIX = "s/";
const DIGITS = 8;

export interface Point {
  x: number;
  y: number;
  /** How hard a pen is pressed, from 0 to 1; 0.5 of what does not say. */
  pressure: number;
}

export interface Stroke {
  colour: string;
  size: number;
  /** Who may undo it: a page's own mark, not a nickname, which anyone may have. */
  author: string;
  /** All parts of a long one have the key of its first. */
  group: string;
  points: Point[];
}

/** What a room keeps under a stroke's key. */
export interface Kept {
  c: string;
  s: number;
  a: string;
  g?: string;
  /** With pressures: three numbers a point, else two. */
  w?: 1;
  /** The first point, then how far each is from the one before. */
  p: number[];
}

/**
 * Keys sort as strokes lie over each other: each begins with a number that is one more than any
 * that its page had seen, which is the same order on every page.
 */
export function keyAfter(last: string | undefined, random: string): string {
  const seen = last === undefined ? 0 : parseInt(last.slice(PREFIX.length, PREFIX.length + DIGITS), 36);
  const next = (Number.isFinite(seen) ? seen : 0) + 1;
  return `${PREFIX}${next.toString(36).padStart(DIGITS, "0")}-${random}`;
}

export function isStrokeKey(key: string): boolean {
  return /^s\/[0-9a-z]{8}-/.test(key);
}

export function randomMark(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(2));
  return Array.from(numbers, (number) => number.toString(36)).join("");
}

/** Numbers for points, as `Kept` has them. */
export function pack(points: readonly Point[], pressed: boolean): number[] {
  const numbers: number[] = [];
  let [x, y] = [0, 0];
  for (const point of points) {
    const [nextX, nextY] = [Math.round(point.x * PLACES), Math.round(point.y * PLACES)];
    numbers.push(nextX - x, nextY - y);
    if (pressed) numbers.push(Math.round(point.pressure * PRESSURES));
    [x, y] = [nextX, nextY];
  }
  return numbers;
}

export function unpack(numbers: readonly number[], pressed: boolean): Point[] {
  const points: Point[] = [];
  const step = pressed ? 3 : 2;
  let [x, y] = [0, 0];
  for (let at = 0; at + step <= numbers.length; at += step) {
    x += numbers[at]!;
    y += numbers[at + 1]!;
    const pressure = pressed ? numbers[at + 2]! / PRESSURES : 0.5;
    points.push({ x: x / PLACES, y: y / PLACES, pressure });
  }
  return points;
}

export function isPressed(points: readonly Point[]): boolean {
  return points.some(({ pressure }) => pressure !== 0.5);
}

export function keep(stroke: Stroke, key: string): Kept {
  const pressed = isPressed(stroke.points);
  return {
    ...{ c: stroke.colour, s: stroke.size, a: stroke.author },
    ...(stroke.group !== key && { g: stroke.group }),
    ...(pressed && { w: 1 as const }),
    p: pack(stroke.points, pressed),
  };
}

/** A stroke out of what a room keeps or someone sends, who may be anyone; undefined if it is none. */
export function read(value: unknown, key: string): Stroke | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { c, s, a, g, w, p } = value as Partial<Record<keyof Kept, unknown>>;
  if (!isColour(c) || !isSize(s) || !isNumbers(p)) return undefined;
  const points = unpack(p, w === 1);
  if (!points.length) return undefined;
  return {
    ...{ colour: c, size: s, points },
    author: typeof a === "string" ? a : "",
    group: typeof g === "string" ? g : key,
  };
}

export function isColour(value: unknown): value is string {
  return typeof value === "string" && /^#[0-9a-f]{3}([0-9a-f]{3})?$/i.test(value);
}

export function isSize(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= MOST_SIZE;
}

function isNumbers(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length > MOST_NUMBERS) return false;
  return value.every((number) => Number.isFinite(number));
}

/**
 * Leaves out the points that change a line by less than `tolerance` (Ramer, Douglas, Peucker). What
 * is next to a point that stays has to stay as well: curves are drawn through the middles between.
 */
export function simplify(points: readonly Point[], tolerance: number): Point[] {
  if (points.length < 3) return [...points];
  const kept = new Set<number>([0, points.length - 1]);
  const spans: [number, number][] = [[0, points.length - 1]];
  for (let span; (span = spans.pop()); ) {
    const [from, to] = span;
    let far = -1;
    let distance = tolerance;
    for (let at = from + 1; at < to; at++) {
      const here = deviation(points[at]!, points[from]!, points[to]!);
      if (here > distance) {
        far = at;
        distance = here;
      }
    }
    if (far < 0) continue;
    kept.add(far);
    spans.push([from, far], [far, to]);
  }
  return points.filter((_, at) => kept.has(at - 1) || kept.has(at) || kept.has(at + 1));
}

/** How far a point is from a line, a tenth of pressure counting as one unit. */
function deviation(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? ((point.x - from.x) * dx + (point.y - from.y) * dy) / length : 0;
  const share = Math.min(1, Math.max(0, along));
  const pressure = from.pressure + share * (to.pressure - from.pressure);
  return Math.hypot(
    point.x - from.x - share * dx,
    point.y - from.y - share * dy,
    (point.pressure - pressure) * 10,
  );
}

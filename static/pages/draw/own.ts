/* own.ts - what this page draws: sent while it grows, kept when it ends, undone and done again */

import type { Room } from "atrium-client";
import {
  isStrokeKey,
  keep,
  type Kept,
  keyAfter,
  MOST_POINTS,
  type Point,
  randomMark,
  simplify,
  type Stroke,
} from "./strokes.js";

const TOLERANCE = 0.4;

type State = Pick<Room<object, Kept>["state"], "keys" | "get" | "set" | "apply">;

export interface Drawing extends Stroke {
  key: string;
}

export interface OwnEvents {
  /** What is being drawn has changed, or has ended. */
  moved: () => void;
  /** Something was not kept, and is gone again. */
  failed: (error: Error & { code?: string }) => void;
  /** What can be undone or done again is other than before. */
  changed: () => void;
}

/** A group of keys with what they had. */
type Undone = [key: string, value: Kept][];

export class Own {
  /** What is being drawn at this moment. */
  current: Drawing | undefined;
  #undone: Undone[] = [];

  constructor(
    private readonly state: State,
    private readonly author: string,
    private readonly events: OwnEvents,
  ) {}

  begin(colour: string, size: number, point: Point): void {
    if (this.current) this.end(); // another hand was drawing
    this.#next({ colour, size, points: [point] });
    this.#undone = [];
    this.events.changed();
  }

  extend(points: readonly Point[]): void {
    for (const point of points) {
      if (!this.current) return;
      const last = this.current.points.at(-1)!;
      if (Math.hypot(point.x - last.x, point.y - last.y) < 0.5) continue;
      this.current.points.push(point);
      if (this.current.points.length >= MOST_POINTS) this.#continue();
    }
    this.events.moved();
  }

  end(): void {
    const drawing = this.current;
    this.current = undefined;
    if (drawing) this.#commit(drawing);
    this.events.moved();
  }

  cancel(): void {
    this.current = undefined;
    this.events.moved();
  }

  get canUndo(): boolean {
    return this.#last() !== undefined;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Takes back the last stroke of ours that is still there, in all its parts. */
  undo(): boolean {
    const group = this.#last();
    if (group === undefined) return false;
    const keys = this.#ours().filter((key) => this.#groupOf(key) === group);
    this.#undone.push(keys.map((key) => [key, this.state.get(key)!]));
    this.#report(this.state.apply(keys.map((key) => ({ key, delete: true as const }))));
    this.events.changed();
    return true;
  }

  redo(): boolean {
    const entries = this.#undone.pop();
    for (const [key, value] of entries ?? []) this.#report(this.state.set(key, value));
    this.events.changed();
    return entries !== undefined;
  }

  #next(stroke: Omit<Stroke, "author" | "group">, group?: string): void {
    const key = keyAfter(this.state.keys("s/").filter(isStrokeKey).at(-1), randomMark());
    this.current = { ...stroke, key, author: this.author, group: group ?? key };
    this.events.moved();
  }

  /** A part is long enough: it is kept, and another one begins where it ends. */
  #continue(): void {
    const { colour, size, group, points } = this.current!;
    this.end();
    this.#next({ colour, size, points: points.slice(-2) }, group);
  }

  #commit(drawing: Drawing): void {
    const stroke = { ...drawing, points: simplify(drawing.points, TOLERANCE) };
    this.#report(this.state.set(drawing.key, keep(stroke, drawing.key)));
    this.events.changed();
  }

  #report(sent: Promise<unknown>): void {
    sent.catch((error: Error) => this.events.failed(error));
  }

  #ours(): string[] {
    const keys = this.state.keys("s/").filter(isStrokeKey);
    return keys.filter((key) => this.state.get(key)?.a === this.author);
  }

  #groupOf(key: string): string {
    const group: unknown = this.state.get(key)?.g;
    return typeof group === "string" ? group : key;
  }

  #last(): string | undefined {
    const key = this.#ours().at(-1);
    return key === undefined ? undefined : this.#groupOf(key);
  }
}

/* pointer.ts - mouse, pen and fingers on the stage: one draws, two move the paper */

import type { Place, View } from "./view.js";
import type { Point } from "./strokes.js";

export interface Hand {
  begin(point: Point): void;
  extend(points: Point[]): void;
  end(): void;
  /** What was begun is to be forgotten: it became something else. */
  cancel(): void;
  /** Where the pointer is, drawing or not; undefined when it has left. */
  at(place: Place | undefined): void;
  look(change: (view: View) => void): void;
}

/** After a pen was near, fingers and palms do not draw for so long. */
const PALM_MS = 1000;
const WHEEL = 0.0022;

export class Pointer {
  readonly #fingers = new Map<number, Place>();
  /** The pointer that draws. */
  #drawing: number | undefined;
  #pinched = false;
  #penSeen = -Infinity;

  constructor(
    private readonly stage: HTMLElement,
    private readonly view: View,
    private readonly hand: Hand,
  ) {
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      run: (event: HTMLElementEventMap[K]) => void,
      passive = true,
    ): void => stage.addEventListener(type, run, { passive });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event, true));
    on("pointercancel", (event) => this.#up(event, false));
    on("pointerleave", () => hand.at(undefined));
    on("wheel", (event) => this.#wheel(event), false);
    on("contextmenu", (event) => event.preventDefault(), false);
  }

  #down(event: PointerEvent): void {
    const { pointerId, pointerType, button } = event;
    if (pointerType === "pen") this.#penSeen = event.timeStamp;
    if (pointerType === "touch") this.#fingers.set(pointerId, this.#pixel(event));
    const palm = pointerType === "touch" && event.timeStamp - this.#penSeen < PALM_MS;
    if (this.#fingers.size === 2 && pointerType === "touch") return this.#pinch();
    if (button !== 0 || palm || this.#pinched || this.#drawing !== undefined) return;
    this.stage.setPointerCapture(pointerId);
    this.#drawing = pointerId;
    this.hand.at(this.view.unit(this.#pixel(event)));
    this.hand.begin(this.#point(event));
  }

  #move(event: PointerEvent): void {
    const { pointerId, pointerType } = event;
    if (pointerType === "pen") this.#penSeen = event.timeStamp;
    if (this.#fingers.size >= 2 && this.#fingers.has(pointerId)) return this.#moveFinger(event);
    this.hand.at(this.view.unit(this.#pixel(event)));
    if (pointerId !== this.#drawing) return;
    const all = event.getCoalescedEvents?.() ?? [];
    this.hand.extend((all.length ? all : [event]).map((one) => this.#point(one)));
  }

  #up(event: PointerEvent, whole: boolean): void {
    this.#fingers.delete(event.pointerId);
    if (!this.#fingers.size) this.#pinched = false;
    if (event.pointerId !== this.#drawing) return;
    this.#drawing = undefined;
    if (whole) this.hand.extend([this.#point(event)]);
    this.hand.end();
    if (event.pointerType === "touch") this.hand.at(undefined);
  }

  /** A second finger: what the first one began was no stroke. */
  #pinch(): void {
    this.#pinched = true;
    if (this.#drawing === undefined) return;
    this.#drawing = undefined;
    this.hand.cancel();
    this.hand.at(undefined);
  }

  #moveFinger(event: PointerEvent): void {
    const before = [...this.#fingers.values()];
    this.#fingers.set(event.pointerId, this.#pixel(event));
    const after = [...this.#fingers.values()];
    const [from, to] = [middle(before), middle(after)];
    this.hand.look((view) => {
      view.pan(to.x - from.x, to.y - from.y);
      view.zoom(distance(after) / (distance(before) || 1), to);
    });
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { deltaX, deltaY, ctrlKey } = event;
    this.hand.look((view) => {
      if (ctrlKey) view.zoom(Math.exp(-deltaY * WHEEL * 4), this.#pixel(event));
      else view.pan(-deltaX, -deltaY);
    });
  }

  #pixel({ clientX, clientY }: MouseEvent): Place {
    const { left, top } = this.stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #point(event: PointerEvent): Point {
    const { x, y } = this.view.unit(this.#pixel(event));
    const pen = event.pointerType === "pen" && event.pressure > 0;
    return { x, y, pressure: pen ? event.pressure : 0.5 };
  }
}

function middle([a, b]: Place[]): Place {
  return { x: (a!.x + b!.x) / 2, y: (a!.y + b!.y) / 2 };
}

function distance([a, b]: Place[]): number {
  return Math.hypot(a!.x - b!.x, a!.y - b!.y);
}

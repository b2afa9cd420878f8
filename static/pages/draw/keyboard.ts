/* keyboard.ts - drawing with the arrow keys, on a stage that has the focus */

import type { Hand } from "./pointer.js";
import { HEIGHT, WIDTH } from "./strokes.js";
import type { Place } from "./view.js";

const STEP = 16;
const SMALL_STEP = 2;
const WAYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Keyboard {
  place: Place = { x: WIDTH / 2, y: HEIGHT / 2 };
  /** The pen is on the paper. */
  down = false;

  constructor(
    private readonly hand: Hand,
    /** It has moved, or something is to be said of it. */
    private readonly told: (words?: string) => void,
  ) {}

  /** Whether the key was one of ours. */
  press({ key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">): boolean {
    const way = WAYS[key];
    if (way) this.#move(way, shiftKey ? SMALL_STEP : STEP);
    else if (key === " " || key === "Enter") this.#toggle();
    else if (key === "Escape" && this.down) this.#forget();
    else return false;
    return true;
  }

  /** The focus is elsewhere: a line that was begun ends here. */
  leave(): void {
    if (this.down) this.#toggle();
  }

  #move([x, y]: [number, number], step: number): void {
    const { place } = this;
    this.place = {
      x: Math.min(WIDTH, Math.max(0, place.x + x * step)),
      y: Math.min(HEIGHT, Math.max(0, place.y + y * step)),
    };
    if (this.down) this.hand.extend([{ ...this.place, pressure: 0.5 }]);
    this.hand.at(this.place);
    this.told();
  }

  #toggle(): void {
    this.down = !this.down;
    if (this.down) this.hand.begin({ ...this.place, pressure: 0.5 });
    else this.hand.end();
    this.told(this.down ? "Pen down" : "Pen lifted");
  }

  #forget(): void {
    this.down = false;
    this.hand.cancel();
    this.told("Line forgotten");
  }
}

/* view.ts - which part of the paper is seen, and how large; knows no elements */

import { HEIGHT, WIDTH } from "./strokes.js";

export interface Place {
  x: number;
  y: number;
}

const MARGIN = 12;
const CLOSEST = 12;

/** From the paper's units to a stage's pixels: `pixel = unit * scale + (x, y)`. */
export class View {
  scale = 1;
  x = 0;
  y = 0;
  /** The whole paper is shown, and stays so when the stage has another size. */
  whole = true;

  #width = 1;
  #height = 1;

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    if (this.whole) this.fit();
    else this.#hold();
  }

  fit(): void {
    this.scale = this.#least;
    this.x = (this.#width - WIDTH * this.scale) / 2;
    this.y = (this.#height - HEIGHT * this.scale) / 2;
    this.whole = true;
  }

  /** Makes all larger around a pixel, which stays where it is. */
  zoom(factor: number, { x, y }: Place): void {
    const scale = Math.min(this.#least * CLOSEST, Math.max(this.#least, this.scale * factor));
    const by = scale / this.scale;
    this.scale = scale;
    this.x = x - (x - this.x) * by;
    this.y = y - (y - this.y) * by;
    this.whole = scale <= this.#least * 1.001;
    if (this.whole) this.fit();
    else this.#hold();
  }

  pan(dx: number, dy: number): void {
    if (this.whole) return;
    this.x += dx;
    this.y += dy;
    this.#hold();
  }

  /** The place on the paper of a stage's pixel. */
  unit({ x, y }: Place): Place {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  pixel({ x, y }: Place): Place {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }

  get #least(): number {
    const across = (this.#width - 2 * MARGIN) / WIDTH;
    return Math.max(0.01, Math.min(across, (this.#height - 2 * MARGIN) / HEIGHT));
  }

  /** The paper is not lost beyond an edge: where it is smaller than the stage it is in the middle. */
  #hold(): void {
    this.x = held(this.x, WIDTH * this.scale, this.#width);
    this.y = held(this.y, HEIGHT * this.scale, this.#height);
  }
}

function held(at: number, size: number, stage: number): number {
  if (size + 2 * MARGIN <= stage) return (stage - size) / 2;
  return Math.min(MARGIN, Math.max(stage - size - MARGIN, at));
}

/* board.ts - the paper on the screen: what is kept, and over it what is being drawn now */

import { type Look, paint } from "./paint.js";
import { HEIGHT, WIDTH } from "./strokes.js";
import { View } from "./view.js";

/**
 * Two canvases over the paper, each as large as the stage and as fine as the screen. The lower one
 * has what is kept; a stroke that comes on top of all is painted alone, all else paints it anew.
 * The upper one is painted anew whenever something moves.
 */
export class Board {
  readonly view = new View();
  /** Called after each change of what is seen where. */
  onview: () => void = () => {};

  readonly #strokes = new Map<string, Look>();
  readonly #fresh = new Set<string>();
  readonly #kept: CanvasRenderingContext2D;
  readonly #live: CanvasRenderingContext2D;
  #top = "";
  #stale = true;
  #frame = 0;

  constructor(
    readonly stage: HTMLElement,
    private readonly paper: HTMLElement,
    kept: HTMLCanvasElement,
    live: HTMLCanvasElement,
    /** What lies under what is kept, and what is being drawn over it. */
    private readonly under: () => Iterable<Look>,
    private readonly moving: () => Iterable<Look>,
  ) {
    this.#kept = kept.getContext("2d")!;
    this.#live = live.getContext("2d")!;
    new ResizeObserver(() => this.#resize()).observe(stage);
    this.#resize();
  }

  put(key: string, stroke: Look): void {
    if (this.#strokes.has(key) || key < this.#top) this.#stale = true;
    this.#strokes.set(key, stroke);
    this.#fresh.add(key);
    this.touch();
  }

  remove(key: string): void {
    this.#fresh.delete(key);
    if (this.#strokes.delete(key)) this.repaint();
  }

  /** What is kept, the lowest first. */
  strokes(): Look[] {
    const keys = [...this.#strokes.keys()].sort();
    return keys.map((key) => this.#strokes.get(key)!);
  }

  /** All is to be painted anew. */
  repaint(): void {
    this.#stale = true;
    this.touch();
  }

  /** Something that is being drawn has changed. */
  touch(): void {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Shows another part of the paper. */
  look(change: (view: View) => void): void {
    change(this.view);
    this.#lay();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.stage;
    for (const { canvas } of [this.#kept, this.#live]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.view.resize(width, height);
    this.#lay();
  }

  #lay(): void {
    const { x, y, scale } = this.view;
    const { style } = this.paper;
    style.width = `${WIDTH * scale}px`;
    style.height = `${HEIGHT * scale}px`;
    style.translate = `${x}px ${y}px`;
    this.repaint();
    this.onview();
  }

  #draw(): void {
    this.#frame = 0;
    if (this.#stale) {
      const all = [...this.under(), ...this.strokes()];
      this.#on(this.#kept, true, (to) => all.forEach((stroke) => paint(to, stroke)));
    } else if (this.#fresh.size) {
      const fresh = [...this.#fresh].sort().map((key) => this.#strokes.get(key)!);
      this.#on(this.#kept, false, (to) => fresh.forEach((stroke) => paint(to, stroke)));
    }
    for (const key of this.#stale ? this.#strokes.keys() : this.#fresh) {
      if (key > this.#top) this.#top = key;
    }
    this.#stale = false;
    this.#fresh.clear();
    this.#on(this.#live, true, (to) => {
      for (const stroke of this.moving()) paint(to, stroke);
    });
  }

  /** Paints in the paper's units, and never beyond the paper. */
  #on(to: CanvasRenderingContext2D, anew: boolean, run: (to: CanvasRenderingContext2D) => void): void {
    const ratio = devicePixelRatio;
    const { x, y, scale } = this.view;
    to.save();
    if (anew) to.clearRect(0, 0, to.canvas.width, to.canvas.height);
    to.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
    to.beginPath();
    to.rect(0, 0, WIDTH, HEIGHT);
    to.clip();
    run(to);
    to.restore();
  }
}

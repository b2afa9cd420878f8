/* cursors.ts - where others point at, with their names */

import type { Member } from "atrium-client";
import { tint } from "../lib/colour.js";
import { el, setText } from "../lib/dom.js";
import type { Place } from "./view.js";

/** Who does not move for so long is not shown. */
const STILL_MS = 20_000;

interface Cursor {
  mark: HTMLElement;
  name: HTMLElement;
  place: Place;
  heard: number;
}

export class Cursors {
  readonly #cursors = new Map<string, Cursor>();

  constructor(
    private readonly layer: HTMLElement,
    private readonly pixel: (place: Place) => Place,
  ) {}

  /** Someone is there now. */
  move({ id, nickname, user = null }: Member, place: Place, now: number): void {
    const cursor = this.#cursors.get(id) ?? this.#make(id);
    setText(cursor.name, nickname);
    tint(cursor.mark, { nickname, user });
    Object.assign(cursor, { place, heard: now });
    this.#put(cursor);
  }

  remove(id: string): void {
    this.#cursors.get(id)?.mark.remove();
    this.#cursors.delete(id);
  }

  sweep(now: number): void {
    for (const [id, { heard }] of this.#cursors) if (now - heard > STILL_MS) this.remove(id);
  }

  /** The paper is shown elsewhere: so are they, at once. */
  lay(): void {
    for (const cursor of this.#cursors.values()) this.#put(cursor);
  }

  #make(id: string): Cursor {
    const name = el("span");
    const mark = el("div", { class: "cursor" }, name);
    this.layer.append(mark);
    const cursor = { mark, name, place: { x: 0, y: 0 }, heard: 0 };
    this.#cursors.set(id, cursor);
    return cursor;
  }

  #put({ mark, place }: Cursor): void {
    const { x, y } = this.pixel(place);
    mark.style.translate = `${x}px ${y}px`;
  }
}

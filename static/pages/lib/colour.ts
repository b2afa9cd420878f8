/* colour.ts - a person has the same colour on every screen, and a mark with their initial */

import { el } from "./dom.js";

/** Someone, as far as a colour goes. Who is signed in keeps the colour under any nickname. */
export interface Person {
  nickname: string;
  user?: string | null | undefined;
}

/** A colour's angle for a name. */
export function hue(name: string): number {
  let hash = 2166136261;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 0) % 360;
}

export function hueOf({ nickname, user }: Person): number {
  return hue(user || nickname);
}

/** For cursors, outlines, strokes: to be seen on light and on dark; canvases take it too. */
export function colourOf(person: Person): string {
  return `oklch(62% 0.16 ${hueOf(person)})`;
}

/** The letter that stands for a name. */
export function initial(name: string): string {
  return (Array.from(name.trim())[0] ?? "?").toUpperCase();
}

/** In style sheets `--hue` and `--person` are a person's then, for the element and all in it. */
export function tint(element: HTMLElement | SVGElement, person: Person): void {
  element.style.setProperty("--hue", String(hueOf(person)));
  element.style.setProperty("--person", colourOf(person));
}

/** A round mark with a name's letter, in the person's colour. */
export function avatar(person: Person): HTMLElement {
  const mark = el("span", { class: "avatar", "aria-hidden": "true" }, initial(person.nickname));
  tint(mark, person);
  return mark;
}

/** Says that the server knows who this is: anyone may take any nickname. */
export function verified(user: string): HTMLElement {
  const title = `Signed in as ${user}`;
  return el("span", { class: "verified", title, role: "img", "aria-label": title }, " \u2713");
}

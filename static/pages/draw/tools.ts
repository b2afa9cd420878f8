/* tools.ts - the toolbar: what one draws with, and the keys for it */

import { byId, el } from "../lib/dom.js";
import { PAPER } from "./strokes.js";

const COLOURS: [name: string, colour: string][] = [
  ["Black", "#22241f"],
  ["Grey", "#8a8d84"],
  ["Red", "#d23c32"],
  ["Orange", "#e58a1f"],
  ["Yellow", "#f2c830"],
  ["Green", "#2f9a5d"],
  ["Blue", "#2f6fce"],
  ["Purple", "#8b52b8"],
];
const SIZES: [name: string, size: number][] = [
  ["Fine", 3],
  ["Medium", 7],
  ["Broad", 16],
  ["Very broad", 40],
];
const ERASER_FACTOR = 2.5;

const custom = el("input", { type: "color", id: "custom", "aria-label": "Other colour", value: "#17736f" });

function radio(group: string, name: string, value: string, ...shown: Node[]): HTMLLabelElement {
  const input = el("input", { type: "radio", name: group, value, "aria-label": name });
  return el("label", { title: name }, input, ...shown);
}

function swatch([name, colour]: [string, string], at: number): HTMLLabelElement {
  const spot = el("span", { class: "spot" });
  spot.style.background = colour;
  return radio("colour", `${name} (${at + 1})`, colour, spot);
}

function dot([name, size]: [string, number]): HTMLLabelElement {
  const spot = el("span", { class: "spot" });
  spot.style.width = spot.style.height = `${4 + Math.sqrt(size) * 2.4}px`;
  return radio("size", name, String(size), spot);
}

/** Fills the toolbar. */
export function makeTools(): void {
  byId("colours").append(...COLOURS.map(swatch), custom);
  byId("sizes").append(...SIZES.map(dot));
  choose("colour", COLOURS[0]![1]);
  choose("size", String(SIZES[1]![1]));
  custom.addEventListener("input", () => {
    for (const input of all("colour")) input.checked = false;
    choose("tool", "pen");
  });
  custom.addEventListener("click", () => custom.dispatchEvent(new Event("input")));
  for (const input of all("colour")) input.addEventListener("change", () => choose("tool", "pen"));
}

/** What is drawn with now. */
export function brush(): { colour: string; size: number } {
  const size = Number(chosen("size"));
  if (chosen("tool") === "eraser") return { colour: PAPER, size: size * ERASER_FACTOR };
  return { colour: chosen("colour") ?? custom.value, size };
}

/** Whether the key was a tool's. */
export function pressTool(key: string): boolean {
  if (key === "p") choose("tool", "pen");
  else if (key === "e") choose("tool", "eraser");
  else if (key === "[" || key === "]") step("size", key === "]" ? 1 : -1);
  else {
    const colour = COLOURS[Number(key) - 1]?.[1];
    if (!colour) return false;
    choose("tool", "pen");
    choose("colour", colour);
  }
  return true;
}

function all(group: string): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>(`input[name="${group}"]`)];
}

function chosen(group: string): string | undefined {
  return all(group).find(({ checked }) => checked)?.value;
}

function choose(group: string, value: string): void {
  for (const input of all(group)) input.checked = input.value === value;
}

function step(group: string, by: number): void {
  const inputs = all(group);
  const at = inputs.findIndex(({ checked }) => checked) + by;
  if (inputs[at]) inputs[at].checked = true;
}

/* tile.ts - a picture's place in the gallery */

import { avatar } from "../lib/colour.js";
import { el, KeyedList, setText } from "../lib/dom.js";
import { when } from "../lib/format.js";
import type { Gallery, Shown } from "./gallery.js";

export interface TileHooks {
  open: (id: string) => void;
  /** Of what was broken off. */
  remove: (id: string) => void;
  /** Whether who puts it in is still at it. */
  coming: (item: Shown) => boolean;
}

export function tiles(
  parent: HTMLElement,
  gallery: Gallery,
  hooks: TileHooks,
): KeyedList<Shown, HTMLLIElement> {
  return new KeyedList(
    parent,
    ({ id }) => id,
    (item) => make(item, hooks),
    (element, item) => update(element, item, gallery, hooks),
  );
}

function make({ id }: Shown, hooks: TileHooks): HTMLLIElement {
  const image = el("img", { alt: "", draggable: "false", hidden: "" });
  const progress = el("progress", { "aria-label": "So much of it is here" });
  const remove = el("button", { type: "button", class: "second", hidden: "" }, "Remove");
  remove.addEventListener("click", () => hooks.remove(id));
  const open = el("button", { type: "button", class: "open" }, image);
  open.addEventListener("click", () => hooks.open(id));
  const coming = el("div", { class: "coming" }, el("span"), progress, remove);
  const caption = el("p", { class: "caption" }, el("span", { class: "title" }));
  caption.append(el("span", { class: "who muted" }));
  return el("li", { class: "tile", "data-id": id }, open, coming, caption);
}

function update(tile: HTMLLIElement, item: Shown, gallery: Gallery, hooks: TileHooks): void {
  const open = tile.querySelector<HTMLButtonElement>(".open")!;
  const image = tile.querySelector("img")!;
  const coming = tile.querySelector<HTMLElement>(".coming")!;
  const title = tile.querySelector(".title")!;
  const who = tile.querySelector(".who")!;
  open.style.aspectRatio = `${item.width} / ${item.height}`;
  open.setAttribute("aria-label", `Look at ${item.title}`);
  setText(title, item.title);
  if (who.getAttribute("data-by") !== item.by) {
    who.setAttribute("data-by", item.by);
    const person = { nickname: item.by, user: item.user };
    who.replaceChildren(avatar(person), `${item.by}, ${when(item.at)}`);
  }
  const whole = item.here >= item.pieces;
  if (whole && image.hidden) show(image, gallery.address(item));
  tile.classList.toggle("whole", whole);
  open.disabled = !whole;
  coming.hidden = whole;
  if (!whole) tellProgress(coming, item, hooks.coming(item));
}

function show(image: HTMLImageElement, address: string | undefined): void {
  image.addEventListener("error", () => image.closest("li")?.classList.add("damaged"));
  image.addEventListener("load", () => image.closest("li")?.classList.add("loaded"));
  image.hidden = false;
  if (address) image.src = address;
  else image.closest("li")?.classList.add("damaged");
}

function tellProgress(coming: HTMLElement, item: Shown, on: boolean): void {
  const [words, progress, remove] = coming.children as unknown as [
    HTMLElement,
    HTMLProgressElement,
    HTMLButtonElement,
  ];
  setText(words, on ? `${item.by} puts this in` : `${item.by} was gone before it was all here`);
  Object.assign(progress, { max: item.pieces, value: item.here, hidden: !on });
  remove.hidden = on;
}

/* look.ts - one picture, large, with its words: looked at, named, taken away */

import { AtriumError } from "atrium-client";
import type { RoomState } from "atrium-client";
import { confirm, openDialog } from "../lib/dialog.js";
import { byId, el, setText } from "../lib/dom.js";
import { bytes } from "../lib/format.js";
import { toast } from "../lib/toast.js";
import type { Gallery, Shown } from "./gallery.js";
import { DESCRIPTION, itemKey, type Kept, readItem, TITLE } from "./items.js";

/** What may be changed of a picture. */
export interface Words {
  title: string;
  description: string;
}

interface Parts {
  image: HTMLImageElement;
  about: HTMLElement;
  title: HTMLInputElement;
  description: HTMLTextAreaElement;
  form: HTMLFormElement;
  other: HTMLElement;
}

export class Look {
  #dialog: HTMLDialogElement | undefined;
  #parts: Parts | undefined;
  #id = "";
  /** What the fields were filled with: what differs from it was typed. */
  #filled: Words = { title: "", description: "" };

  constructor(
    private readonly state: RoomState<Kept>,
    private readonly gallery: Gallery,
    private readonly changed: (id: string, words: Words) => void,
  ) {}

  open(id: string): void {
    this.#dialog?.close();
    this.#parts = parts();
    const { form, title } = this.#parts;
    const dialog = openDialog("Picture", ...this.#content());
    dialog.classList.add("look");
    this.#dialog = dialog;
    dialog.addEventListener("close", () => {
      if (this.#dialog === dialog) this.#dialog = undefined;
      byId("gallery").querySelector<HTMLElement>(`[data-id="${this.#id}"] .open`)?.focus();
    });
    dialog.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
    this.#show(id, true);
    title.blur();
    dialog.querySelector<HTMLElement>(".next")?.focus();
  }

  /** A picture was changed, here or elsewhere. */
  update(id: string): void {
    if (!this.#dialog || id !== this.#id) return;
    if (this.gallery.get(id)) return this.#show(id, false);
    const dialog = this.#dialog;
    this.#dialog = undefined; // its pieces are told of one by one
    dialog.close();
    toast("The picture you looked at was taken away.");
  }

  #content(): HTMLElement[] {
    const { image, about, form, other } = this.#parts!;
    const step = (by: number, label: string, sign: string, name: string): HTMLButtonElement => {
      const button = el("button", { type: "button", class: `icon ${name}`, title: label }, sign);
      button.setAttribute("aria-label", label);
      button.addEventListener("click", () => this.#step(by));
      return button;
    };
    const previous = step(-1, "Previous picture", "\u2039", "previous");
    const next = step(1, "Next picture", "\u203a", "next");
    const remove = el("button", { type: "button", class: "second", id: "remove" }, "Remove");
    remove.addEventListener("click", () => void this.#remove());
    form.querySelector(".actions")!.prepend(remove);
    return [el("div", { class: "large" }, previous, image, next), about, other, form];
  }

  #show(id: string, anew: boolean): void {
    const item = this.gallery.get(id);
    if (!item || !this.#parts) return;
    const { image, about, title, description } = this.#parts;
    if (anew) {
      this.#id = id;
      image.src = this.gallery.address(item) ?? "";
      this.#parts.other.replaceChildren();
    }
    image.alt = item.title;
    setText(about, aboutOf(item));
    for (const [field, value] of [[title, item.title], [description, item.description]] as const) {
      const typed = field.value !== this.#filled[field.name as keyof Words];
      if (anew || !typed) field.value = value;
    }
    this.#filled = { title: item.title, description: item.description };
    if (anew || this.#same()) this.#parts.other.replaceChildren();
  }

  #same(): boolean {
    const { title, description } = this.#parts!;
    return title.value === this.#filled.title && description.value === this.#filled.description;
  }

  #step(by: number): void {
    const whole = this.gallery.list().filter(({ here, pieces }) => here >= pieces);
    const at = whole.findIndex(({ id }) => id === this.#id);
    const to = whole[(at + by + whole.length) % whole.length];
    if (to) this.#show(to.id, true);
  }

  #key({ key, target }: KeyboardEvent): void {
    if ((target as Element).matches("input, textarea")) return;
    if (key === "ArrowLeft") this.#step(-1);
    if (key === "ArrowRight") this.#step(1);
  }

  async #save(): Promise<void> {
    const id = this.#id;
    const { title, description } = this.#parts!;
    const words = { title: title.value.trim(), description: description.value.trim() };
    const item = this.gallery.get(id);
    if (!item || !words.title) return;
    const { id: _, here: __, ...kept } = item;
    try {
      this.#filled = words;
      this.#parts!.other.replaceChildren();
      await this.state.set(itemKey(id), { ...kept, ...words }, { if: true });
      this.changed(id, words);
      toast("Saved.");
    } catch (error) {
      this.#refused(id, words, error);
    }
  }

  /** Someone was first: both are shown, and who typed decides. */
  #refused(id: string, words: Words, error: unknown): void {
    const code = error instanceof AtriumError ? error.code : "";
    const theirs = readItem((error as AtriumError).current?.[0]?.value);
    if (code !== "conflict" || !theirs || id !== this.#id || !this.#dialog) {
      return toast(code === "conflict" ? "It was taken away." : "That was not saved.", { wrong: true });
    }
    const { title, description, other } = this.#parts!;
    title.value = words.title;
    description.value = words.description;
    this.#filled = { title: theirs.title, description: theirs.description };
    const take = el("button", { type: "button", class: "quiet" }, "Take theirs");
    take.addEventListener("click", () => this.#show(id, true));
    const said = `Someone was first and wrote: \u201c${theirs.title}\u201d ${theirs.description}`;
    other.replaceChildren(el("p", { class: "notice mild", role: "alert" }, said, " ", take));
  }

  async #remove(): Promise<void> {
    const id = this.#id;
    const title = this.gallery.get(id)?.title ?? "";
    const text = "Nobody in the room will see it any more.";
    if (!(await confirm(`Remove ${title}?`, { text, yes: "Remove", danger: true }))) return;
    if (this.#id === id) this.#dialog?.close();
    this.state.apply(this.gallery.removal(id)).catch(() => {
      toast("That was not removed.", { wrong: true });
    });
  }
}

function aboutOf(item: Shown): string {
  const when = item.at ? new Date(item.at).toLocaleString() : "";
  return `${item.by}, ${when}. ${item.width} × ${item.height}, ${bytes(item.bytes)}`;
}

function parts(): Parts {
  const title = el("input", { id: "title", name: "title", required: "", maxlength: String(TITLE) });
  const limit = String(DESCRIPTION);
  const attributes = { id: "description", name: "description", rows: "2", maxlength: limit };
  const description = el("textarea", attributes);
  const form = el(
    "form",
    {},
    el("div", { class: "field" }, el("label", { for: "title" }, "Title"), title),
    el("div", { class: "field" }, el("label", { for: "description" }, "Description"), description),
    el("div", { class: "actions" }, el("button", { id: "save" }, "Save")),
  );
  const image = el("img", { alt: "" });
  const about = el("p", { class: "muted" });
  return { image, about, title, description, form, other: el("div") };
}

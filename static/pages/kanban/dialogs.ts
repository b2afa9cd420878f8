/* dialogs.ts - writing on a card, and choosing between what two have written on it */

import { openDialog } from "../lib/dialog.js";
import { el, setText } from "../lib/dom.js";
import {
  type Card,
  type Change,
  COLUMNS,
  type ColumnId,
  NAME_MOST,
  TEXT_MOST,
  TITLE_MOST,
  type Written,
  WRITTEN,
} from "./card.js";
import type { Conflict } from "./store.js";

const LABELS: Record<keyof Written, string> = {
  title: "Title",
  description: "Description",
  assignee: "Assigned to",
};

export interface EditOptions {
  /** Nicknames of who is here. */
  people: string[];
  save: (written: Written, column: ColumnId) => void;
  /** Without it there is nothing to delete yet. */
  remove?: () => void;
}

export interface Editor {
  /** Someone else has changed the card while it is open. */
  changed: (by: string) => void;
  gone: () => void;
  closed: Promise<void>;
}

function field(name: keyof Written, input: HTMLInputElement | HTMLTextAreaElement): HTMLElement {
  input.id = `card-${name}`;
  return el("div", { class: "field" }, el("label", { for: input.id }, LABELS[name]), input);
}

function peopleList(people: string[]): HTMLDataListElement {
  const names = [...new Set(people)].sort();
  return el("datalist", { id: "card-people" }, ...names.map((value) => el("option", { value })));
}

function columnChoice(current: ColumnId): HTMLSelectElement {
  const select = el("select", { id: "card-column" });
  for (const { id, title } of COLUMNS) select.append(el("option", { value: id }, title));
  select.value = current;
  return select;
}

/** The card's dialog: what is written on it, and where it is. */
export function editCard(card: Card | undefined, column: ColumnId, options: EditOptions): Editor {
  const title = el("input", { maxlength: String(TITLE_MOST), required: "", autocomplete: "off" });
  const description = el("textarea", { maxlength: String(TEXT_MOST), rows: "5" });
  const assignee = el("input", { maxlength: String(NAME_MOST), list: "card-people", autocomplete: "off" });
  const inputs = { title, description, assignee };
  for (const name of WRITTEN) inputs[name].value = card?.[name] ?? "";
  const select = columnChoice(column);
  const where = el("div", { class: "field" }, el("label", { for: select.id }, "Column"), select);
  const notice = el("p", { class: "notice mild", role: "status", hidden: "" });
  const remove = el("button", { type: "button", class: "quiet delete" }, "Delete card");
  const actions = el("div", { class: "actions" }, el("button", {}, card ? "Save" : "Add card"));
  if (options.remove) actions.prepend(remove);
  const fields = WRITTEN.map((name) => field(name, inputs[name]));
  const form = el("form", { class: "edit" }, notice, ...fields, where, peopleList(options.people), actions);
  const dialog = openDialog(card ? "Card" : "New card", form);
  title.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const written = { title: title.value.trim(), description: description.value.trim(), assignee: assignee.value.trim() };
    if (!written.title) return title.focus();
    dialog.close();
    options.save(written, select.value as ColumnId);
  });
  submitByKey(form);
  remove.addEventListener("click", () => {
    dialog.close();
    options.remove?.();
  });
  return editorOf(dialog, notice);
}

/** Ctrl+Enter in any field. */
function submitByKey(form: HTMLFormElement): void {
  form.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
    if (key === "Enter" && (ctrlKey || metaKey)) form.requestSubmit();
  });
}

function editorOf(dialog: HTMLDialogElement, notice: HTMLElement): Editor {
  const tell = (words: string): void => {
    notice.hidden = false;
    setText(notice, words);
  };
  return {
    changed: (by) => tell(`${by || "Someone"} has changed this card meanwhile. Both changes are kept where they can be.`),
    gone: () => tell("This card was deleted meanwhile."),
    closed: new Promise((resolve) => dialog.addEventListener("close", () => resolve())),
  };
}

/** Two wrote the same: shows both of each field, and comes back with what is to stand there. */
export function resolveConflict({ now, change, fields }: Conflict): Promise<Change | undefined> {
  return new Promise((resolve) => {
    const who = now.by || "Someone else";
    const about = el("p", {}, `${who} wrote on this card at the same time. Which is to stay?`);
    const choices = fields.map((name) => choice(name, now[name], change[name] ?? "", who));
    const cancel = el("button", { type: "button", class: "second" }, "Leave the card as it is");
    const actions = el("div", { class: "actions" }, cancel, el("button", {}, "Save"));
    const form = el("form", { class: "conflict" }, about, ...choices, actions);
    const dialog = openDialog("Two changes", form);
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close("yes");
    });
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return resolve(undefined);
      const settled = { ...change };
      const chosen = new FormData(form);
      for (const name of fields) if (chosen.get(name) === "theirs") settled[name] = now[name];
      resolve(settled);
    });
  });
}

function choice(name: keyof Written, theirs: string, mine: string, who: string): HTMLElement {
  const option = (value: string, title: string, text: string): HTMLElement => {
    const input = el("input", { type: "radio", name, value });
    input.checked = value === "mine";
    const words = el("span", { class: text ? "words" : "words muted" }, text || "(nothing)");
    return el("label", { class: "version" }, input, el("span", { class: "who" }, title), words);
  };
  const legend = el("legend", {}, LABELS[name]);
  return el("fieldset", {}, legend, option("mine", "Yours", mine), option("theirs", who, theirs));
}

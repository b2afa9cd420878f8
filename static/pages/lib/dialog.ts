/* dialog.ts - native dialogs: made when they are opened, gone when they are closed */

import { el } from "./dom.js";

type Child = Node | string;

/**
 * Opens a modal dialog with a heading and a button that closes it; Escape and a press beside it
 * do so too, and the focus goes back to where it was.
 */
export function openDialog(title: string, ...content: Child[]): HTMLDialogElement {
  const heading = el("h2", {}, title);
  const close = el("button", { type: "button", class: "icon", "aria-label": "Close" }, "×");
  const sheet = el("div", { class: "sheet" }, el("header", {}, heading, close), ...content);
  const dialog = el("dialog", { "aria-label": title }, sheet);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  const fields = "[autofocus], .sheet :is(input, textarea, select)";
  dialog.querySelector<HTMLElement>(fields)?.focus();
  return dialog;
}

/** Asks before something is done that cannot be undone. */
export function confirm(
  title: string,
  { text = "", yes = "OK", danger = false } = {},
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = el("button", { type: "button", class: "second", autofocus: "" }, "Cancel");
    const go = el("button", { type: "button", class: danger ? "danger" : "" }, yes);
    const actions = el("div", { class: "actions" }, cancel, go);
    const dialog = openDialog(title, ...(text ? [el("p", {}, text)] : []), actions);
    cancel.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** Asks for a line of text; undefined when it was not given. */
export function askText(
  title: string,
  { label = title, value = "", yes = "Save", maxlength = 200 } = {},
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const most = String(maxlength);
    const input = el("input", { id: "asked-text", maxlength: most, autocomplete: "off" });
    input.value = value;
    const field = el("div", { class: "field" }, el("label", { for: input.id }, label), input);
    const form = el("form", {}, field, el("div", { class: "actions" }, el("button", {}, yes)));
    const dialog = openDialog(title, form);
    input.select();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close("yes");
    });
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes" ? input.value.trim() : undefined);
    });
  });
}

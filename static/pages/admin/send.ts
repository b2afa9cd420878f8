/* send.ts - a message to a connection, a room or everyone: the form, and what is made of it */

import { el, setText } from "../lib/dom.js";
import { type Api, words } from "./api.js";

/** What is typed as JSON of an object is its members, anything else its `content`. */
export function contentOf(text: string): Record<string, unknown> {
  if (!text.trimStart().startsWith("{")) return { content: text };
  return JSON.parse(text) as Record<string, unknown>;
}

export interface Target {
  /** A method of the server API, and the members that say to whom. */
  method: "send" | "publish" | "broadcast";
  to: Record<string, unknown>;
  /** As in "Send to …". */
  words: string;
}

export function sendForm(api: Api, target: Target): HTMLFormElement {
  const id = `send-${target.method}`;
  const type = el("input", { id: `${id}-type`, maxlength: "64", autocomplete: "off" });
  const text = el("textarea", { id: `${id}-text`, rows: "3", autocomplete: "off", autofocus: "" });
  const said = el("p", { class: "muted small", role: "status" });
  const problem = el("p", { class: "problem", role: "alert" });
  type.value = "message";
  const form = el(
    "form",
    { class: "send", novalidate: "" },
    el("div", { class: "field" }, el("label", { for: type.id }, "Type"), type),
    el(
      "div",
      { class: "field" },
      el("label", { for: text.id }, "Text, or a JSON object of the message's members"),
      text,
    ),
    problem,
    el("div", { class: "actions" }, said, el("button", { type: "submit" }, `Send to ${target.words}`)),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    setText(problem, "");
    setText(said, "");
    send(api, target, type.value.trim(), text.value).then(
      () => {
        setText(said, `Sent at ${new Date().toLocaleTimeString()}.`);
        text.value = "";
        text.focus();
      },
      (error: unknown) => setText(problem, words(error)),
    );
  });
  return form;
}

async function send(api: Api, { method, to }: Target, type: string, text: string): Promise<void> {
  let content: Record<string, unknown>;
  try {
    content = contentOf(text);
  } catch {
    throw new Error("this begins like JSON, and is none");
  }
  await api.call(method, { ...content, ...to, type });
}

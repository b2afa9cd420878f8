/* you.ts - the dialog about oneself: the name others see, signing in and out */

import type { Client } from "atrium-client";
import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { keepNickname } from "./names.js";
import { askSession, signInForm, signOut } from "./session.js";

function nameForm(client: Client, done: () => void): HTMLFormElement {
  const input = el("input", { id: "nickname", maxlength: "32", autocomplete: "nickname" });
  input.value = client.nickname;
  input.setAttribute("enterkeyhint", "done");
  const label = el("label", { for: input.id }, "Your name, as others see it");
  const line = el("div", { class: "line" }, input, el("button", { type: "submit" }, "Save"));
  const form = el("form", { id: "rename-form" }, el("div", { class: "field" }, label, line));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name && name !== client.nickname) {
      keepNickname(name);
      client.rename(name);
    }
    done();
  });
  return form;
}

function signedInPart(user: string | null): HTMLElement {
  const words = user ? `Signed in as ${user}.` : "Here as a guest.";
  const button = el("button", { type: "button", id: "sign-out", class: "second" }, "Sign out");
  button.addEventListener("click", signOut);
  return el("div", { class: "line" }, el("p", { class: "label" }, words), button);
}

/** Opens the dialog; `why` is said above the form when someone has to sign in. */
export async function openYou(client: Client, why = ""): Promise<void> {
  if (document.querySelector("dialog.you-dialog")) return;
  const rest = el("section", { class: "field", "aria-label": "Signing in" });
  const dialog = openDialog("You", nameForm(client, () => dialog.close()), el("hr"), rest);
  dialog.classList.add("you-dialog");
  const session = await askSession();
  if (session?.signedIn) rest.append(signedInPart(session.user));
  else {
    const words = why || "Sign in to be known by your user.";
    rest.append(el("p", { class: "muted" }, words), signInForm());
  }
  if (why) rest.querySelector("input")?.focus();
}

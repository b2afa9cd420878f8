/* session.ts - signing in and out; the token is a cookie that no script can read */

import { el, setText } from "./dom.js";

export interface Session {
  /** Who is signed in, or null: a guest, or no one. */
  user: string | null;
  /** Whether there is a token at all, a guest's included. */
  signedIn: boolean;
  /** Whether one may come in without one. */
  anonymous: boolean;
}

async function post(path: string, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`/api/auth/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** What went wrong, for people; undefined: nothing did. */
async function problemOf(answer: Response): Promise<string | undefined> {
  if (answer.ok) return undefined;
  try {
    const { error } = (await answer.json()) as { error: { message: string } };
    return `${error.message}.`;
  } catch {
    return "this cannot be done now.";
  }
}

/** Who the cookie says we are; undefined: a cookie that is no longer good, or no server. */
export async function askSession(): Promise<Session | undefined> {
  const answer = await fetch("/api/auth/me").catch(() => undefined);
  if (!answer?.ok) return undefined;
  const { user, anonymous } = (await answer.json()) as { user: string | null; anonymous?: boolean };
  return { user, signedIn: anonymous === undefined, anonymous: anonymous ?? true };
}

async function signIn(name: string, password: string): Promise<string | undefined> {
  const wish = password ? { name, password } : { nickname: name };
  return problemOf(await post(password ? "login" : "guest", { ...wish, cookie: true }));
}

/** The page begins anew when one has signed out. */
export function signOut(): void {
  void post("logout", {}).then(() => location.reload());
}

function field(id: string, label: string, attributes: Record<string, string>): HTMLDivElement {
  const input = el("input", { id, maxlength: "256", ...attributes });
  return el("div", { class: "field" }, el("label", { for: id }, label), input);
}

/** A form to sign in with; the page begins anew when it has worked. */
export function signInForm(): HTMLFormElement {
  const user = field("sign-name", "User", { autocomplete: "username" });
  const password = field("sign-password", "Password, none for a guest", {
    ...{ type: "password", autocomplete: "current-password" },
  });
  const problem = el("p", { id: "sign-problem", class: "problem", role: "alert" });
  const button = el("div", { class: "actions" }, el("button", { type: "submit" }, "Sign in"));
  const form = el("form", { id: "sign-form", novalidate: "" }, user, password, problem, button);
  const valueOf = (part: HTMLElement): string => part.querySelector("input")?.value ?? "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(valueOf(user).trim(), valueOf(password)).then(
      (wrong) => {
        if (!wrong) location.reload();
        else setText(problem, `That did not work: ${wrong}`);
      },
      () => setText(problem, "That did not work: there is no connection."),
    );
  });
  return form;
}

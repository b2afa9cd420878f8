/* session.ts - signing in and out; the token is a cookie that no script can read */

import { byId, setText } from "../lib/dom.js";

interface Me {
  user: string | null;
  anonymous?: boolean;
}

const open = byId("sign");
const form = byId<HTMLFormElement>("sign-form");
const problem = byId("sign-problem");
let signedIn = false;

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

async function signIn(): Promise<void> {
  const name = byId<HTMLInputElement>("sign-name").value.trim();
  const password = byId<HTMLInputElement>("sign-password").value;
  const wish = password ? { name, password } : { nickname: name };
  const answer = await post(password ? "login" : "guest", { ...wish, cookie: true });
  const wrong = await problemOf(answer);
  setText(problem, wrong ? `That did not work: ${wrong}` : "");
  if (!wrong) location.reload();
}

export function askToSignIn(): void {
  if (signedIn) return;
  form.hidden = false;
  open.setAttribute("aria-expanded", "true");
}

function toggle(): void {
  form.hidden = !form.hidden;
  open.setAttribute("aria-expanded", String(!form.hidden));
  if (!form.hidden) byId("sign-name").focus();
}

open.addEventListener("click", () => {
  if (signedIn) void post("logout", {}).then(() => location.reload());
  else toggle();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn().catch(() => setText(problem, "That did not work: there is no connection."));
});

/** Who the cookie says we are; where someone has to sign in, they are asked to. */
export async function showSession(): Promise<void> {
  const answer = await fetch("/api/auth/me").catch(() => undefined);
  if (!answer?.ok) return; // a cookie that is no longer good is gone by now
  const { user, anonymous } = (await answer.json()) as Me;
  signedIn = anonymous === undefined;
  setText(open, signedIn ? "Sign out" : "Sign in");
  open.title = user ? `Signed in as ${user}` : "";
  if (anonymous === false) askToSignIn();
}

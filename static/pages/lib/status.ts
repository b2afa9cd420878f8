/* status.ts - says in the page's head whether we are connected, and helps when we are not */

import type { Client, Status } from "atrium-client";
import { byId, setText } from "./dom.js";

const WORDS: Record<Status["state"], string> = {
  connecting: "Connecting",
  open: "Connected",
  waiting: "Reconnecting",
  closed: "Disconnected",
};

/** What a final close means to who sits before the page. */
const REASONS: Record<number, string> = {
  4400: "The server did not understand this page.",
  4401: "The server wants a sign-in, or the one it was given is not valid.",
  4403: "The server does not allow this.",
  4409: "This session goes on in another tab.",
  4410: "You were removed by an administrator.",
};

/** Binds the elements #status, #status-detail and #status-action of a page to a client. */
export function showStatus(client: Client): void {
  const status = byId("status");
  const detail = byId("status-detail");
  const action = byId("status-action");
  let ticking: ReturnType<typeof setInterval> | undefined;

  const show = ({ state, code, reason, delay }: Status): void => {
    clearInterval(ticking);
    status.dataset["state"] = state;
    setText(status, WORDS[state]);
    setText(detail, "");
    action.hidden = state !== "closed" && (state !== "waiting" || delay < 1500);
    setText(action, state === "closed" ? "Connect again" : "Try now");
    if (state === "closed") setText(detail, REASONS[code] ?? reason);
    if (state === "waiting" && delay >= 1500) {
      const at = performance.now() + delay;
      const count = (): void => {
        setText(detail, `in ${Math.max(1, Math.ceil((at - performance.now()) / 1000))} s`);
      };
      count();
      ticking = setInterval(count, 1000);
    }
  };

  client.on("status", show);
  action.addEventListener("click", () => client.connect());
  show(client.status);
}

/* index.ts - says on the first page whether the server is ready */

import { byId, el, setText } from "./lib/dom.js";

const status = el("span", { id: "status", class: "status", role: "status" });
byId("session").append(el("div", { class: "connection" }, status));

async function show(): Promise<void> {
  try {
    const { ok } = await fetch("/readyz", { cache: "no-store" });
    status.dataset["state"] = ok ? "open" : "connecting";
    setText(status, ok ? "Server is ready" : "Server is starting");
  } catch {
    status.dataset["state"] = "closed";
    setText(status, "Server does not answer");
  }
}

void show();
setInterval(() => document.visibilityState === "visible" && void show(), 5000);

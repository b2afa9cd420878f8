/* index.ts - says on the first page whether the server is ready */

import { byId, setText } from "./lib/dom.js";

async function show(): Promise<void> {
  const status = byId("status");
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

/* browser.ts - time, chance and sockets as a browser has them */

import type { Env } from "./types.js";

export const browser: Env = {
  open: (url) => new WebSocket(url),
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as number),
  random: () => Math.random(),
};

/** An address of the page's own server, or anyone's, as a WebSocket's. */
export function addressOf(address: string): URL {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const url = new URL(address, base);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

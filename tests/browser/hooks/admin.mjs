/* hooks/admin.mjs - what tests of every page must know of the administrators' page: one signs in first
 *
 * SPDX-License-Identifier: MIT
 */
import { ADMIN, PASSWORD } from "../harness.mjs";

const tokens = new Map();

/** One for all pages of a server: who signs in too often has to wait. */
async function tokenFrom(origin) {
  const body = JSON.stringify({ name: ADMIN, password: PASSWORD });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${origin}/api/auth/login`, { method: "POST", headers, body });
  return (await answer.json()).token;
}

export async function ready(page) {
  const { origin } = new URL(page.url());
  if (!tokens.has(origin)) tokens.set(origin, tokenFrom(origin));
  await page.locator("#enter summary").click();
  await page.locator("#enter-token").fill(await tokens.get(origin));
  await page.locator("#enter-form button[type=submit]").click();
  await page.locator("#status[data-state=open]").waitFor();
  await page.locator("#processes tr", { hasText: "hub" }).waitFor();
}

export async function view(page, name) {
  await page.locator("#views label", { hasText: name }).click();
}

/** Until the tap shows a line with this text. */
export async function tapped(page, text) {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("#tap-log li")].some((e) => e.textContent.includes(wanted)),
    text,
  );
}

export async function startTap(page, filter = {}) {
  await view(page, "Tap");
  for (const [part, value] of Object.entries(filter)) await page.locator(`#tap-${part}`).fill(value);
  await page.locator("#tap-start").click();
  await page.locator("#tap-stop").waitFor();
}

export async function sayToAll(page, text) {
  await view(page, "Server");
  await page.locator("#to-all").click();
  await page.locator("dialog textarea").fill(text);
  await page.locator("dialog .send button").click();
  await page.locator("dialog [role=status]", { hasText: "Sent" }).waitFor();
  await page.keyboard.press("Escape");
}

export async function post(page, text) {
  await startTap(page);
  await sayToAll(page, text);
  await view(page, "Tap");
  await tapped(page, text);
}

export const says = (text) => [{ type: "message", content: text }];

export async function scene(ann) {
  await startTap(ann);
  await sayToAll(ann, "The gateways are restarted at noon.");
  await view(ann, "Connections");
  await ann.locator("#view-connections tbody tr").first().waitFor();
}

/* hooks/chat.mjs - what tests of every page must know of the chat
 *
 * SPDX-License-Identifier: MIT
 */
import { say, sees } from "../harness.mjs";

export async function post(page, text) {
  await say(page, text);
  await sees(page, text);
}

export const shown = sees;

export function says(text) {
  return [
    { type: "message", content: text },
    { type: "message", content: { html: text }, key: text, at: text },
    { type: "typing" },
    { type: text.slice(0, 60) },
  ];
}

export async function scene(ann, bob) {
  const talk = [
    [bob, "Morning! Is the new gateway in?"],
    [ann, "Since nine. I restarted the hub twice meanwhile."],
    [bob, "I did not notice."],
    [ann, "That is the idea."],
    [bob, "Let us kill it once more, for the feeling of it."],
  ];
  for (const [page, text] of talk) {
    await say(page, text);
    for (const other of [ann, bob]) await sees(other, text);
  }
  await bob.locator("#people button", { hasText: "Ann" }).first().click();
  await say(bob, "Coffee afterwards?");
  await ann.locator("#direct .unread").waitFor({ state: "attached" });
  await bob.locator("#my-rooms button").first().click();
  await bob.locator("#text").pressSequentially("Five");
  await ann.locator("#typing", { hasText: "Ben is typing" }).waitFor();
}

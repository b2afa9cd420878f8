/* signin.mjs - signing in on chat.html, and rooms that are not for everyone
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { chat, joined, mayLog, PASSWORD, visit } from "./harness.mjs";

const badLogin = /status of 401/;

async function signIn(page, name, password) {
  if ((await page.locator("#sign-form").count()) === 0) await page.locator("#you").click();
  await page.locator("#sign-name").fill(name);
  await page.locator("#sign-password").fill(password);
  await page.locator("#sign-form button").click();
}

async function signedIn(page) {
  await page.locator("#you .verified").waitFor({ state: "attached" });
}

test("who signs in is shown as verified, to others too, and over reloads", async () => {
  const ann = await chat("Ann", "sign");
  const bob = await chat("verified", "sign");
  mayLog(badLogin);
  await signIn(ann, "verified", "a wrong password");
  await ann.locator("#sign-problem", { hasText: "name or password is wrong" }).waitFor();
  await signIn(ann, "verified", PASSWORD);
  await signedIn(ann);
  await joined(ann, "verified");
  await bob.locator("#people .verified[title='Signed in as verified']").waitFor();
  assert.equal(await bob.locator("#people .verified").count(), 1, "a nickname proves nothing");
  await ann.reload();
  await signedIn(ann);
  assert.equal(await ann.evaluate(() => document.cookie), "", "no script reads the token");
  await ann.locator("#you").click();
  await ann.locator("#sign-out").click();
  await ann.locator("#you .verified").waitFor({ state: "detached" });
  await joined(ann, "Ann");
});

test("a guest has a name that is not verified", async () => {
  const page = await chat("Eve", "guests");
  await signIn(page, "A guest", "");
  await joined(page, "A guest");
  assert.equal(await page.locator("#you .verified").count(), 0);
});

for (const width of [1280, 390]) {
  test(`a private room refuses strangers, ${width} px wide`, async () => {
    const viewport = { width, height: 800 };
    const page = await visit("/static/chat.html?room=secret-1", { viewport, nickname: "Stranger" });
    await page.locator("#notice", { hasText: "not open to strangers" }).waitFor();
    await page.locator("#status[data-state=closed]").waitFor();
    const inside = await chat("Ann", "open", { viewport });
    if (width === 390) await inside.locator("[data-panel=rooms-panel]").click();
    await inside.locator("#new-room-name").fill("secret-2");
    await inside.locator("#new-room-name").press("Enter");
    await inside.locator("#notice", { hasText: "not open to strangers" }).waitFor();
    await inside.locator("#status[data-state=open]").waitFor();
  });
}

/* hooks.mjs - all pages that were built, and what tests of every page must know of each
 *
 * A page needs no hook to be tested. hooks/NAME.mjs may export, each of it optional:
 *
 *   room              the room it is opened in
 *   ready(page)       until it shows what it is for; without it, until it is connected
 *   post(page, text)  puts a text wherever someone can; comes back when the page shows it
 *   shown(page, text) until another one's page shows what was posted
 *   says(text)        messages, with their `type`, that a stranger's client says in the room
 *   keeps(text)       entries, as {key, value}, that a stranger's client puts into its state
 *   scene(ann, bob)   two people do what a screenshot is to show; ann's page is taken
 *
 * SPDX-License-Identifier: MIT
 */
import { readdir } from "node:fs/promises";
import { visit } from "./harness.mjs";

export const dist = new URL("../../static/dist/", import.meta.url);
const nothing = async () => {};
const none = () => [];

async function connected(page) {
  await page.locator("#status[data-state=open]").waitFor();
}

async function hookOf(name) {
  const files = await readdir(new URL("./hooks/", import.meta.url));
  return files.includes(`${name}.mjs`) ? import(`./hooks/${name}.mjs`) : {};
}

async function namesIn(folder) {
  const files = await readdir(new URL(folder, dist));
  const pages = files.filter((file) => file.endsWith(".html"));
  return pages.map((file) => folder + file.slice(0, -".html".length)).sort();
}

/** The names of the pages that are made of documents: they have no script. */
export const documents = () => namesIn("docs/");

/** The pages, each with its name, its path and its hook. */
export async function allPages() {
  return Promise.all(
    (await namesIn("")).map(async (name) => ({
      ...{ name, ready: connected, post: nothing, shown: nothing, scene: nothing },
      ...{ says: none, keeps: none },
      ...(await hookOf(name)),
    })),
  );
}

/** Opens a page of these as someone, in a room unless it has one of its own, until it is ready. */
export async function openPage({ name, room, ready }, nickname, elsewhere, options = {}) {
  const where = encodeURIComponent(room ?? elsewhere);
  const page = await visit(`/static/${name}.html?room=${where}`, { nickname, ...options });
  await ready(page);
  return page;
}

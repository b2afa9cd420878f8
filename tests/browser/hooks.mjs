/* hooks.mjs - all pages that were built, and what tests of every page must know of each
 *
 * A page needs no hook to be tested. hooks/NAME.mjs may export, each of it optional:
 *
 *   room              the room it is opened in
 *   ready(page)       until it shows what it is for
 *   post(page, text)  puts a text wherever someone can; comes back when the page shows it
 *   shown(page, text) until another one's page shows what was posted
 *   scene(ann, bob)   two people do what a screenshot is to show; ann's page is taken
 *
 * SPDX-License-Identifier: MIT
 */
import { readdir } from "node:fs/promises";

const dist = new URL("../../static/dist/", import.meta.url);
const nothing = async () => {};

async function hookOf(name) {
  const files = await readdir(new URL("./hooks/", import.meta.url));
  return files.includes(`${name}.mjs`) ? import(`./hooks/${name}.mjs`) : {};
}

/** The pages, each with its name, its path and its hook. */
export async function allPages() {
  const files = await readdir(dist);
  const names = files.filter((file) => file.endsWith(".html")).map((file) => file.slice(0, -5));
  return Promise.all(
    names.sort().map(async (name) => ({
      ...{ name, ready: nothing, post: nothing, shown: nothing, scene: nothing },
      ...(await hookOf(name)),
    })),
  );
}

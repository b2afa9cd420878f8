/* screenshots.mjs - a picture of each page, on a desk and on a phone, and docs/pages.md with them all
 *
 * `make screenshots` runs it. PAGES="chat draw" takes these alone; SHOTS names another folder, and
 * SCHEMES="light dark" takes both, for looking at them: docs/pages.md is left alone then.
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { listed, readPage } from "../../static/layout/layout.mjs";
import { DESKTOP, PHONE, shoot } from "./harness.mjs";
import { allPages, dist, openPage } from "./hooks.mjs";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const folder = resolve(process.env.SHOTS ?? join(docs, "screenshots"));
const wanted = process.env.PAGES?.split(" ").filter(Boolean);
const schemes = process.env.SCHEMES?.split(" ").filter(Boolean) ?? ["light"];
const screens = { desktop: DESKTOP, phone: PHONE };
/* A room for each picture: what was said for one is not in another. */
const ROOMS = {
  desktop: { light: "design", dark: "studio" },
  phone: { light: "launch", dark: "harbour" },
};
const MOST_BYTES = 80 * 1024;

const WORDS = new Set(["docs"]); // nothing but words: no picture
const pages = (await allPages()).filter(({ name }) => !WORDS.has(name));

async function take(hook, screen, colorScheme) {
  const room = ROOMS[screen][colorScheme];
  const ann = await openPage(hook, "Ann", room, { ...screens[screen], colorScheme });
  const bob = await openPage(hook, "Ben", room, DESKTOP);
  await hook.scene(ann, bob);
  const suffix = schemes.length > 1 ? `-${colorScheme}` : "";
  const file = join(folder, `${hook.name}-${screen}${suffix}.png`);
  await shoot(ann, file);
  const { size } = await stat(file);
  assert.ok(size < MOST_BYTES, `${file} has ${size} bytes`);
}

await mkdir(folder, { recursive: true });
for (const hook of pages) {
  if (wanted && !wanted.includes(hook.name)) continue;
  for (const screen of Object.keys(screens)) {
    for (const colorScheme of schemes) {
      test(`${hook.name}, ${screen}, ${colorScheme}`, () => take(hook, screen, colorScheme));
    }
  }
}

/** What a page says of itself, and its pictures. */
function section({ name, title, description }) {
  const pictures = Object.keys(screens).map(
    (screen) => `![${title}, ${screen}](screenshots/${name}-${screen}.png)`,
  );
  return `## ${title}\n\n${description}\n\n${pictures.join("\n")}\n`;
}

if (!process.env.SHOTS) {
  test("docs/pages.md", async () => {
    const taken = await readdir(folder);
    const shown = pages.filter(({ name }) => taken.includes(`${name}-desktop.png`));
    const read = async ({ name }) =>
      readPage(name, await readFile(new URL(`${name}.html`, dist), "utf8"));
    const all = await Promise.all(shown.map(read));
    const sections = [...all.filter(({ name }) => name === "index"), ...listed(all)].map(section);
    const head = "# Pages\n\nWhat a browser gets from a running Atrium. Made by `make screenshots`.\n";
    await writeFile(join(docs, "pages.md"), [head, ...sections].join("\n"));
  });
}

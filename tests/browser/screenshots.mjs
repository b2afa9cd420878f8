/* screenshots.mjs - a picture of each page, on a desk and on a phone, into docs/screenshots
 *
 * `make screenshots` runs it; PAGES="chat draw" takes these alone, SHOTS names another folder.
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { DESKTOP, PHONE, shoot } from "./harness.mjs";
import { allPages, openPage } from "./hooks.mjs";

const docs = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
const folder = resolve(process.env.SHOTS ?? docs);
const wanted = process.env.PAGES?.split(" ").filter(Boolean);
const schemes = process.env.SCHEMES?.split(" ").filter(Boolean) ?? ["light"];
const MOST_BYTES = 80 * 1024;

for (const hook of await allPages()) {
  const { name, scene } = hook;
  if (name === "docs") continue; // words
  if (wanted && !wanted.includes(name)) continue;
  for (const [screen, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of schemes) {
      test(`${name}, ${screen}, ${colorScheme}`, async () => {
        const room = { desktop: "team", phone: "friends" }[screen] + (colorScheme === "dark" ? "2" : "");
        const ann = await openPage(hook, "Ann", room, { ...size, colorScheme });
        const bob = await openPage(hook, "Ben", room, DESKTOP);
        await scene(ann, bob);
        await mkdir(folder, { recursive: true });
        const suffix = schemes.length > 1 ? `-${colorScheme}` : "";
        const file = join(folder, `${name}-${screen}${suffix}.png`);
        await shoot(ann, file);
        const { size: bytes } = await stat(file);
        assert.ok(bytes < MOST_BYTES, `${file} has ${bytes} bytes`);
      });
    }
  }
}

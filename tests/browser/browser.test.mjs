/* browser.test.mjs - all browser tests: one Atrium, one browser, a profile for each page
 *
 * SPDX-License-Identifier: MIT
 */
import { readdir } from "node:fs/promises";

/* Every file here and in demos/ whose name ends so; BROWSER="draw kanban" takes these alone. */
const TESTS = ".test.mjs";
const wanted = process.env.BROWSER?.split(" ").filter(Boolean);

for (const folder of ["./", "./demos/"]) {
  const found = await readdir(new URL(folder, import.meta.url)).catch(() => []);
  const files = found.filter((name) => name.endsWith(TESTS) && name !== "browser.test.mjs").sort();
  for (const file of files) {
    if (wanted && !wanted.includes(file.slice(0, -TESTS.length))) continue;
    await import(`${folder}${file}`);
  }
}

/* hooks/docs.mjs - what tests of every page must know of the list of documents: it has no script
 *
 * SPDX-License-Identifier: MIT
 */
export async function ready(page) {
  await page.locator("main").waitFor();
}

/* hooks/monitor.mjs - what tests of every page must know of the monitor
 *
 * SPDX-License-Identifier: MIT
 */
export const room = "system_monitor";

export async function ready(page) {
  await page.locator("#freshness", { hasText: "Live" }).waitFor();
  await page.locator(".chart canvas").first().waitFor();
}

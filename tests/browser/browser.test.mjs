/* browser.test.mjs - all browser tests: one Atrium, one browser, a profile for each page
 *
 * SPDX-License-Identifier: MIT
 */
import "./chat.mjs";
import "./signin.mjs";
import "./pages.mjs";
import "./clients.mjs";
import "./compression.mjs";
import "./history.test.mjs";

/* compression.mjs - Chromium and permessage-deflate
 *
 * SPDX-License-Identifier: MIT
 */
import assert from "node:assert/strict";
import test from "node:test";
import { visit } from "./harness.mjs";

/* In the page: says texts of these lengths and comes back with what came of them. */
function echoes(lengths) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}/api/ws?room=compressed-${Math.random()}`);
    const came = [];
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "welcome") {
        for (const length of lengths) {
          socket.send(JSON.stringify({ type: "m", text: "äb".repeat(length / 2) }));
        }
      }
      if (message.type === "m" && came.push(message.text) === lengths.length) {
        socket.onclose = null;
        socket.close(1000);
        resolve([socket.extensions, came]);
      }
    };
  });
}

test("messages of any length come back as they were, compressed or not", async () => {
  const page = await visit("/static/chat.html?room=compression", { nickname: "Ann" });
  const lengths = [0, 2, 100, 256, 1000, 10000, 40000];
  const [extensions, came] = await page.evaluate(echoes, lengths);
  assert.match(extensions, /^permessage-deflate/);
  assert.deepEqual(
    came,
    lengths.map((length) => "äb".repeat(length / 2)),
  );
});

/* peer.cjs - node's ws as peer.py has Python's: what comes is printed, what is read is sent
 *
 *	node peer.cjs URL
 *
 * SPDX-License-Identifier: MIT
 */
const readline = require("node:readline");
const WebSocket = require("/usr/share/nodejs/ws");

const socket = new WebSocket(process.argv[2]);
socket.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
socket.on("close", () => process.exit(0));
socket.on("message", (data, binary) => {
  console.log(JSON.stringify(binary ? { binary: data.toString("base64") } : data.toString()));
});
socket.on("open", () => {
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const frame = JSON.parse(line);
    socket.send(typeof frame === "string" ? frame : Buffer.from(frame.binary, "base64"));
  });
  lines.on("close", () => socket.close(1000));
});

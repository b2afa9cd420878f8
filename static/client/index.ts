/**
 * atrium-client - Atrium's client for browsers and Node.
 *
 *     import { connect } from "/static/atrium-client.mjs";
 *
 *     const client = connect({ nickname: "Ann" });
 *     const room = client.join("general");
 *     room.on("message", (m) => console.log(m.nickname, m.content));
 *     await room.publish("message", { content: "hello" });
 *
 * With <script src="/static/atrium-client.js"> the same is Atrium.connect.
 *
 * It reconnects by itself, joins its rooms again, and sends what was published meanwhile. What was
 * said in a room while there was no connection arrives then, each message once and in order. Only
 * when that is more than the server keeps does a room `reset`, and an application that shows what
 * was said before begins anew:
 *
 *     const load = async () => show((await room.history()).messages);
 *     room.on("reset", load);
 *     await room.ready.then(load);
 *
 * A room joined with `{ state: true }` has values by key, the same for all who are in it:
 *
 *     const { state } = client.join("board", { state: true });
 *     state.on("change", ({ key, value }) => draw(key, value));
 *     await state.set("card/1", { title: "Milk" });
 *
 * docs/client.md is the guide.
 *
 * SPDX-License-Identifier: MIT
 */
import { Client } from "./client.js";
import type { Messages, Options } from "./types.js";

export { Client } from "./client.js";
export { Room } from "./room.js";
export type { RoomState } from "./state.js";
export { AtriumError } from "./error.js";
export type * from "./types.js";

/** Makes a client and starts connecting. `M` names an application's messages: see `Messages`. */
export function connect<M extends object = Messages>(options: Options = {}): Client<M> {
  const client = new Client<M>(options);
  client.connect();
  return client;
}

/* error.ts - what a promise of the library is rejected with */

import type { StateEntry } from "./types.js";

/**
 * `code` is one of the server's
 *   bad_json bad_message too_deep bad_room bad_target too_many_rooms room_full not_in_room
 *   no_such_target unauthorized forbidden unavailable state_full
 *   no_handler handler_timeout
 *   refused       the room's handler does not let a message pass; it may have a code of its own
 *   conflict      a change of the room's state found other revisions than it named: see `current`
 *   rate          too much at once (only of signals: what a promise stands for is sent again later)
 * or one of the library's own
 *   closed        the client is closed; see `client.status` for why
 *   queue_full    too much is waiting already; nothing was sent
 *   disconnected  the connection ended before the answer came (never for `publish` and `private`,
 *                 which are sent again, nor for changes of a room's state)
 *   timeout       a call was not answered in its time
 *   no_state      the room was joined without `{ state: true }`
 *   refused       also: the server closed the connection over a message that it cannot take
 *   unknown       an error of the server without a code
 */
export class AtriumError extends Error {
  /** Of a conflict: the keys whose revisions did not match, as they are; `rev` 0: not there. */
  readonly current: StateEntry[];

  constructor(
    readonly code: string,
    message: string = code,
    current: StateEntry[] = [],
  ) {
    super(message);
    this.name = "AtriumError";
    this.current = current;
  }
}

/* error.ts - what a promise of the library is rejected with */

/**
 * `code` is one of the server's
 *   bad_json bad_message too_deep bad_room bad_target too_many_rooms room_full not_in_room
 *   no_such_target unauthorized forbidden unavailable unsupported
 *   rate          too much at once (only of signals: what a promise stands for is sent again later)
 * or one of the library's own
 *   closed        the client is closed; see `client.status` for why
 *   queue_full    too much is waiting already; nothing was sent
 *   disconnected  the connection ended before the answer came (never for `publish` and `private`,
 *                 which are sent again)
 *   refused       the server closed the connection over a message that it cannot take
 *   unknown       an error of the server without a code
 */
export class AtriumError extends Error {
  constructor(
    readonly code: string,
    message: string = code,
  ) {
    super(message);
    this.name = "AtriumError";
  }
}

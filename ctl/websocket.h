/* websocket.h - a WebSocket client that waits: one connection, messages of text, RFC 6455 */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_WEBSOCKET_H
#define CTL_WEBSOCKET_H

#include "proto/base/buf.h"

struct websocket;

struct websocket_end {
	int status; /* of HTTP, if the handshake was refused */
	int code; /* of the close; 1006: there was none */
	bool unreached; /* there was no connection at all */
	char reason[128]; /* or what went wrong */
};

/* `url`: http://HOST:PORT; `path` begins with a slash. 0, or -EIO and why. */
int websocket_open(const char *url, const char *path, const char *token,
	struct websocket **ret_websocket, struct websocket_end *ret_end);
void websocket_free(struct websocket *websocket);

/* Waits for a message, whole; pings are answered meanwhile. 0, or -EIO: it is over, and why. */
int websocket_read(
	struct websocket *websocket, struct buf *ret_message, struct websocket_end *ret_end);

/* A message of text, of at most 65,535 bytes. 0, or -EIO as above. */
int websocket_write(struct websocket *websocket, struct slice text, struct websocket_end *ret_end);

#endif

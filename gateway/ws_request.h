/* ws_request.h - a request to become a WebSocket, as its head says it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_WS_REQUEST_H
#define GATEWAY_WS_REQUEST_H

#include <stdbool.h>

#include "gateway/address.h"
#include "gateway/route.h"
#include "proto/base/buf.h"

/* Header fields that a handshake is about. */
enum ws_field {
	WS_HOST,
	WS_UPGRADE,
	WS_CONNECTION,
	WS_VERSION,
	WS_KEY,
	WS_PROTOCOL,
	WS_EXTENSIONS,
	WS_ORIGIN,
	WS_AUTHORIZATION,
	WS_COOKIE,
	WS_CONTENT_LENGTH,
	WS_FORWARDED_FOR,
	WS_FIELDS,
};

/* All slices borrowed; an empty one was not said. */
struct ws_request {
	bool get; /* its method */
	bool old; /* HTTP/1.0 */
	struct slice path; /* percent-decoded, without the query */
	struct slice fields[WS_FIELDS]; /* of several with one name: all, with a comma between */
	struct route_query query;
	struct address peer; /* for who reads it to set; all-zero: not known */
};

/*
 * Reads a whole head that head_check() has let through. What is not as it stands there is put into
 * `memory`, which is not moved if it has room for the length of the head twice.
 */
void ws_request_read(struct slice head, struct buf *memory, struct ws_request *ret_request);

#endif

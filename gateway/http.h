/* http.h - routes: what is a handshake, what is a file, what is refused */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <libwebsockets.h>

#include "gateway/client.h"

/* Made before the vhost: opens the static directory and the like. Returns 0 or -errno, logged. */
int http_new(struct gateway *gateway, struct http **ret_http);
void http_free(struct http *http); /* takes NULL */
void http_reload(struct http *http); /* gateway->conf is another */

/*
 * Every callback of lws that is about HTTP: HTTP_CONFIRM_UPGRADE (origin, path, method, limits: a
 * refusal is written with its status), HTTP, HTTP_WRITEABLE, HTTP_FILE_COMPLETION, CLOSED_HTTP,
 * HTTP_DROP_PROTOCOL ... What it does not know goes to lws_callback_http_dummy(). user: struct
 * wire.
 */
int http_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/*
 * In ESTABLISHED, while lws still has the request's headers: path, query, Authorization and
 * subprotocol. `memory` holds what the slices point to. Returns 0, or -EINVAL if id, nickname or
 * room is not valid (then the dialect and the address are set and the client is closed with
 * BAD_REQUEST).
 */
int http_handshake(struct gateway *gateway, struct lws *wsi, struct buf *memory,
	struct handshake *ret_handshake);

#endif

/* http_handshake.h - may this request become a WebSocket? */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_HANDSHAKE_H
#define GATEWAY_HTTP_HANDSHAKE_H

#include "gateway/gateway.h"
#include "gateway/http_asked.h"

/* REFUSAL_NONE, or why not (counted); ret_asked as of asked_read(). */
enum refusal handshake_check(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, struct asked *ret_asked);

/* An Origin, if there is one, may ask. */
bool handshake_may_connect(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, const struct asked *asked);
/* Whose request it is, as text. */
struct slice handshake_address(struct gateway *gateway, struct lws *wsi, struct buf *memory);

#endif

/* http_handshake.h - may this request become a WebSocket? */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_HANDSHAKE_H
#define GATEWAY_HTTP_HANDSHAKE_H

#include "gateway/gateway.h"
#include "gateway/http_asked.h"

/* REFUSAL_NONE, or why not (counted); ret_asked as of asked_read(). */
enum refusal handshake_check(
	struct gateway *gateway, struct lws *wsi, struct buf *memory, struct asked *ret_asked);

/* In ADD_HEADERS: the extension that is agreed on goes into the answer. */
void handshake_add_headers(
	const struct gateway *gateway, struct lws *wsi, struct lws_process_html_args *headers);

#endif

/* http_handshake.h - may this request become a WebSocket, what does it ask for, and the answer */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_HANDSHAKE_H
#define GATEWAY_HTTP_HANDSHAKE_H

#include "gateway/client.h"
#include "gateway/extensions.h"
#include "gateway/reply.h"
#include "gateway/ws_request.h"

/*
 * REFUSAL_NONE, or why not (counted); ret_extensions: what is agreed on. `memory` takes names that
 * have to be decoded.
 */
enum refusal handshake_check(struct gateway *gateway, const struct ws_request *request,
	struct buf *memory, struct extensions *ret_extensions);

/* What it asks for; false: some of that cannot be. */
bool handshake_read(const struct gateway *gateway, const struct ws_request *request,
	struct buf *memory, struct handshake *ret_handshake);

/* Appends the whole answer with which it becomes a WebSocket. */
void handshake_answer(struct gateway *gateway, const struct ws_request *request,
	const struct extensions *extensions, struct buf *out);

#endif

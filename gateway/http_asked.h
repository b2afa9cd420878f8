/* http_asked.h - what a request's head says, as libwebsockets has read it */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_ASKED_H
#define GATEWAY_HTTP_ASKED_H

#include <libwebsockets.h>

#include "gateway/gateway.h"
#include "gateway/reply.h"

struct asked {
	int method; /* LWSHUMETH_... */
	struct slice path; /* percent-decoded, without the query */
	struct slice host;
	bool old; /* HTTP/1.0 */
	bool keep; /* the connection may serve another request */
	bool chunked;
	uint64_t body; /* bytes that are announced */
};

/*
 * Values are copied into memory, which must have been made ready and is not moved: slices live
 * until it is made ready again, whatever becomes of the request.
 */
void asked_memory(struct buf *memory);
struct slice asked_field(struct lws *wsi, enum lws_token_indexes field, struct buf *memory);
/*
 * REFUSAL_NONE, or what is wrong with any request like this; ret_asked is set as far as it could be
 * read.
 */
enum refusal asked_read(struct lws *wsi, struct buf *memory, struct asked *ret_asked);

/* Whose request it is, as text. */
struct slice asked_address(const struct gateway *gateway, struct lws *wsi, struct buf *memory);

#endif

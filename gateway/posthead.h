/* posthead.h - the head of a request that wants something done; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_POSTHEAD_H
#define GATEWAY_POSTHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/operation.h"
#include "gateway/reply.h"
#include "proto/base/buf.h"

/* Slices are borrowed from the head, or its memory; an empty one was not said. */
struct posthead {
	enum http_method method;
	struct slice path; /* as it was sent, without the query */
	struct slice host;
	struct slice origin;
	struct slice type; /* Content-Type */
	struct slice authorization;
	struct slice cookie;
	struct slice forwarded; /* X-Forwarded-For */
	uint64_t length; /* of the body */
	bool sized; /* that was said */
	bool keep; /* the connection may serve another request */
	bool old; /* HTTP/1.0 */
	bool expects; /* 100-continue */
};

/*
 * Whether a whole head, which head_check() has let through, is for http_post.c: any method below
 * /api/ but GET and HEAD, and these two where the path names what http.c does not answer. Not so
 * /api/ws, which is a WebSocket.
 */
bool posthead_wanted(struct slice head);

/*
 * REFUSAL_NONE, or what is wrong with it; ret_head is set as far as it could be read. `memory`,
 * which is empty, is used for fields that are there more than once: those are joined.
 */
enum refusal posthead_read(struct slice head, struct buf *memory, struct posthead *ret_head);

/* Whether a Content-Type says JSON; a charset other than UTF-8 is none. */
bool posthead_is_json(struct slice type);

#endif

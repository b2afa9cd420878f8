/* reply.h - the text of HTTP replies: heads, refusals, short bodies; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_REPLY_H
#define GATEWAY_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

/* Why a request is not answered with what it asked for. */
enum refusal {
	REFUSAL_NONE = -1,
#define REFUSAL(NAME, status, code, fields, message) REFUSAL_##NAME,
#include "gateway/refusals.def"
#undef REFUSAL
	REFUSAL_MAX,
};

/* Where a reply is written: from its status line to its end. */
struct reply {
	struct buf *out;
	bool head_only; /* HEAD was asked */
	bool keep; /* the connection serves another request after this */
	bool old; /* HTTP/1.0: to keep a connection must be said */
	uint64_t wall_ms;
};

void reply_begin(const struct reply *reply, int status); /* and what every reply has */
void reply_field(const struct reply *reply, const char *name, struct slice value);
void reply_text(const struct reply *reply, const char *name, const char *value);
void reply_number(const struct reply *reply, const char *name, uint64_t value);
void reply_end(const struct reply *reply);

/* Whole replies, not to be kept by anyone. */
void reply_whole(
	const struct reply *reply, int status, const char *content_type, struct slice body);
/* With a Set-Cookie, unless it is empty. */
void reply_json(const struct reply *reply, int status, struct slice body, struct slice cookie);
void reply_refusal(const struct reply *reply, enum refusal refusal);
void reply_ready(const struct reply *reply, bool ready, bool hub, bool auth, bool stopping);

#endif

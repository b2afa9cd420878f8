/* wsproto.h - RFC 6455 as a server reads it: frames to messages; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_WSPROTO_H
#define GATEWAY_WSPROTO_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/assembly.h"
#include "gateway/inflater.h"
#include "proto/close.h"

enum ws_event_type {
	WS_NOTHING, /* all that there was is taken; more is needed */
	WS_MESSAGE,
	WS_PING,
	WS_PONG,
	WS_CLOSE, /* nothing follows */
	WS_FAILED, /* the peer breaks the protocol or a limit; nothing that follows is read */
};

struct ws_event {
	enum ws_event_type type;
	bool binary; /* of MESSAGE */
	enum close_reason reason; /* of FAILED */
	struct slice payload; /* of CLOSE: a code and a reason, checked, or nothing */
};

struct ws_limits {
	size_t max_message;
	bool binary; /* binary messages are taken */
	struct inflater *inflater; /* NULL: permessage-deflate is not agreed on */
};

enum { WS_HEADER_MAX = 14, WS_CONTROL_MAX = 125 };

/* What has been read of one connection. All-zero is the beginning. */
struct wsproto {
	uint64_t remaining; /* of the payload of the frame */
	struct assembly assembly;
	struct buf control; /* the payload of a control frame that comes in pieces */
	unsigned char header[WS_HEADER_MAX];
	uint8_t header_len;
	uint8_t mask_at; /* which byte of the mask is next */
	bool in_payload;
	bool in_message; /* a fragment has come, and more will */
	bool begun; /* a piece of the message has come */
	bool binary;
	bool compressed; /* the message is */
	bool over; /* CLOSE or FAILED */
};

void wsproto_done(struct wsproto *ws);
size_t wsproto_memory(const struct wsproto *ws); /* bytes that it holds */

/*
 * Takes bytes off the front of [*at, *at + *len), which are unmasked in place, up to the first
 * event. The payload lives until the next call, and as long as these bytes do.
 */
void wsproto_next(struct wsproto *ws, const struct ws_limits *limits, char **at, size_t *len,
	struct ws_event *ret_event);

/* The payload of a peer's close frame: may it leave at once? Code 1000, or none. */
bool wsproto_is_clean(struct slice close_payload);

#endif

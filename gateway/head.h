/* head.h - the head of a connection's first request; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HEAD_H
#define GATEWAY_HEAD_H

#include "proto/base/buf.h"

/*
 * libwebsockets ends a connection without a word when a head is too long, takes a request without
 * Host, hangs on a chunked body, and cannot read a list of subprotocols longer than 127 bytes,
 * which `bearer, <token>` is. So heads are looked at first.
 */
enum {
	HEAD_MAX = 32 * 1024, /* whatever the settings say */
	HEAD_EXTENSIONS_MAX = 250, /* libwebsockets reads no longer list */
};

/* What a walk over its lines has found. */
struct head {
	size_t len; /* with the empty line that it ends with */
	bool upgrade; /* it asks for a WebSocket */
	bool old; /* HTTP/1.0 */
	bool odd; /* head_edit() may have something to change */
};

/*
 * What has come so far. Returns 0: the head is not whole; 1: it is, and may be given to
 * libwebsockets; else the HTTP status to refuse it with.
 */
int head_check(struct slice bytes, size_t max, struct head *ret_head);

/*
 * Copies a whole head, and what follows it, so that libwebsockets can read it: the token of
 * `Sec-WebSocket-Protocol: bearer, <token>` becomes an Authorization of its own if there is none;
 * an escaped NUL, CR or LF in the target, which it would end there, becomes %01, and a room's name
 * in it what pathname.h says; an Upgrade to something else than a WebSocket is left out, as are
 * other protocols beside it, and extensions that are more than HEAD_EXTENSIONS_MAX. False: nothing
 * had to be changed, nothing is copied.
 */
bool head_edit(struct slice bytes, struct buf *out);

/* How long a whole head is, if it asks for something that can be read, and has no body; else 0. */
size_t head_plain(struct slice bytes);

#endif

/* http_send.h - a reply on its way to a socket that may take it slowly */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_HTTP_SEND_H
#define GATEWAY_HTTP_SEND_H

#include <libwebsockets.h>

#include "gateway/gateway.h"

/*
 * libwebsockets goes on looking at a socket that has something to read while a reply is being
 * written, and finds it again and again: one client that asks twice and reads nothing would take
 * the whole processor. So it does not look meanwhile, what the socket does not take at once is
 * written from here, never by libwebsockets, and the reply is not over before the socket would take
 * more: only then does libwebsockets look at the next request.
 */
struct http_send {
	struct gateway *gateway;
	struct lws *wsi;
	struct watch *watch; /* of `fd`, while something waits */
	int fd; /* the socket under another number, or -1 */
	int file; /* or -1 */
	uint64_t remaining; /* bytes of the file */
	off_t offset;
	struct buf unsent; /* what goes before them */
	bool whole; /* nothing waits any more */
};

void http_send_init(struct http_send *send, struct gateway *gateway, struct lws *wsi);
void http_send_done(struct http_send *send);

/*
 * Writes the bytes, and then so much of the file, which is closed at the end. 1: all is written;
 * 0: not yet: HTTP_WRITEABLE comes when it is; -1: the connection is broken.
 */
int http_send_start(struct http_send *send, struct slice bytes, int file, uint64_t size);

#endif

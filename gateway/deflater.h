/* deflater.h - a message compressed once, for all who agreed on it (RFC 7692); knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DEFLATER_H
#define GATEWAY_DEFLATER_H

#include "gateway/frame.h"

/* One for all clients: nothing of a message is kept for the next (no context takeover). */
struct deflater;

struct deflater_limits {
	size_t min, max; /* shorter and longer messages go out as they are */
	int level; /* of zlib: 1, fast, to 9, small */
};

struct deflater *deflater_new(void);
void deflater_free(struct deflater *deflater); /* takes NULL */

/*
 * The compressed message, without the four bytes that a receiver adds (section 7.2.1); lives until
 * the next call. False: it would not be shorter.
 */
bool deflater_take(
	struct deflater *deflater, struct slice message, int level, struct slice *ret_compressed);

/*
 * The form of a frame for a client that inflates windows of 2^bits bytes: itself, or its compressed
 * one, which is made at most once and lives as long. No reference is given.
 */
struct frame *deflater_form(struct deflater *deflater, struct frame *frame, unsigned bits,
	const struct deflater_limits *limits);

#endif

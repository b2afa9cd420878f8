/* assembly.h - messages put together from pieces, checked as they come; no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ASSEMBLY_H
#define GATEWAY_ASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

/*
 * UTF-8 that comes in pieces, checked as it comes (section 8.1). All-zero is the beginning of a
 * text.
 */
struct utf8_stream {
	uint8_t want; /* continuation bytes that are missing */
	uint8_t low, high; /* what the next one may be, if it is not any; 0: any */
};

/* false: this is not UTF-8 */
bool utf8_stream_feed(struct utf8_stream *stream, struct slice bytes);
bool utf8_stream_end(const struct utf8_stream *stream); /* false: it was cut */

/* A piece of a message, as it comes from a frame or a part of one. */
struct piece {
	struct slice bytes;
	size_t remaining; /* bytes of its frame that are still to come */
	bool first, last; /* of the message */
	bool binary; /* no text, or not yet: it is compressed */
};

/* A message that comes in pieces. All-zero is none. */
struct assembly {
	struct buf buf;
	struct utf8_stream utf8;
};

/*
 * Returns 1: ret_message is whole, and lives until the next call (a message of one piece is not
 * copied); 0: more is to come; -EMSGSIZE: it is, or will be, over max; -EILSEQ: its text is no
 * UTF-8.
 */
int assembly_add(struct assembly *assembly, const struct piece *piece, size_t max,
	struct slice *ret_message);
void assembly_taken(struct assembly *assembly); /* the message that was given is not needed */
void assembly_done(struct assembly *assembly);

#endif

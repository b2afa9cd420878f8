/* extensions.h - Sec-WebSocket-Extensions: what a client offers, and what is agreed on */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_EXTENSIONS_H
#define GATEWAY_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

enum { EXTENSIONS_BITS_MIN = 8, EXTENSIONS_BITS_MAX = 15 };

/* What is agreed on. permessage-deflate is all that there may be. */
struct extensions {
	/* the client inflates windows of 2^n bytes; 0: nothing is agreed on */
	uint8_t deflate_bits;
	bool bits_asked; /* it has named them */
};

/*
 * The first offer that RFC 7692 section 7.1 lets be accepted. -EINVAL: the list does not conform to
 * RFC 6455 section 9.1, and the handshake fails.
 */
int extensions_read(struct slice offers, struct extensions *ret_extensions);

/* Appends the value of the answer's header; nothing if nothing is agreed on. */
void extensions_answer(const struct extensions *extensions, struct buf *out);

#endif

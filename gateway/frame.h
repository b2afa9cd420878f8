/* frame.h - an encoded WebSocket frame of the server's, shared by all who receive it */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FRAME_H
#define GATEWAY_FRAME_H

#include <stdint.h>

#include "proto/base/buf.h"

/* RFC 6455 section 5.2 */
enum frame_opcode {
	FRAME_TEXT = 1,
	FRAME_BINARY = 2,
	FRAME_CLOSE = 8,
	FRAME_PING = 9,
	FRAME_PONG = 10,
};

enum { FRAME_HEADER_MAX = 10 };

/* Reference-counted; never changed once it is made. */
struct frame {
	uint32_t refs;
	uint32_t len; /* of header and payload */
	char bytes[];
};

struct frame *frame_new(enum frame_opcode opcode, struct slice payload); /* with one reference */
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* takes NULL */

/* The header of an unmasked, unfragmented frame; how long it is. */
size_t frame_header(char header[FRAME_HEADER_MAX], enum frame_opcode opcode, size_t payload_len);

#endif

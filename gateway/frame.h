/* frame.h - an encoded WebSocket frame of the server's, shared by all who receive it */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_FRAME_H
#define GATEWAY_FRAME_H

#include <stdbool.h>
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

/* Reference-counted; its bytes are never changed once it is made. */
struct frame {
	uint32_t refs;
	uint32_t len; /* of header and payload */
	/* NULL: has not been tried; itself: not worth it; else with a reference (deflater.h) */
	struct frame *compressed;
	/*
	 * 0, or: a newer frame with this key makes this one worthless to who has not got it yet.
	 * Odd: it has an offset, so its order among others matters all the same.
	 */
	uint64_t key;
	char bytes[];
};

struct frame *frame_new(enum frame_opcode opcode, struct slice payload); /* with one reference */
/* the same with the bit that says so (RFC 7692 section 6) */
struct frame *frame_new_compressed(enum frame_opcode opcode, struct slice payload);
/* what is no frame, but goes out among them: the answer to a handshake */
struct frame *frame_new_raw(struct slice bytes);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame); /* takes NULL */

enum frame_opcode frame_opcode(const struct frame *frame);
bool frame_is_control(const struct frame *frame);
struct slice frame_payload(const struct frame *frame);

static inline bool frame_has_order(const struct frame *frame)
{
	return frame->key == 0 || frame->key & 1;
}

/* The header of an unmasked, unfragmented frame; how long it is. */
size_t frame_header(char header[FRAME_HEADER_MAX], enum frame_opcode opcode, size_t payload_len);

#endif

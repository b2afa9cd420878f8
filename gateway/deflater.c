/* deflater.c - a message compressed once, for all who agreed on it (RFC 7692); knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/deflater.h"

#include <assert.h>
#define ZLIB_CONST /* it does not change what it reads */
#include <zlib.h>

#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	MEMORY = 8, /* zlib's memLevel */
	TAIL = 4, /* 00 00 ff ff, which a flush ends with */
	KEEP = 256 * 1024, /* of memory for the next message */
};

struct deflater {
	z_stream z;
	struct buf out;
	int level; /* 0: zlib has no memory yet */
};

struct deflater *deflater_new(void)
{
	return mem_alloc(sizeof(struct deflater));
}

static void end(struct deflater *deflater)
{
	if (deflater->level)
		deflateEnd(&deflater->z);
	deflater->level = 0;
}

void deflater_free(struct deflater *deflater)
{
	if (!deflater)
		return;
	end(deflater);
	buf_done(&deflater->out);
	mem_free(deflater);
}

static void *take_memory(void *unused, unsigned count, unsigned size)
{
	(void)unused;
	return mem_array(count, size);
}

static void give_memory(void *unused, void *memory)
{
	(void)unused;
	mem_free(memory);
}

static void begin(struct deflater *deflater, int level)
{
	int r;

	if (deflater->level == level) {
		r = deflateReset(&deflater->z);
	} else {
		end(deflater);
		deflater->z = (z_stream){ .zalloc = take_memory, .zfree = give_memory };
		r = deflateInit2(
			&deflater->z, level, Z_DEFLATED, -MAX_WBITS, MEMORY, Z_DEFAULT_STRATEGY);
		deflater->level = level;
	}
	assert(r == Z_OK);
	buf_clear(&deflater->out);
	buf_shrink(&deflater->out, KEEP);
}

bool deflater_take(
	struct deflater *deflater, struct slice message, int level, struct slice *ret_compressed)
{
	z_stream *z = &deflater->z;
	size_t room = message.len + TAIL, len;
	int r;

	assert(room <= UINT32_MAX);
	begin(deflater, level);
	z->next_in = (const unsigned char *)message.ptr;
	z->avail_in = (unsigned)message.len;
	z->next_out = (unsigned char *)buf_reserve(&deflater->out, room);
	z->avail_out = (unsigned)room;
	r = deflate(z, Z_SYNC_FLUSH);
	assert(r == Z_OK || r == Z_BUF_ERROR);
	if (z->avail_out == 0)
		return false;
	len = room - z->avail_out;
	assert(len > TAIL);
	*ret_compressed = slice_make(deflater->out.data, len - TAIL);
	return len - TAIL < message.len;
}

/* The frame itself where it is not worth it. */
static struct frame *shorten(struct deflater *deflater, struct frame *frame, int level)
{
	struct slice payload = frame_payload(frame), compressed;
	struct frame *form;

	if (!deflater_take(deflater, payload, level, &compressed)) {
		counter_add(COUNTER_GATEWAY_DEFLATED_IN_VAIN, 1);
		return frame;
	}
	counter_add(COUNTER_GATEWAY_DEFLATED, 1);
	counter_add(COUNTER_GATEWAY_DEFLATED_BYTES_IN, payload.len);
	counter_add(COUNTER_GATEWAY_DEFLATED_BYTES_OUT, compressed.len);
	form = frame_new_compressed(frame_opcode(frame), compressed);
	form->key = frame->key;
	return form;
}

/* zlib looks back 32 KiB at most, and never behind the beginning. */
static bool fits_window(size_t len, unsigned bits)
{
	return bits == MAX_WBITS || len <= (size_t)1 << bits;
}

struct frame *deflater_form(struct deflater *deflater, struct frame *frame, unsigned bits,
	const struct deflater_limits *limits)
{
	size_t len = frame_payload(frame).len;

	if (frame_is_control(frame) || len < limits->min || len > limits->max ||
		!fits_window(len, bits))
		return frame;
	if (!frame->compressed)
		frame->compressed = shorten(deflater, frame, limits->level);
	return frame->compressed;
}

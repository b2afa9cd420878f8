/* inflater.c - a client's compressed message, whole (RFC 7692 section 7.2.2); knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/inflater.h"

#include <assert.h>
#include <errno.h>
#define ZLIB_CONST /* it does not change what it reads */
#include <zlib.h>

#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	STEP = 16 * 1024, /* of output */
	KEEP = 256 * 1024, /* of memory for the next message */
	AT_BLOCK = 128, /* in data_type: it stands before a block's header */
};

struct inflater {
	z_stream z;
	struct buf out;
	bool ready; /* zlib has its memory: not before it is needed */
	bool ended; /* by a final block */
};

struct inflater *inflater_new(void)
{
	return mem_alloc(sizeof(struct inflater));
}

void inflater_free(struct inflater *inflater)
{
	if (!inflater)
		return;
	if (inflater->ready)
		inflateEnd(&inflater->z);
	buf_done(&inflater->out);
	mem_free(inflater);
}

size_t inflater_most(size_t max)
{
	return max + max / 8 + 64;
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

/* Without a header of zlib's own, and windows as large as there are. */
static void begin(struct inflater *inflater)
{
	int r;

	if (!inflater->ready) {
		inflater->z = (z_stream){ .zalloc = take_memory, .zfree = give_memory };
		r = inflateInit2(&inflater->z, -MAX_WBITS);
	} else {
		r = inflateReset(&inflater->z);
	}
	assert(r == Z_OK);
	inflater->ready = true;
	inflater->ended = false;
	buf_clear(&inflater->out);
	buf_shrink(&inflater->out, KEEP);
}

/* At most one byte more than max. */
static int step(struct inflater *inflater, size_t max)
{
	size_t room = max + 1 - inflater->out.len;
	z_stream *z = &inflater->z;
	int r;

	if (room > STEP)
		room = STEP;
	z->next_out = (unsigned char *)buf_reserve(&inflater->out, room);
	z->avail_out = (unsigned)room;
	r = inflate(z, Z_SYNC_FLUSH);
	inflater->out.len += room - z->avail_out;
	return r;
}

/*
 * All of these bytes. Blocks may follow a final one (section 7.2.3.4), and may look back behind it:
 * the window is kept.
 */
static int feed(struct inflater *inflater, struct slice bytes, size_t max)
{
	z_stream *z = &inflater->z;

	z->next_in = (const unsigned char *)bytes.ptr;
	z->avail_in = (unsigned)bytes.len;
	for (;;) {
		int r = step(inflater, max);

		if (inflater->out.len > max)
			return -EMSGSIZE;
		inflater->ended = r == Z_STREAM_END;
		if (r != Z_OK && r != Z_BUF_ERROR && r != Z_STREAM_END)
			return -EBADMSG;
		if (z->avail_in == 0 && (inflater->ended || z->avail_out > 0))
			return 0;
		if (inflater->ended)
			inflateResetKeep(z);
	}
}

/* The four bytes that senders leave out end an empty block: after them no block is half there. */
static int finish(struct inflater *inflater, size_t max)
{
	int r = 0;

	if (inflater->ended)
		return 0;
	r = feed(inflater, SLICE("\x00\x00\xff\xff"), max);
	if (r == 0 && !inflater->ended && !(inflater->z.data_type & AT_BLOCK))
		return -EBADMSG;
	return r;
}

int inflater_take(
	struct inflater *inflater, struct slice compressed, size_t max, struct slice *ret_message)
{
	int r;

	assert(compressed.len <= UINT32_MAX && max < UINT32_MAX);
	begin(inflater);
	r = feed(inflater, compressed, max);
	if (r == 0)
		r = finish(inflater, max);
	if (r < 0)
		return r;
	counter_add(COUNTER_GATEWAY_INFLATED, 1);
	counter_add(COUNTER_GATEWAY_INFLATED_BYTES_IN, compressed.len);
	counter_add(COUNTER_GATEWAY_INFLATED_BYTES_OUT, inflater->out.len);
	*ret_message = buf_slice(&inflater->out);
	return 0;
}

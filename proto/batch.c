/* batch.c - what travels as one ZeroMQ message: a header, then messages */
/* SPDX-License-Identifier: MIT */
#include "proto/batch.h"

#include <errno.h>

static void put(struct buf *out, uint64_t number, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		buf_putc(out, (char)(number >> (8 * i)));
}

static uint64_t get(const char *at, unsigned len)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < len; i++)
		number |= (uint64_t)(unsigned char)at[i] << (8 * i);
	return number;
}

void batch_begin(struct buf *out, uint16_t version, uint32_t generation, uint64_t epoch)
{
	put(out, version, 2);
	put(out, generation, 4);
	put(out, epoch, 8);
}

int batch_parse(struct slice bytes, struct batch *ret_batch)
{
	if (bytes.len < BATCH_HEADER_LEN)
		return -EBADMSG;
	ret_batch->version = (uint16_t)get(bytes.ptr, 2);
	ret_batch->generation = (uint32_t)get(bytes.ptr + 2, 4);
	ret_batch->epoch = get(bytes.ptr + 6, 8);
	ret_batch->messages = slice_make(
		bytes.ptr + BATCH_HEADER_LEN, bytes.len - BATCH_HEADER_LEN);
	return 0;
}

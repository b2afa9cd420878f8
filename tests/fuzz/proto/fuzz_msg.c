/* fuzz_msg.c - what decodes encodes to the same bytes, and its lists can be walked */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "proto/base/mem.h"
#include "proto/batch.h"
#include "proto/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf again = { .cap = 0 };
	struct slice in = slice_make(data, size), start = in;
	struct batch batch;
	struct msg msg;

	while (in.len && msg_decode(&in, &msg) == 0)
		msg_encode(&again, &msg);
	assert(again.len == size - in.len);
	assert(slice_eq(buf_slice(&again), slice_make(start.ptr, again.len)));
	assert(batch_parse(start, &batch) == 0 || size < BATCH_HEADER_LEN);
	return 0;
}

/* fuzz_record.c - bytes of any kind: what is read is written the same */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "hub/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make(data, size);
	struct buf again = { .cap = 0 };
	struct event event;
	uint64_t room;

	while (record_next(&rest, &room, &event) > 0)
		record_put(&again, room, &event);
	assert(slice_eq(buf_slice(&again), slice_make(data, size - rest.len)));
	buf_done(&again);
	return 0;
}

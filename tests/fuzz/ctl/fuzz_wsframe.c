/* fuzz_wsframe.c - frames of a server, of any bytes: within the input, and the same however cut */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "ctl/wsframe.h"

enum { MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_make(data, size);
	struct wsframe frame, again;

	while (wsframe_next(in, MAX, &frame) > 0) {
		assert(frame.size <= in.len && frame.payload.len <= MAX);
		assert(frame.payload.ptr + frame.payload.len == in.ptr + frame.size);
		assert(wsframe_next(slice_make(in.ptr, frame.size), MAX, &again) == 1);
		assert(wsframe_next(slice_make(in.ptr, frame.size - 1), MAX, &again) == 0);
		in = slice_make(in.ptr + frame.size, in.len - frame.size);
	}
	return 0;
}

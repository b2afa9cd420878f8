/* fuzz_extensions.c - what is agreed on was offered, and an answer is an offer that is agreed to */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "gateway/extensions.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf answer = { .cap = 0 }, more = { .cap = 0 };
	struct extensions first, again;

	if (extensions_read(slice_make(data, size), &first) < 0)
		return 0;
	extensions_answer(&first, &answer);
	assert((answer.len > 0) == (first.deflate_bits > 0));
	if (first.deflate_bits) {
		assert(first.deflate_bits >= EXTENSIONS_BITS_MIN);
		assert(first.deflate_bits <= EXTENSIONS_BITS_MAX);
		assert(first.bits_asked || first.deflate_bits == EXTENSIONS_BITS_MAX);
		assert(memmem(data, size, "permessage-deflate", 18));
		assert(extensions_read(buf_slice(&answer), &again) == 0);
		assert(again.deflate_bits == first.deflate_bits);
	}
	/* what is added behind is agreed on only if nothing before it was */
	buf_add(&more, data, size);
	buf_put(&more, SLICE(",permessage-deflate;server_max_window_bits=9"));
	assert(extensions_read(buf_slice(&more), &again) == 0);
	assert(again.deflate_bits == (first.deflate_bits ? first.deflate_bits : 9));
	return 0;
}

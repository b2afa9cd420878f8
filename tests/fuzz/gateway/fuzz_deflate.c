/* fuzz_deflate.c - inflating never passes its cap, and gives back what was deflated */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "gateway/deflater.h"
#include "gateway/inflater.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct deflater *deflater;
static struct inflater *inflater;

static void hostile(struct slice bytes, size_t max)
{
	struct slice message, wider;
	int r = inflater_take(inflater, bytes, max, &message);

	assert(r == 0 || r == -EMSGSIZE || r == -EBADMSG);
	if (r == 0) {
		_cleanup_(buf_done) struct buf copy = { .cap = 0 };

		assert(message.len <= max);
		/* it is the same whatever came before it, and with more room */
		buf_put(&copy, message);
		assert(inflater_take(inflater, bytes, max + 1, &wider) == 0);
		assert(slice_eq(wider, buf_slice(&copy)));
		assert(copy.len == 0 ||
			inflater_take(inflater, bytes, copy.len - 1, &message) == -EMSGSIZE);
	}
}

static void round_trip(struct slice message, int level)
{
	struct slice compressed, got;

	if (!deflater_take(deflater, message, level, &compressed))
		return;
	assert(compressed.len < message.len);
	assert(inflater_take(inflater, compressed, message.len, &got) == 0);
	assert(slice_eq(got, message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (!inflater) {
		inflater = inflater_new();
		deflater = deflater_new();
	}
	hostile(slice_make(data + 1, size - 1), (size_t)data[0] * 16);
	round_trip(slice_make(data + 1, size - 1), 1 + data[0] % 9);
	return 0;
}

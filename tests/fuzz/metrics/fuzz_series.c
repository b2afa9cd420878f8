/* fuzz_series.c - a file of series is loaded whole or not at all, and works from there on */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "metrics/series.h"
#include "proto/base/mem.h"
#include "proto/json.h"

enum { MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was loaded is written as it is read. */
static void use(struct series_set *set)
{
	const struct series_kind kind = { .page = true };
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct json_value value;

	assert(series_count(set) <= MAX);
	for (unsigned range = 0; range < RANGES; range++) {
		buf_clear(&out);
		series_json(set, (enum series_range)range, SLICE(""), &out);
		assert(json_check(buf_slice(&out), 4, &value) == 0);
	}
	series_time(set, 1700000000);
	(void)series_put(set, SLICE("a.b"), &kind, 1);
	buf_clear(&out);
	series_save(set, &out);
	assert(series_load(set, buf_slice(&out)) == 0);
}

/* Its checksum is put right: else nothing would be looked at. Values are left out of the input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct series_set *set = series_new(MAX);
	uint64_t sum;
	int r = series_load(set, slice_make(data, size));

	assert(r == 0 || r == -EBADMSG || r == -ENOSPC);
	buf_add(&bytes, data, size);
	for (int i = 0; i < 2; i++) {
		struct slice all = buf_slice(&bytes);
		struct buf whole = { .cap = 0 };

		sum = series_checksum(all);
		buf_put(&whole, all);
		buf_add(&whole, &sum, sizeof(sum));
		r = series_load(set, buf_slice(&whole));
		assert(r == 0 || r == -EBADMSG || r == -ENOSPC);
		if (r == 0)
			use(set);
		buf_done(&whole);
		/* again with what one series' values take */
		memset(buf_reserve(&bytes, SERIES_ROWS * sizeof(float)), 0,
			SERIES_ROWS * sizeof(float));
		bytes.len += SERIES_ROWS * sizeof(float);
	}
	series_free(set);
	return 0;
}

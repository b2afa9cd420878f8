/* test_histogram.c - buckets, quantiles, and the list that is reported */
/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/histogram.h"

/* Each value lies at or below the bound of its bucket, and above the one before. */
static void buckets_have_their_bounds(void **state)
{
	(void)state;
	for (enum histogram_unit unit = HISTOGRAM_SECONDS; unit <= HISTOGRAM_BYTES; unit++) {
		for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
			uint64_t bound = histogram_bound(unit, i);

			assert_int_equal(histogram_bucket(unit, bound), i);
			assert_int_equal(histogram_bucket(unit, bound + 1), i + 1);
			if (i) {
				assert_true(bound > histogram_bound(unit, i - 1));
				assert_true(bound * 2 <= 3 * histogram_bound(unit, i - 1));
			}
		}
		assert_int_equal(histogram_bucket(unit, 0), 0);
		assert_int_equal(histogram_bucket(unit, UINT64_MAX), HISTOGRAM_BOUNDS);
	}
	assert_int_equal(histogram_bound(HISTOGRAM_SECONDS, 0), 16);
	assert_int_equal(histogram_bound(HISTOGRAM_SECONDS, 1), 24);
	assert_int_equal(histogram_bound(HISTOGRAM_SECONDS, HISTOGRAM_BOUNDS - 1), 1 << 24);
	assert_int_equal(histogram_bound(HISTOGRAM_BYTES, 0), 256);
}

static void quantiles(void **state)
{
	uint64_t buckets[HISTOGRAM_BUCKETS] = { 0 };
	double value = -1;

	(void)state;
	assert_false(histogram_quantile(HISTOGRAM_SECONDS, buckets, 0.5, &value));
	/* Known values: 1 to 10,000 microseconds, each once. */
	for (uint64_t i = 1; i <= 10000; i++)
		buckets[histogram_bucket(HISTOGRAM_SECONDS, i)]++;
	for (int i = 1; i < 1000; i++) {
		double q = (double)i / 1000;

		assert_true(histogram_quantile(HISTOGRAM_SECONDS, buckets, q, &value));
		assert_true(fabs(value - 10000 * q) <= 10000 * q / 4 + 16);
	}
	memset(buckets, 0, sizeof(buckets));
	buckets[HISTOGRAM_BOUNDS] = 3;
	assert_true(histogram_quantile(HISTOGRAM_SECONDS, buckets, 0.5, &value));
	assert_true(value == 1 << 24);
	assert_true(histogram_quantile(HISTOGRAM_SECONDS, buckets, 1, &value));
	assert_true(histogram_quantile(HISTOGRAM_SECONDS, buckets, 0, &value));
}

static void what_is_listed_is_taken(void **state)
{
	struct histogram_counts counts[HISTOGRAM_MAX] = { 0 };
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg_bucket bucket;
	struct msg_list list;

	(void)state;
	memset(histogram_values, 0, sizeof(histogram_values));
	histogram_list(PROCESS_GATEWAY, &raw, &list);
	assert_int_equal(list.count, 0);
	histogram_observe(HISTOGRAM_GATEWAY_DELIVERY, 20);
	histogram_observe(HISTOGRAM_GATEWAY_DELIVERY, 21);
	histogram_observe(HISTOGRAM_GATEWAY_DELIVERY, 1 << 30);
	histogram_list(PROCESS_HUB, &raw, &list);
	assert_int_equal(list.count, 0);
	histogram_list(PROCESS_GATEWAY, &raw, &list);
	assert_int_equal(list.count, 3);
	while (msg_next_bucket(&list, &bucket))
		assert_true(histogram_take(counts, &bucket));
	assert_memory_equal(counts, histogram_values, sizeof(counts));
	assert_int_equal(counts[HISTOGRAM_GATEWAY_DELIVERY].buckets[1], 2);
	assert_int_equal(counts[HISTOGRAM_GATEWAY_DELIVERY].buckets[HISTOGRAM_BOUNDS], 1);
	bucket = (struct msg_bucket){ .histogram = HISTOGRAM_MAX };
	assert_false(histogram_take(counts, &bucket));
	bucket = (struct msg_bucket){ .bucket = HISTOGRAM_BUCKETS + 1 };
	assert_false(histogram_take(counts, &bucket));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_have_their_bounds),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(what_is_listed_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

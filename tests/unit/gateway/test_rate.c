/* test_rate.c - bursts, what is refused after them, patience, and pauses */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/rate.h"

enum { START = 5000, TEN = 10, BURST = 20, KB = 1000, FOUR_KB = 4000, PATIENCE = 5 };

static const struct rate_limits both = {
	.messages = TEN,
	.messages_burst = BURST,
	.bytes = KB,
	.bytes_burst = FOUR_KB,
	.patience = PATIENCE,
};
static const struct rate_limits messages_only = {
	.messages = TEN,
	.messages_burst = BURST,
	.bytes_burst = 1,
	.patience = PATIENCE,
};
static const struct rate_limits bytes_only = {
	.messages_burst = 1,
	.bytes = KB,
	.bytes_burst = FOUR_KB,
	.patience = PATIENCE,
};

/* How many of `bytes` are taken at once. */
static int burst(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms, size_t bytes)
{
	int taken = 0;

	while (taken < 100000 && rate_take(rate, limits, now_ms, bytes) == RATE_TAKEN)
		taken++;
	return taken;
}

static void off(void **state)
{
	static const struct rate_limits none = { .patience = 0 };
	struct rate rate = { .at_ms = 0 };

	(void)state;
	assert_int_equal(burst(&rate, &none, START, 1 << 20), 100000);
}

static void messages(void **state)
{
	struct rate rate = { .at_ms = 0 };

	(void)state;
	assert_int_equal(burst(&rate, &messages_only, START, 1 << 20), BURST);
	assert_int_equal(rate_retry_ms(&rate, &messages_only), 2000);
	/* at the rate itself nothing is refused */
	rate = (struct rate){ .at_ms = 0 };
	for (int i = 0; i < 1000; i++)
		assert_int_equal(
			rate_take(&rate, &messages_only, START + 100 * (uint64_t)i, 1), RATE_TAKEN);
}

/* One that is taken while others before it were refused would be heard before them. */
static void what_follows_a_refusal(void **state)
{
	struct rate rate = { .at_ms = 0 };
	uint64_t now = START;

	(void)state;
	burst(&rate, &messages_only, now, 1);
	now += 1000;
	assert_int_equal(rate_take(&rate, &messages_only, now, 1), RATE_REFUSED);
	assert_int_equal(rate_retry_ms(&rate, &messages_only), 1000);
	now += rate_retry_ms(&rate, &messages_only) - 1;
	assert_int_equal(rate_take(&rate, &messages_only, now, 1), RATE_REFUSED);
	now += 1;
	assert_int_equal(burst(&rate, &messages_only, now, 1), BURST);
}

static void patience(void **state)
{
	struct rate rate = { .at_ms = 0 };
	uint64_t now = START;

	(void)state;
	for (int round = 0; round < 3; round++) {
		burst(&rate, &messages_only, now, 1);
		for (int i = 1; i < PATIENCE; i++)
			assert_int_equal(rate_take(&rate, &messages_only, now, 1), RATE_REFUSED);
		now += 2000;
	}
	burst(&rate, &messages_only, now, 1);
	for (int i = 1; i < PATIENCE; i++)
		assert_int_equal(rate_take(&rate, &messages_only, now + 1000, 1), RATE_REFUSED);
	assert_int_equal(rate_take(&rate, &messages_only, now + 1999, 1), RATE_PERSISTS);
}

static void bytes(void **state)
{
	struct rate rate = { .at_ms = 0 };
	uint64_t now = START;

	(void)state;
	assert_int_equal(burst(&rate, &bytes_only, now, 1000), 4);
	assert_int_equal(rate_retry_ms(&rate, &bytes_only), 4000);
	/* larger than the burst: taken when the bucket is full, and paid for afterwards */
	now += 4000;
	assert_int_equal(rate_take(&rate, &bytes_only, now, 10 * KB), RATE_TAKEN);
	assert_int_equal(rate_take(&rate, &bytes_only, now, 1), RATE_REFUSED);
	assert_int_equal(rate_retry_ms(&rate, &bytes_only), 10000);
	now += 9999;
	assert_int_equal(rate_take(&rate, &bytes_only, now, 1), RATE_REFUSED);
	assert_int_equal(rate_take(&rate, &bytes_only, now + 1, 1), RATE_TAKEN);
}

static void the_stricter_counts(void **state)
{
	struct rate rate = { .at_ms = 0 };

	(void)state;
	assert_int_equal(burst(&rate, &both, START, 1), BURST);
	rate = (struct rate){ .at_ms = 0 };
	assert_int_equal(burst(&rate, &both, START, 2000), 2);
	assert_int_equal(rate_retry_ms(&rate, &both), 4000);
}

static void not_read_meanwhile(void **state)
{
	struct rate rate = { .at_ms = 0 };
	uint64_t now = START;

	(void)state;
	/* what it could have said in three seconds, beside what was left */
	burst(&rate, &messages_only, now, 1);
	rate = (struct rate){ .at_ms = 0 };
	rate_pause(&rate, &messages_only, now);
	now += 3000;
	rate_unpause(&rate, &messages_only, now);
	assert_int_equal(burst(&rate, &messages_only, now, 1), BURST + 3 * TEN);

	/* it is not kept for later */
	rate = (struct rate){ .at_ms = 0 };
	rate_pause(&rate, &messages_only, now);
	rate_unpause(&rate, &messages_only, now + 3000);
	now += 4000;
	assert_int_equal(rate_take(&rate, &messages_only, now, 1), RATE_TAKEN);
	now += 1900;
	assert_int_equal(burst(&rate, &messages_only, now, 1), BURST);
}

/* No setting in its range, and no time, makes a sum overflow (this runs under UBSan). */
static void extremes(void **state)
{
	static const struct rate_limits largest = {
		.messages = 1000000,
		.messages_burst = 10000000,
		.bytes = INT64_C(1) << 30,
		.bytes_burst = INT64_C(1) << 32,
		.patience = 1000000,
	};
	struct rate rate = { .at_ms = 0 };

	(void)state;
	assert_int_equal(rate_take(&rate, &largest, 1, UINT32_MAX), RATE_TAKEN);
	for (int i = 0; i < 1000; i++) {
		rate_pause(&rate, &largest, UINT64_MAX - 2000 + (uint64_t)i);
		rate_unpause(&rate, &largest, UINT64_MAX - 1999 + (uint64_t)i);
	}
	assert_int_equal(rate_take(&rate, &largest, 2, UINT32_MAX), RATE_TAKEN);
	rate_retry_ms(&rate, &largest);
	/* settings that were lowered */
	assert_int_equal(rate_take(&rate, &both, UINT64_MAX, 1), RATE_TAKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off),
		cmocka_unit_test(messages),
		cmocka_unit_test(what_follows_a_refusal),
		cmocka_unit_test(patience),
		cmocka_unit_test(bytes),
		cmocka_unit_test(the_stricter_counts),
		cmocka_unit_test(not_read_meanwhile),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

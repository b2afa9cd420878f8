/* test_latency.c - one observation for each message, when the turn's clients are written to */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/latency.h"
#include "proto/histogram.h"

static const struct histogram_counts *observed(void)
{
	return &histogram_values[HISTOGRAM_GATEWAY_DELIVERY];
}

static uint64_t total(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += observed()->buckets[i];
	return sum;
}

static void each_message_once(void **state)
{
	struct latency latency = { .count = 0 };

	(void)state;
	memset(histogram_values, 0, sizeof(histogram_values));
	latency_note(&latency, 1000);
	latency_note(&latency, 1500);
	latency_note(&latency, 0); /* no one said when */
	assert_int_equal(total(), 0);
	latency_written(&latency, 2000);
	assert_int_equal(total(), 2);
	assert_int_equal(observed()->sum, 1500);
	latency_written(&latency, 3000);
	assert_int_equal(total(), 2);
}

static void times_that_cannot_be_are_none(void **state)
{
	struct latency latency = { .count = 0 };

	(void)state;
	memset(histogram_values, 0, sizeof(histogram_values));
	latency_note(&latency, 5000);
	latency_written(&latency, 4999);
	latency_note(&latency, 1);
	latency_written(&latency, 2 + (uint64_t)LATENCY_OLDEST_US);
	assert_int_equal(total(), 0);
	latency_note(&latency, 1);
	latency_written(&latency, 1 + (uint64_t)LATENCY_OLDEST_US);
	assert_int_equal(total(), 1);
}

static void a_turn_is_bounded(void **state)
{
	static struct latency latency;

	(void)state;
	memset(histogram_values, 0, sizeof(histogram_values));
	for (unsigned i = 0; i < 3 * LATENCY_MAX; i++)
		latency_note(&latency, 1);
	latency_written(&latency, 2);
	assert_int_equal(total(), LATENCY_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_once),
		cmocka_unit_test(times_that_cannot_be_are_none),
		cmocka_unit_test(a_turn_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_rate.c - so many at once, then one in each interval, for each name */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/rate.h"

static void a_burst_and_then_in_intervals(void **state)
{
	struct rate *rate = rate_new(10);
	uint64_t wait = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(rate_take(rate, SLICE("a"), 3, 100, 5000, &wait));
	assert_false(rate_take(rate, SLICE("a"), 3, 100, 5000, &wait));
	assert_int_equal(wait, 100);
	assert_false(rate_take(rate, SLICE("a"), 3, 100, 5060, &wait));
	assert_int_equal(wait, 40);
	assert_true(rate_take(rate, SLICE("b"), 3, 100, 5060, &wait));
	assert_true(rate_take(rate, SLICE("a"), 3, 100, 5100, &wait));
	assert_false(rate_take(rate, SLICE("a"), 3, 100, 5100, &wait));
	rate_give_back(rate, SLICE("a"), 100);
	assert_true(rate_take(rate, SLICE("a"), 3, 100, 5100, &wait));
	rate_give_back(rate, SLICE("none"), 100);
	for (int i = 0; i < 3; i++)
		assert_true(rate_take(rate, SLICE("a"), 3, 100, 9000, &wait));
	assert_false(rate_take(rate, SLICE("a"), 3, 100, 9000, &wait));
	rate_free(rate);
	rate_free(NULL);
}

static void the_oldest_is_forgotten(void **state)
{
	struct rate *rate = rate_new(2);
	uint64_t wait;

	(void)state;
	assert_true(rate_take(rate, SLICE("a"), 1, 100, 0, &wait));
	assert_true(rate_take(rate, SLICE("b"), 1, 100, 0, &wait));
	assert_false(rate_take(rate, SLICE("a"), 1, 100, 0, &wait));
	assert_true(rate_take(rate, SLICE("c"), 1, 100, 0, &wait));
	assert_false(rate_take(rate, SLICE("a"), 1, 100, 0, &wait));
	assert_true(rate_take(rate, SLICE("b"), 1, 100, 0, &wait));
	rate_free(rate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_and_then_in_intervals),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_seen.c - the hub's numbers are taken once, in order, and of each hub anew */
/* SPDX-License-Identifier: MIT */
#include "gateway/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_in_order(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	seen_begin(&seen, 7);
	for (uint64_t seq = 1; seq <= 3; seq++)
		assert_int_equal(seen_take(&seen, seq), SEEN_NEW);
	assert_int_equal(seen.last, 3);
	assert_int_equal(seen_untold(&seen), 3);
	for (uint64_t seq = 0; seq <= 3; seq++)
		assert_int_equal(seen_take(&seen, seq), SEEN_AGAIN);
	assert_int_equal(seen_take(&seen, 5), SEEN_GAP);
	assert_int_equal(seen_take(&seen, UINT64_MAX), SEEN_GAP);
	assert_int_equal(seen.last, 3);
	assert_int_equal(seen_take(&seen, 4), SEEN_NEW);
}

/* The link breaks: HELLO tells the same hub all; another hub begins at 1. */
static void test_again(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	seen_begin(&seen, 7);
	assert_int_equal(seen_take(&seen, 1), SEEN_NEW);
	assert_int_equal(seen_take(&seen, 2), SEEN_NEW);
	seen_begin(&seen, 7);
	assert_int_equal(seen_untold(&seen), 0);
	assert_int_equal(seen_take(&seen, 2), SEEN_AGAIN);
	assert_int_equal(seen_take(&seen, 3), SEEN_NEW);
	assert_int_equal(seen_untold(&seen), 1);
	seen_begin(&seen, 8);
	assert_int_equal(seen_untold(&seen), 0);
	assert_int_equal(seen_take(&seen, 3), SEEN_GAP);
	assert_int_equal(seen_take(&seen, 1), SEEN_NEW);
}

static void test_the_last_number(void **state)
{
	struct seen seen = { .epoch = 1, .last = UINT64_MAX - 1, .told = 5 };

	(void)state;
	assert_int_equal(seen_take(&seen, UINT64_MAX), SEEN_NEW);
	assert_int_equal(seen_take(&seen, UINT64_MAX), SEEN_AGAIN);
	assert_int_equal(seen_take(&seen, 0), SEEN_AGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_the_last_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

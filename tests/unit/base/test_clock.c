/* test_clock.c - both clocks, running and frozen */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/clock.h"

static void runs(void **state)
{
	struct mono first = clock_now(), second = clock_now();

	(void)state;
	assert_false(mono_before(second, first));
	assert_true(first.ns > 0);
	assert_true(clock_wall_ms() > 1700000000000u);
}

static void frozen_until_advanced(void **state)
{
	(void)state;
	clock_freeze((struct mono){ 5000000000u }, 1000);
	assert_int_equal(clock_now().ns, 5000000000u);
	assert_int_equal(clock_wall_ms(), 1000);
	clock_advance(250);
	assert_int_equal(clock_now().ns, 5250000000u);
	assert_int_equal(clock_wall_ms(), 1250);
	clock_thaw();
	assert_int_not_equal(clock_wall_ms(), 1250);
}

static void arithmetic(void **state)
{
	struct mono start = { 1000 };

	(void)state;
	assert_int_equal(mono_after(start, 2).ns, 2001000);
	assert_true(mono_before(start, mono_after(start, 1)));
	assert_false(mono_before(start, start));
	assert_int_equal(mono_ms_until(start, mono_after(start, 7)), 7);
	assert_int_equal(mono_ms_until(start, (struct mono){ 1001 }), 1); /* rounded up */
	assert_int_equal(mono_ms_until(start, start), 0);
	assert_int_equal(mono_ms_until(mono_after(start, 7), start), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs),
		cmocka_unit_test(frozen_until_advanced),
		cmocka_unit_test(arithmetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

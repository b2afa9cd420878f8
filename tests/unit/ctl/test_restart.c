/* test_restart.c - how long to wait before the next start, and when to give up */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/restart.h"

static void never_ready_gives_up(void **state)
{
	struct restart restart = { .wait_ms = 0 };

	(void)state;
	assert_int_equal(restart_after(&restart, 5), 100);
	assert_int_equal(restart_after(&restart, 5), 200);
	assert_int_equal(restart_after(&restart, 5), 400);
	assert_int_equal(restart_after(&restart, 5), 800);
	assert_int_equal(restart_after(&restart, 5), -ECANCELED);
}

static void once_ready_never_gives_up(void **state)
{
	static const int64_t waits[] = { 100, 200, 400, 800, 1600, 2000, 2000, 2000 };
	struct restart restart = { .wait_ms = 0 };

	(void)state;
	restart_ready(&restart);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		assert_int_equal(restart_after(&restart, 9999), waits[i]);
	/* A long life makes good for it. */
	assert_int_equal(restart_after(&restart, 10000), 100);
	assert_int_equal(restart_after(&restart, 0), 200);
}

static void ready_in_time_counts(void **state)
{
	struct restart restart = { .wait_ms = 0 };

	(void)state;
	for (int i = 0; i < RESTART_TRIES - 1; i++)
		assert_true(restart_after(&restart, 1) > 0);
	restart_ready(&restart);
	for (int i = 0; i < 20; i++)
		assert_true(restart_after(&restart, 1) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_ready_gives_up),
		cmocka_unit_test(once_ready_never_gives_up),
		cmocka_unit_test(ready_in_time_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

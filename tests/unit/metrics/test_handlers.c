/* test_handlers.c - each message for metrics has its handler */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handlers.h"

#include "metrics/metrics.h"

static void test_handlers(void **state)
{
	(void)state;
	assert_int_equal(metrics_dispatch.process, PROCESS_METRICS);
	check_handlers(&metrics_dispatch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_handlers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_handlers.c - each message for hub has its handler */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handlers.h"

#include "hub/hub.h"

static void test_handlers(void **state)
{
	(void)state;
	assert_int_equal(hub_dispatch.process, PROCESS_HUB);
	check_handlers(&hub_dispatch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_handlers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_handlers.c - each message for gateway has its handler */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handlers.h"

#include "gateway/dispatch.h"

static void test_handlers(void **state)
{
	(void)state;
	assert_int_equal(gateway_dispatch.process, PROCESS_GATEWAY);
	check_handlers(&gateway_dispatch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_handlers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

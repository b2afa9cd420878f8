/* test_handlers.c - each message for auth has its handler */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/handlers.h"

#include "auth/auth.h"

static void test_handlers(void **state)
{
	(void)state;
	assert_int_equal(auth_dispatch.process, PROCESS_AUTH);
	check_handlers(&auth_dispatch);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_handlers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

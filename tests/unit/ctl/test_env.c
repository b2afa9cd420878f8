/* test_env.c - a changed copy of an environment */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/env.h"

static char *const from[] = { (char *)"A=1", (char *)"AB=2", (char *)"C=", (char *)"odd", NULL };

static void changes(void **state)
{
	struct env env;

	(void)state;
	env_init(&env, from);
	assert_string_equal(env_get(&env, "A"), "1");
	assert_string_equal(env_get(&env, "AB"), "2");
	assert_string_equal(env_get(&env, "C"), "");
	assert_null(env_get(&env, "B"));
	assert_null(env_get(&env, "odd"));
	env_set(&env, "A", "x=y");
	assert_int_equal(env.count, 4);
	env_set(&env, "NEW", "n");
	assert_int_equal(env.count, 5);
	env_unset(&env, "AB");
	env_unset(&env, "AB");
	assert_int_equal(env.count, 4);
	assert_null(env_get(&env, "AB"));
	assert_string_equal(env_get(&env, "A"), "x=y");
	assert_string_equal(env_get(&env, "NEW"), "n");
	assert_null(env.entries[env.count]);
	assert_string_equal(from[0], "A=1");
	env_done(&env);
	env_done(&env);
}

static void from_nothing(void **state)
{
	char *const none[] = { NULL };
	struct env env;

	(void)state;
	env_init(&env, none);
	env_unset(&env, "A");
	env_set(&env, "A", "");
	assert_string_equal(env.entries[0], "A=");
	assert_null(env.entries[1]);
	env_unset(&env, "A");
	assert_null(env.entries[0]);
	env_done(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes),
		cmocka_unit_test(from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

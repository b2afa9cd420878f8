/* test_policy.c - defaults, ephemeral types, who may */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/policy.h"

static void test_defaults(void **state)
{
	char *types[] = { "cursor_move", "typing", NULL };
	struct policy policy;
	const struct rules *rules;

	(void)state;
	policy_init(&policy, &(struct rules){ .ephemeral = types, .presence_max = 100 });
	rules = policy_rules(&policy, SLICE("any"));
	assert_int_equal(rules->presence_max, 100);
	assert_int_equal(rules->join, ACCESS_ANYONE);
	assert_int_equal(rules->publish, ACCESS_ANYONE);
	assert_true(policy_ephemeral(rules, SLICE("typing")));
	assert_true(policy_ephemeral(rules, SLICE("cursor_move")));
	assert_false(policy_ephemeral(rules, SLICE("cursor")));
	assert_false(policy_ephemeral(rules, SLICE("typing2")));
	assert_false(policy_ephemeral(rules, SLICE("")));
	types[0] = NULL;
	assert_false(policy_ephemeral(rules, SLICE("typing")));
}

static void test_may(void **state)
{
	(void)state;
	assert_true(policy_may(ACCESS_ANYONE, SLICE("")));
	assert_true(policy_may(ACCESS_ANYONE, SLICE("u")));
	assert_false(policy_may(ACCESS_TOKEN, SLICE("")));
	assert_true(policy_may(ACCESS_TOKEN, SLICE("u")));
	assert_false(policy_may(ACCESS_NOBODY, SLICE("u")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

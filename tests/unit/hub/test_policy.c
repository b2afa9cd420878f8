/* test_policy.c - patterns, which section counts, defaults, types, who may */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/policy.h"
#include "proto/base/mem.h"

static char *types[] = { "cursor_move", "typing", NULL };

static void test_first_match_counts(void **state)
{
	struct room_settings chats = { .history = 5, .history_ttl = 60, .presence = true };
	struct room_settings one = { .conflate = types, .max_members = 7 };
	const struct room_section sections[] = { { "chat-*", &chats }, { "chat-1", &one },
		{ "draw", &one } };
	struct rules defaults = { .ephemeral = types, .presence_max = 100, .history = 3 };
	const struct rules *rules;
	struct policy policy;

	(void)state;
	policy_init(&policy, &defaults, sections, 3);
	rules = policy_rules(&policy, SLICE("chat-1"));
	assert_int_equal(rules->history, 5);
	assert_int_equal(rules->history_ttl, 60);
	assert_int_equal(rules->max_members, 0);
	assert_int_equal(rules->presence_max, 100);
	assert_false(rules->quiet);
	assert_false(policy_ephemeral(rules, SLICE("typing")));
	assert_false(policy_conflates(rules, SLICE("typing")));
	rules = policy_rules(&policy, SLICE("draw"));
	assert_int_equal(rules->history, 0);
	assert_int_equal(rules->max_members, 7);
	assert_true(rules->quiet);
	assert_true(policy_conflates(rules, SLICE("cursor_move")));
	assert_false(policy_conflates(rules, SLICE("cursor")));
	rules = policy_rules(&policy, SLICE("other"));
	assert_int_equal(rules->history, 3);
	assert_false(rules->quiet);
	assert_true(policy_ephemeral(rules, SLICE("typing")));
	assert_true(policy_keeps(&policy));
	policy_done(&policy);
	defaults.history = 0;
	policy_init(&policy, &defaults, sections + 1, 2);
	assert_false(policy_keeps(&policy));
	policy_done(&policy);
	policy_done(&policy);
}

static void test_defaults(void **state)
{
	struct policy policy;
	const struct rules *rules;

	(void)state;
	policy_init(&policy,
		&(struct rules){ .ephemeral = types, .conflate = types, .presence_max = 100 }, NULL,
		0);
	rules = policy_rules(&policy, SLICE("any"));
	assert_int_equal(rules->presence_max, 100);
	for (enum right i = 0; i < RIGHTS; i++)
		assert_int_equal(rules->access[i], ACCESS_ANYONE);
	assert_true(policy_ephemeral(rules, SLICE("typing")));
	assert_true(policy_ephemeral(rules, SLICE("cursor_move")));
	assert_true(policy_conflates(rules, SLICE("cursor_move")));
	assert_false(policy_ephemeral(rules, SLICE("cursor")));
	assert_false(policy_ephemeral(rules, SLICE("typing2")));
	assert_false(policy_ephemeral(rules, SLICE("")));
	policy_done(&policy);
}

static const struct asker stranger = { .admin = false };
static const struct asker ann = { .user = SLICE("ann"), .grants = SLICE("j club-*\n") };
static const struct asker boss = { .user = SLICE("boss"), .admin = true };

static bool may(enum access access, const struct asker *asker, const char *room)
{
	const struct rules rules = { .access = { [RIGHT_JOIN] = access } };

	return policy_may(&rules, RIGHT_JOIN, asker, slice_of(room));
}

static void test_may(void **state)
{
	(void)state;
	assert_true(may(ACCESS_ANYONE, &stranger, "club-1"));
	assert_true(may(ACCESS_ANYONE, &ann, "club-1"));
	assert_false(may(ACCESS_TOKEN, &stranger, "club-1"));
	assert_true(may(ACCESS_TOKEN, &ann, "hall"));
	assert_false(may(ACCESS_GRANT, &stranger, "club-1"));
	assert_true(may(ACCESS_GRANT, &ann, "club-1"));
	assert_false(may(ACCESS_GRANT, &ann, "hall"));
	assert_false(may(ACCESS_NOBODY, &ann, "club-1"));
	for (enum access i = ACCESS_ANYONE; i <= ACCESS_NOBODY; i++)
		assert_true(may(i, &boss, "club-1"));
}

/* A right is one thing, another right another. */
static void test_each_right_has_its_access(void **state)
{
	const struct rules rules = {
		.access = { [RIGHT_PUBLISH] = ACCESS_GRANT, [RIGHT_HISTORY] = ACCESS_NOBODY }
	};

	(void)state;
	assert_true(policy_may(&rules, RIGHT_JOIN, &ann, SLICE("club-1")));
	assert_false(policy_may(&rules, RIGHT_PUBLISH, &ann, SLICE("club-1")));
	assert_false(policy_may(&rules, RIGHT_HISTORY, &ann, SLICE("club-1")));
	assert_true(policy_may(&rules, RIGHT_STATE, &ann, SLICE("club-1")));
}

static void test_user_rooms(void **state)
{
	(void)state;
	for (enum access i = ACCESS_ANYONE; i <= ACCESS_NOBODY; i++) {
		assert_true(may(i, &ann, "user-ann"));
		assert_false(may(i, &ann, "user-ann2"));
		assert_false(may(i, &ann, "user-an"));
		assert_false(may(i, &ann, "user-"));
		assert_false(may(i, &stranger, "user-"));
		assert_false(may(i, &stranger, "user-ann"));
		assert_true(may(i, &boss, "user-ann"));
	}
	assert_true(may(ACCESS_ANYONE, &stranger, "user"));
	assert_true(may(ACCESS_ANYONE, &stranger, "users-ann"));
}

static void test_private_is_by_grant(void **state)
{
	struct room_settings private = { .private = true, .join = ACCESS_ANYONE };
	struct room_settings some = { .join = ACCESS_TOKEN, .history_access = ACCESS_NOBODY };
	const struct room_section sections[] = { { "club-*", &private }, { "hall", &some } };
	const struct rules *rules;
	struct policy policy;

	(void)state;
	policy_init(&policy, &(struct rules){ .ephemeral = types }, sections, 2);
	rules = policy_rules(&policy, SLICE("club-1"));
	for (enum right i = 0; i < RIGHTS; i++)
		assert_int_equal(rules->access[i], ACCESS_GRANT);
	assert_true(policy_hides(rules, SLICE("club-1")));
	rules = policy_rules(&policy, SLICE("hall"));
	assert_int_equal(rules->access[RIGHT_JOIN], ACCESS_TOKEN);
	assert_int_equal(rules->access[RIGHT_PUBLISH], ACCESS_ANYONE);
	assert_int_equal(rules->access[RIGHT_HISTORY], ACCESS_NOBODY);
	assert_int_equal(rules->access[RIGHT_STATE], ACCESS_ANYONE);
	assert_false(policy_hides(rules, SLICE("hall")));
	assert_true(policy_hides(rules, SLICE("user-ann")));
	policy_done(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_match_counts),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_may),
		cmocka_unit_test(test_each_right_has_its_access),
		cmocka_unit_test(test_user_rooms),
		cmocka_unit_test(test_private_is_by_grant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

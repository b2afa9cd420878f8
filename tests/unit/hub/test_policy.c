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

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *room;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "a", true },
		{ "a", "", false },
		{ "a", "A", false },
		{ "a", "ab", false },
		{ "ab", "a", false },
		{ "*", "", true },
		{ "*", "anything at all", true },
		{ "**", "a", true },
		{ "chat-*", "chat-", true },
		{ "chat-*", "chat-1", true },
		{ "chat-*", "chat", false },
		{ "*-chat", "a-chat", true },
		{ "*-chat", "a-chat-", false },
		{ "*ab*ab", "abab", true },
		{ "*ab*ab", "xababab", true },
		{ "*ab*ab", "xaab", false },
		{ "a*b*c", "a-b-b-c", true },
		{ "a*b*c", "a-c-b", false },
		{ "?", "a", true },
		{ "?", "", false },
		{ "?", "ab", false },
		{ "?", "\xC3\xA4", true },
		{ "?", "\xF0\x9F\x98\x80", true },
		{ "??", "\xC3\xA4", false },
		{ "*?b",
			"\xC3\xA4\xC3\xB6"
			"b",
			true },
		{ "*\xB6", "\xC3\xB6", false }, /* no part of a character */
		{ "[ab]", "a", false },
		{ "[ab]", "[ab]", true },
		{ "\\*", "\\anything", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (policy_matches(cases[i].pattern, slice_of(cases[i].room)) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].room);
}

/* As slow as it may be: a pattern is as long as a line, a name has 255 bytes. */
static void test_long_pattern(void **state)
{
	_cleanup_(buf_done) struct buf pattern = { .cap = 0 }, room = { .cap = 0 };

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_put(&pattern, SLICE("*a"));
	buf_putc(&pattern, 'b');
	for (int i = 0; i < 255; i++)
		buf_putc(&room, 'a');
	assert_false(policy_matches(buf_cstr(&pattern), buf_slice(&room)));
}

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
	policy_init(&policy, &(struct rules){ .ephemeral = types, .presence_max = 100 }, NULL, 0);
	rules = policy_rules(&policy, SLICE("any"));
	assert_int_equal(rules->presence_max, 100);
	assert_int_equal(rules->join, ACCESS_ANYONE);
	assert_int_equal(rules->publish, ACCESS_ANYONE);
	assert_true(policy_ephemeral(rules, SLICE("typing")));
	assert_true(policy_ephemeral(rules, SLICE("cursor_move")));
	assert_false(policy_ephemeral(rules, SLICE("cursor")));
	assert_false(policy_ephemeral(rules, SLICE("typing2")));
	assert_false(policy_ephemeral(rules, SLICE("")));
	policy_done(&policy);
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
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_long_pattern),
		cmocka_unit_test(test_first_match_counts),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_grants.c - patterns, and which rights they give in which rooms */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/glob.h"
#include "proto/grants.h"

static const struct {
	const char *pattern;
	const char *text;
	bool matches;
} globs[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "a", "a", true },
	{ "a", "A", false },
	{ "a", "ab", false },
	{ "ab", "a", false },
	{ "chat-*", "chat-", true },
	{ "chat-*", "chat-1", true },
	{ "chat-*", "chat", false },
	{ "chat-*", "a chat-1", false },
	{ "*-chat", "a-b-chat", true },
	{ "*-chat", "a-chats", false },
	{ "a*b*c", "axxbyybzc", true },
	{ "a*b*c", "axxbyybz", false },
	{ "**a**", "a", true },
	{ "*a*a*a*", "aa", false },
	{ "?", "a", true },
	{ "?", "", false },
	{ "?", "ab", false },
	{ "?", "\xc3\xa9", true },
	{ "??", "\xc3\xa9", false },
	{ "*?", "\xf0\x9f\x98\x80", true },
	{ "*\xa9", "\xc3\xa9", false },
	{ "\xc3\xa9*", "\xc3\xa9t\xc3\xa9", true },
	{ "[a]", "a", false },
	{ "\\*", "*", false },
};

static void globs_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(globs) / sizeof(*globs); i++)
		if (glob_matches(slice_of(globs[i].pattern), slice_of(globs[i].text)) !=
			globs[i].matches)
			fail_msg("'%s' and '%s'", globs[i].pattern, globs[i].text);
}

/* What makes a recursive matcher take for ever. */
static void a_glob_takes_no_long(void **state)
{
	char pattern[256], text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(text, 'a', sizeof(text));
	pattern[sizeof(pattern) - 1] = 'b';
	assert_false(
		glob_matches(slice_make(pattern, sizeof(pattern)), slice_make(text, sizeof(text))));
}

static void what_is_added_is_allowed(void **state)
{
	struct buf grants = { .cap = 0 };

	(void)state;
	grants_add(&grants, 1u << RIGHT_JOIN | 1u << RIGHT_HISTORY, SLICE("chat-*"));
	grants_add(&grants, 1u << RIGHT_PUBLISH, SLICE("chat-1"));
	grants_add(&grants, (1u << RIGHTS) - 1, SLICE("my room"));
	assert_string_equal(buf_cstr(&grants), "jh chat-*\np chat-1\njphs my room\n");
	assert_true(grants_valid(buf_slice(&grants)));
	assert_true(grants_allow(buf_slice(&grants), RIGHT_JOIN, SLICE("chat-1")));
	assert_true(grants_allow(buf_slice(&grants), RIGHT_PUBLISH, SLICE("chat-1")));
	assert_false(grants_allow(buf_slice(&grants), RIGHT_PUBLISH, SLICE("chat-2")));
	assert_false(grants_allow(buf_slice(&grants), RIGHT_STATE, SLICE("chat-1")));
	assert_true(grants_allow(buf_slice(&grants), RIGHT_STATE, SLICE("my room")));
	assert_false(grants_allow(buf_slice(&grants), RIGHT_JOIN, SLICE("general")));
	assert_false(grants_allow(SLICE(""), RIGHT_JOIN, SLICE("general")));
	/* Nothing is valid that is cut, but at the end of a line. */
	for (size_t len = 1; len < grants.len; len++)
		assert_int_equal(
			grants_valid(slice_make(grants.data, len)), grants.data[len - 1] == '\n');
	buf_done(&grants);
}

static void what_is_not_well_formed_is_not_valid(void **state)
{
	static const char *const texts[] = { "\n", "j", "j\n", "j \n", " a\n", "x a\n", "jj a\n",
		"hj a\n", "jx a\n", "j a\n\n", "j a\tb\n", "j \xff\n", "j a" };
	struct buf many = { .cap = 0 };
	char longest[GRANTS_PATTERN_MAX + 1];

	(void)state;
	assert_true(grants_valid(SLICE("")));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (grants_valid(slice_of(texts[i])))
			fail_msg("'%s'", texts[i]);
	for (size_t i = 0; i < GRANTS_MAX; i++)
		grants_add(&many, 1, SLICE("a"));
	assert_true(grants_valid(buf_slice(&many)));
	grants_add(&many, 1, SLICE("a"));
	assert_false(grants_valid(buf_slice(&many)));
	memset(longest, 'a', sizeof(longest));
	assert_true(grants_pattern_valid(slice_make(longest, GRANTS_PATTERN_MAX)));
	assert_false(grants_pattern_valid(slice_make(longest, sizeof(longest))));
	buf_done(&many);
}

static void rights_have_names(void **state)
{
	(void)state;
	for (enum right i = 0; i < RIGHTS; i++)
		assert_int_equal(right_named(slice_of(right_name(i))), i);
	assert_int_equal(right_named(SLICE("")), RIGHTS);
	assert_int_equal(right_named(SLICE("Join")), RIGHTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_match),
		cmocka_unit_test(a_glob_takes_no_long),
		cmocka_unit_test(what_is_added_is_allowed),
		cmocka_unit_test(what_is_not_well_formed_is_not_valid),
		cmocka_unit_test(rights_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_handler_body.c - what handlers give is what clients may be told */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/handler_body.h"
#include "proto/event.h"

static bool members(const char *text)
{
	return handler_body_valid(EVENT_MEMBERS, slice_of(text), 60);
}

static void test_members(void **state)
{
	(void)state;
	assert_true(members(""));
	assert_true(members("\"a\":1.50,\"b\":{\"id\":1}"));
	assert_false(members("\"a\""));
	assert_false(members("\"a\":1}"));
	assert_false(members("\"a\":1},{\"b\":2"));
	assert_false(members("\"a\":1,"));
	assert_false(members("\"a\":\"\xff\""));
	assert_false(members("[1]"));
}

static void test_names_of_the_servers_own(void **state)
{
	static const char *const own[] = { "\"type\":1", "\"room\":1", "\"id\":1", "\"nickname\":1",
		"\"user\":1", "\"offset\":1", "\"ref\":1", "\"mid\":1", "\"echo\":1",
		"\"ephemeral\":1", "\"token\":1", "\"a\":1,\"\\u0069d\":2" };

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		assert_false(members(own[i]));
		/* in a command's parameters they are the application's */
		assert_true(handler_body_valid(EVENT_PARAM, slice_of(own[i]), 60));
	}
}

static void test_other_formats(void **state)
{
	(void)state;
	assert_true(handler_body_valid(EVENT_TEXT, SLICE("\xc3\xab"), 60));
	assert_false(handler_body_valid(EVENT_TEXT, SLICE("\xc3"), 60));
	assert_true(handler_body_valid(EVENT_BINARY, SLICE("\xc3\0"), 60));
	assert_false(handler_body_valid(EVENT_FORMATS, SLICE(""), 60));
	assert_true(handler_body_valid(EVENT_BINARY, SLICE("1234"), 4));
	assert_false(handler_body_valid(EVENT_BINARY, SLICE("12345"), 4));
}

static void test_depth(void **state)
{
	char deep[80] = "\"a\":";

	(void)state;
	memset(deep + 4, '[', 31);
	memset(deep + 4 + 31, ']', 31);
	assert_true(handler_body_valid(EVENT_MEMBERS, slice_of(deep), 100));
	memset(deep + 4, '[', 32);
	memset(deep + 4 + 32, ']', 32);
	assert_false(handler_body_valid(EVENT_MEMBERS, slice_of(deep), 100));
}

static void test_values(void **state)
{
	(void)state;
	assert_true(handler_value_valid(SLICE("1.50")));
	assert_true(handler_value_valid(SLICE(" {\"a\":[null]} ")));
	assert_false(handler_value_valid(SLICE("")));
	assert_false(handler_value_valid(SLICE("1,2")));
	assert_false(handler_value_valid(SLICE("1],[2")));
	assert_false(handler_value_valid(SLICE("nul")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_names_of_the_servers_own),
		cmocka_unit_test(test_other_formats),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_meta.c - what a token's meta may be */
/* SPDX-License-Identifier: MIT */
#include "proto/meta.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static bool valid(const char *text)
{
	return meta_valid(slice_of(text));
}

static void objects_and_nothing_are_meta(void **state)
{
	(void)state;
	assert_true(valid(""));
	assert_true(valid("{}"));
	assert_true(valid("{\"level\":3,\"teams\":[\"a\"]}"));
	assert_false(valid("[]"));
	assert_false(valid("7"));
	assert_false(valid("{"));
	assert_false(valid("{}{}"));
	assert_false(valid("{\"a\":\"\xff\"}"));
}

static void what_is_too_long_or_too_deep_is_none(void **state)
{
	char text[META_MAX + 2];

	(void)state;
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[META_MAX - 1] = '}';
	assert_true(meta_valid(slice_make(text, META_MAX)));
	assert_false(meta_valid(slice_make(text, META_MAX + 1)));
	memcpy(text, "{\"a\":", 5);
	memset(text + 5, '[', META_DEPTH);
	memset(text + 5 + META_DEPTH, ']', META_DEPTH);
	text[5 + 2 * META_DEPTH] = '}';
	assert_false(meta_valid(slice_make(text, 6 + 2 * META_DEPTH)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_nothing_are_meta),
		cmocka_unit_test(what_is_too_long_or_too_deep_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_body.c - which bodies of handlers clients may be told */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/body.h"

static struct buf scratch;

static bool valid(enum event_format format, const char *body)
{
	return body_valid(format, slice_of(body), &scratch);
}

static void test_members(void **state)
{
	static const char *const good[] = { "", "\"a\":1",
		"\"a\":[{\"b\":null}],\"c\":\"\xe2\x82\xac\"" };
	static const char *const bad[] = { "\"a\":", "1", "\"a\":1,", "\"a\":1}",
		"\"a\":1},{\"b\":2", "{\"a\":1}", "\"a\":\"\xff\"", "\"a\":1}\n,{", "\"a\":1]" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(valid(EVENT_MEMBERS, good[i]));
		assert_true(valid(EVENT_PARAM, good[i]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(valid(EVENT_MEMBERS, bad[i]));
		assert_false(valid(EVENT_PARAM, bad[i]));
	}
	buf_done(&scratch);
}

static void test_frames(void **state)
{
	(void)state;
	assert_true(valid(EVENT_TEXT, "\"a\":"));
	assert_false(valid(EVENT_TEXT, "\xff"));
	assert_true(valid(EVENT_BINARY, "\xff"));
	buf_done(&scratch);
}

static void test_depth(void **state)
{
	struct buf body = { .cap = 0 };

	(void)state;
	for (unsigned depth = 1; depth <= BODY_DEPTH; depth++) {
		buf_clear(&body);
		buf_put(&body, SLICE("\"a\":"));
		for (unsigned i = 1; i < depth; i++)
			buf_putc(&body, '[');
		buf_putc(&body, '1');
		for (unsigned i = 1; i < depth; i++)
			buf_putc(&body, ']');
		assert_true(body_valid(EVENT_MEMBERS, buf_slice(&body), &scratch));
	}
	buf_clear(&body);
	buf_put(&body, SLICE("\"a\":"));
	for (unsigned i = 0; i < BODY_DEPTH; i++)
		buf_putc(&body, '[');
	for (unsigned i = 0; i < BODY_DEPTH; i++)
		buf_putc(&body, ']');
	assert_false(body_valid(EVENT_MEMBERS, buf_slice(&body), &scratch));
	buf_done(&body);
	buf_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

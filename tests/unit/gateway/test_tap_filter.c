/* test_tap_filter.c - what a tap is to show: each part, what is none, and texts cut short */
/* SPDX-License-Identifier: MIT */
#include "gateway/tap_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "proto/json.h"

static bool read_filter(const char *text, struct buf *scratch, struct tap_filter *ret_filter)
{
	struct json_value value;

	if (json_check(slice_of(text), 32, &value) < 0 || value.type != JSON_TYPE_OBJECT)
		return false;
	buf_clear(scratch);
	buf_reserve(scratch, strlen(text));
	return tap_filter_read(value.text, scratch, ret_filter);
}

static void expect(struct slice got, const char *wanted)
{
	if (!slice_eq(got, slice_of(wanted)))
		fail_msg("%.*s is not %s", (int)got.len, got.len ? got.ptr : "", wanted);
}

#define WHOLE \
	"{\"room\":\"chat-*\",\"us\\u0065r\":\"\\u00e4?\",\"type\":\"draw\",\"connection\":\"a.b\"}"

static void test_good(void **state)
{
	struct buf scratch = { .cap = 0 };
	struct tap_filter filter;

	(void)state;
	assert_true(read_filter("{}", &scratch, &filter));
	assert_int_equal(filter.room.len + filter.user.len + filter.type.len, 0);
	assert_true(read_filter(WHOLE, &scratch, &filter));
	expect(filter.room, "chat-*");
	expect(filter.user, "\xc3\xa4?");
	expect(filter.type, "draw");
	expect(filter.connection, "a.b");
	buf_done(&scratch);
}

static void test_bad(void **state)
{
	static const char *const bad[] = { "{\"rooms\":\"a\"}", "{\"room\":\"\"}", "{\"room\":1}",
		"{\"room\":null}", "{\"room\":[\"a\"]}", "{\"room\":\"a\",\"room\":\"b\"}",
		"{\"type\":\"a\\u0000\"}", "{\"user\":\"\\n\"}", "{\"connection\":\"a b\"}",
		"{\"connection\":\"user:a\"}", "{\"room\":\"a\",\"x\":1}" };
	struct buf scratch = { .cap = 0 };
	struct tap_filter filter = { .room = SLICE("as it was") };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_filter(bad[i], &scratch, &filter))
			fail_msg("%s is good", bad[i]);
	expect(filter.room, "as it was");
	buf_done(&scratch);
}

/* At every length it is no filter, and nothing behind its end is read. */
static void test_cut(void **state)
{
	struct buf scratch = { .cap = 0 };
	struct tap_filter filter;

	(void)state;
	for (size_t len = 0; len < strlen(WHOLE); len++) {
		char *text = slice_dup(slice_make(WHOLE, len));

		assert_false(read_filter(text, &scratch, &filter));
		mem_free(text);
	}
	buf_done(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

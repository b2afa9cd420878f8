/* test_body.c - members of bodies, and JSON by a format */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/atrium.h"
#include "proto/json.h"

static const char body[] =
	" {\"s\":\"a\\\"b\\u00e9\", \"\\u006b\":\"v\", \"i\":-12, \"d\":1.5, \"e\":\"\","
	" \"o\":{\"s\":1}, \"big\":9223372036854775808} ";

static int get(const char *key, char *out, size_t size)
{
	return atrium_get_string(body, sizeof(body) - 1, key, out, size);
}

static void strings(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(get("s", out, sizeof(out)), 5);
	assert_string_equal(out, "a\"b\xc3\xa9");
	assert_int_equal(get("k", out, sizeof(out)), 1);
	assert_string_equal(out, "v");
	assert_int_equal(get("e", out, sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(get("s", out, 5), -ENOSPC);
	assert_int_equal(get("s", out, 6), 5);
	assert_int_equal(get("i", out, sizeof(out)), -ENOENT);
	assert_int_equal(get("none", out, sizeof(out)), -ENOENT);
	assert_int_equal(atrium_get_string("[1]", 3, "a", out, sizeof(out)), -EINVAL);
	assert_int_equal(atrium_get_string("{", 1, "a", out, sizeof(out)), -EINVAL);
	assert_int_equal(atrium_get_string(NULL, 0, "a", out, sizeof(out)), -EINVAL);
	assert_int_equal(atrium_get_string("{}", 2, NULL, out, sizeof(out)), -EINVAL);
	assert_int_equal(atrium_get_string("{}", 2, "a", NULL, 0), -EINVAL);
}

static void numbers_and_others(void **state)
{
	const char *value = NULL;
	int64_t number = 77;
	size_t len = 0;

	(void)state;
	assert_int_equal(atrium_get_int(body, sizeof(body) - 1, "d", &number), -ENOENT);
	assert_int_equal(atrium_get_int(body, sizeof(body) - 1, "big", &number), -ENOENT);
	assert_int_equal(atrium_get_int(body, sizeof(body) - 1, "s", &number), -ENOENT);
	assert_int_equal(number, 77);
	assert_int_equal(atrium_get_int(body, sizeof(body) - 1, "i", &number), 0);
	assert_int_equal(number, -12);
	assert_int_equal(atrium_get_json(body, sizeof(body) - 1, "o", &value, &len), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(value, "{\"s\":1}", 7);
	assert_int_equal(atrium_get_json(body, sizeof(body) - 1, "p", &value, &len), -ENOENT);
}

static void json_by_a_format(void **state)
{
	const char *volatile nothing = NULL;
	char out[200];
	int len;

	(void)state;
	len = atrium_json(out, sizeof(out),
		"{\"a\":%s,\"b\":%d,\"c\":%llu,\"d\":%g,\"e\":%s,\"f\":%.*s}",
		"x\"\\\n\x7f\xc3\xa9", -5, 18446744073709551615ull, 0.1, nothing, 2, "yes");
	assert_string_equal(out,
		"{\"a\":\"x\\\"\\\\\\u000a\\u007f\xc3\xa9\",\"b\":-5,"
		"\"c\":18446744073709551615,\"d\":0.1,\"e\":null,\"f\":\"ye\"}");
	assert_int_equal(len, strlen(out));
	assert_int_equal(atrium_json(out, sizeof(out), "[%u,%ld,%lu,%lld,%zu,100%%]", 1u, -2l, 3ul,
				 -4ll, (size_t)5),
		18);
	assert_string_equal(out, "[1,-2,3,-4,5,100%]");
}

static void json_that_cannot_be(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(atrium_json(out, sizeof(out), "%s", "\xff"), -EINVAL);
	assert_string_equal(out, "");
	assert_int_equal(atrium_json(out, sizeof(out), "%x", 1u), -EINVAL);
	assert_int_equal(atrium_json(NULL, 0, "x"), -EINVAL);
	assert_int_equal(atrium_json(out, 3, "%s", ""), 2);
	for (size_t size = 1; size < 8; size++)
		assert_int_equal(atrium_json(out, size, "[%s]", "a\\b"), -ENOSPC);
	assert_int_equal(atrium_json(out, sizeof(out), "[%g]", (double)NAN), 6);
}

/* Whatever bytes a string has, it is one string. */
static void no_string_breaks_out(void **state)
{
	char out[100], text[4] = "";

	(void)state;
	for (unsigned c = 1; c < 128; c++) {
		struct json_value value;

		snprintf(text, sizeof(text), "%c%c", (char)c, (char)c);
		assert_true(atrium_json(out, sizeof(out), "{\"a\":%s}", text) > 0);
		assert_int_equal(json_check(slice_of(out), 5, &value), 0);
		assert_int_equal(atrium_get_string(out, strlen(out), "a", out, sizeof(out)), 2);
		assert_string_equal(out, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(numbers_and_others),
		cmocka_unit_test(json_by_a_format),
		cmocka_unit_test(json_that_cannot_be),
		cmocka_unit_test(no_string_breaks_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

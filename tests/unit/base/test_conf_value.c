/* test_conf_value.c - the value of one setting: numbers with units, quotes, comments */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "proto/base/conf_value.h"
#include "proto/base/mem.h"

struct pair {
	const char *text;
	int64_t number;
	const char *canonical;
};

/* Each text is read as its number, and written in its canonical form. */
static void check_numbers(enum conf_type type, const struct pair *pairs, size_t count)
{
	const struct conf_key key = { .name = "k", .type = type };

	for (size_t i = 0; i < count; i++) {
		_cleanup_(buf_done) struct buf out = { 0 };
		int64_t number = -1;

		assert_int_equal(conf_value_read(&key, slice_of(pairs[i].text), &number, &out), 0);
		assert_int_equal(out.len, 0);
		assert_true(number == pairs[i].number);
		conf_value_print(&key, &number, &out);
		assert_string_equal(buf_cstr(&out), pairs[i].canonical);
	}
}

#define CHECK_NUMBERS(type, pairs) check_numbers(type, pairs, sizeof(pairs) / sizeof((pairs)[0]))

static void numbers(void **state)
{
	static const struct pair ints[] = { { "0", 0, "0" }, { "-0", 0, "0" }, { "007", 7, "7" },
		{ "9223372036854775807", INT64_MAX, "9223372036854775807" },
		{ "-9223372036854775808", INT64_MIN, "-9223372036854775808" } };
	static const struct pair sizes[] = { { "0", 0, "0" }, { "0G", 0, "0" }, { "1", 1, "1" },
		{ "1025", 1025, "1025" }, { "1024", 1024, "1K" }, { "64k", 65536, "64K" },
		{ "1024K", 1048576, "1M" }, { "1536M", 1610612736, "1536M" },
		{ "8589934591G", (INT64_MAX >> 30) << 30, "8589934591G" } };
	static const struct pair durations[] = { { "0", 0, "0" }, { "0s", 0, "0" },
		{ "250ms", 250, "250ms" }, { "1500ms", 1500, "1500ms" }, { "2000ms", 2000, "2s" },
		{ "90s", 90000, "90s" }, { "60S", 60000, "1m" }, { "5m", 300000, "5m" },
		{ "24h", 86400000, "1d" } };

	(void)state;
	CHECK_NUMBERS(CONF_INT, ints);
	CHECK_NUMBERS(CONF_SIZE, sizes);
	CHECK_NUMBERS(CONF_DURATION, durations);
}

static void wrong_numbers(void **state)
{
	static const char *const texts[] = { "", " ", "-", "x", "1x", "1 ", " 1", "+1", "1.5",
		"1e3", "0x10", "1 s", "1KiB", "99999999999999999999", "9223372036854775808",
		"-9223372036854775809" };
	static const enum conf_type types[] = { CONF_INT, CONF_SIZE, CONF_DURATION };

	(void)state;
	for (size_t t = 0; t < 3; t++) {
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			const struct conf_key key = { .name = "k", .type = types[t] };
			_cleanup_(buf_done) struct buf why = { 0 };
			int64_t number = 42;

			assert_int_equal(
				conf_value_read(&key, slice_of(texts[i]), &number, &why), -EINVAL);
			assert_true(why.len > 0);
			assert_int_equal(number, 42);
		}
	}
}

static void quotes_and_comments(void **state)
{
	static const struct {
		const char *text, *value;
	} values[] = {
		{ "", "" },
		{ "\"\"", "" },
		{ "\"\" ; nothing", "" },
		{ "a ; b", "a" },
		{ "a # b", "a" },
		{ "a;b#c", "a;b#c" },
		{ "\"a ; b\" # c", "a ; b" },
		{ "\" a \"", " a " },
		{ "\"a \\\"b\\\" \\\\\"", "a \"b\" \\" },
		{ "a \"b\" c:\\d", "a \"b\" c:\\d" },
		{ "a\t;b", "a" },
		{ "a  ", "a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		_cleanup_(buf_done) struct buf out = { 0 };

		assert_null(conf_value_unquote(slice_of(values[i].text), &out));
		assert_string_equal(buf_cstr(&out), values[i].value);
	}
}

static void every_truncation_of_quotes(void **state)
{
	static const char text[] = "\"a \\\"b\\\" \\\\\" # c";
	const size_t whole = strlen("\"a \\\"b\\\" \\\\\"");

	(void)state;
	for (size_t len = 1; len < sizeof(text); len++) {
		_cleanup_(mem_freep) char *copy = mem_strndup(text, len);
		_cleanup_(buf_done) struct buf out = { 0 };

		assert_int_equal(
			conf_value_unquote(slice_make(copy, len), &out) == NULL, len >= whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(quotes_and_comments),
		cmocka_unit_test(every_truncation_of_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_httpval.c - entity tags, codings, lists, dates and lengths of HTTP */
/* SPDX-License-Identifier: MIT */
#include "gateway/httpval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_none_match(void **state)
{
	static const struct {
		const char *header, *etag;
		bool matches;
	} rows[] = {
		{ "\"a\"", "\"a\"", true },
		{ "W/\"a\"", "\"a\"", true },
		{ "\"a\"", "W/\"a\"", true },
		{ "W/\"a\"", "W/\"a\"", true },
		{ "\"b\"", "\"a\"", false },
		{ "\"b\", \"a\"", "\"a\"", true },
		{ "\"b\",\"a\"", "\"a\"", true },
		{ "\"b\" , W/\"a\" ", "\"a\"", true },
		{ " \"b\",, ,\"a\"", "\"a\"", true },
		{ "\"b,a\", \"c\"", "\"c\"", true },
		{ "\"b, \"a\"", "\"a\"", false },
		{ "*", "\"a\"", true },
		{ " * ", "\"a\"", true },
		{ "*, \"b\"", "\"a\"", false },
		{ "a", "\"a\"", false },
		{ "w/\"a\"", "\"a\"", false },
		{ "\"a", "\"a\"", false },
		{ "\"b\" \"a\"", "\"a\"", false },
		{ "\"", "\"a\"", false },
		{ "W/", "\"a\"", false },
		{ "", "\"a\"", false },
		{ "\"A\"", "\"a\"", false },
		{ "\"\"", "\"\"", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (httpval_none_match(slice_of(rows[i].header), slice_of(rows[i].etag)) !=
			rows[i].matches)
			fail_msg("%s against %s", rows[i].header, rows[i].etag);
}

static void test_accepts(void **state)
{
	static const struct {
		const char *header;
		bool gzip;
	} rows[] = {
		{ "gzip", true },
		{ "GZip", true },
		{ "gzip, deflate, br", true },
		{ "deflate, gzip;q=1.0, *;q=0.5", true },
		{ "gzip;q=0.001", true },
		{ "gzip;q=0", false },
		{ "gzip; q=0.000", false },
		{ "gzip ; Q=0. ", false },
		{ "gzip;x=1;q=0", false },
		{ "*", true },
		{ "*;q=0", false },
		{ "*;q=0, gzip", true },
		{ "gzip;q=0, *", false },
		{ "identity", false },
		{ "identity;q=0, gzip;q=0.5", true },
		{ "gzipp", false },
		{ "", false },
		{ ",,", false },
		{ "deflate,gzip;q=", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (httpval_accepts(slice_of(rows[i].header), "gzip") != rows[i].gzip)
			fail_msg("%s", rows[i].header);
}

static void test_list(void **state)
{
	(void)state;
	assert_true(httpval_list_has(SLICE("Upgrade"), "upgrade"));
	assert_true(httpval_list_has(SLICE("keep-alive, Upgrade"), "upgrade"));
	assert_true(httpval_list_has(SLICE("keep-alive ,upgrade\t"), "upgrade"));
	assert_false(httpval_list_has(SLICE("upgrades"), "upgrade"));
	assert_false(httpval_list_has(SLICE("up grade"), "upgrade"));
	assert_false(httpval_list_has(SLICE(""), "upgrade"));
}

static void test_dates(void **state)
{
	static const char *const bad[] = {
		"",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"Mon, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994     ",
		"Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:3x GMT",
	};
	char text[HTTPVAL_DATE_SIZE];
	time_t when = 0;

	(void)state;
	httpval_date(784111777, text);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_true(httpval_date_parse(slice_of(text), &when));
	assert_int_equal(when, 784111777);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (httpval_date_parse(slice_of(bad[i]), &when))
			fail_msg("%s", bad[i]);
	assert_int_equal(when, 784111777);

	/* every day of a leap year and of the one after it, at another time of the day */
	for (time_t day = 1709164800; day < 1709164800 + 731 * 86400L; day += 86400 + 61) {
		httpval_date(day, text);
		assert_true(httpval_date_parse(slice_of(text), &when));
		assert_int_equal(when, day);
	}
}

static void test_not_modified(void **state)
{
	struct slice none = SLICE(""), date = SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
	struct slice etag = SLICE("\"a\"");

	(void)state;
	assert_false(httpval_not_modified(none, none, etag, 784111777));
	assert_true(httpval_not_modified(none, date, etag, 784111777));
	assert_true(httpval_not_modified(none, date, etag, 784111776));
	assert_false(httpval_not_modified(none, date, etag, 784111778));
	assert_false(httpval_not_modified(none, SLICE("yesterday"), etag, 0));
	assert_true(httpval_not_modified(etag, none, etag, 784111777));
	assert_false(httpval_not_modified(SLICE("\"b\""), date, etag, 784111777));
}

static void test_length(void **state)
{
	uint64_t length = 7;

	(void)state;
	assert_false(httpval_length(SLICE(""), &length));
	assert_false(httpval_length(SLICE("-1"), &length));
	assert_false(httpval_length(SLICE("+1"), &length));
	assert_false(httpval_length(SLICE("1,1"), &length));
	assert_false(httpval_length(SLICE("0x10"), &length));
	assert_false(httpval_length(SLICE("1000000000000000000"), &length));
	assert_int_equal(length, 7);
	assert_true(httpval_length(SLICE("0"), &length));
	assert_int_equal(length, 0);
	assert_true(httpval_length(SLICE("065536"), &length));
	assert_int_equal(length, 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_match),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_not_modified),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_span.c - spans of time as people write them */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/span.h"

static void check(const char *text, int result, int64_t ms)
{
	int64_t got = -7;

	assert_int_equal(span_parse(slice_of(text), &got), result);
	assert_int_equal(got, result == 0 ? ms : -7);
}

static void units(void **state)
{
	(void)state;
	check("0", 0, 0);
	check("250ms", 0, 250);
	check("90s", 0, 90000);
	check("15m", 0, 900000);
	check("1h", 0, 3600000);
	check("7d", 0, 604800000);
	check("007s", 0, 7000);
}

static void what_is_none(void **state)
{
	(void)state;
	check("", -EINVAL, 0);
	check("s", -EINVAL, 0);
	check("5", -EINVAL, 0);
	check("-5s", -EINVAL, 0);
	check("+5s", -EINVAL, 0);
	check("1.5h", -EINVAL, 0);
	check("5 s", -EINVAL, 0);
	check("5S", -EINVAL, 0);
	check("5sec", -EINVAL, 0);
	check("1h30m", -EINVAL, 0);
	check("9223372036854775808s", -ERANGE, 0);
	check("9223372036854775807s", -ERANGE, 0);
	check("99999999999999999999999999", -ERANGE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

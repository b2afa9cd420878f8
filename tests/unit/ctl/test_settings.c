/* test_settings.c - what daemons print of their settings */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/settings.h"

static const char text[] = "[atrium]\n"
			   "runtime_dir =\n"
			   "drain = 1s\n"
			   "\n"
			   "[gateway]\n"
			   "listen = 127.0.0.1\n"
			   "static_dir =\n"
			   "drain = 5s\n"
			   "listen2 = x=y\n";

static void check(const char *section, const char *key, const char *value)
{
	assert_true(slice_eq(settings_get(slice_of(text), section, key), slice_of(value)));
}

static void look_up(void **state)
{
	(void)state;
	check("gateway", "listen", "127.0.0.1");
	check("gateway", "drain", "5s");
	check("gateway", "static_dir", "");
	check("gateway", "listen2", "x=y");
	check("atrium", "drain", "1s");
	check("atrium", "listen", "");
	check("hub", "drain", "");
	check("gateway", "none", "");
	assert_int_equal(settings_get(SLICE(""), "a", "b").len, 0);
	assert_int_equal(settings_get(SLICE("[a]\nb"), "a", "b").len, 0);
	assert_int_equal(settings_get(SLICE("[a]\nb=c"), "a", "b").len, 1);
}

static void merge(void **state)
{
	struct buf all = { .cap = 0 };

	(void)state;
	settings_merge(&all, SLICE("[atrium]\na =\n\n[hub]\nb = 1\n\n[room \"x\"]\nc = 2\n"));
	settings_merge(&all, SLICE("[atrium]\na =\n\n[auth]\n# of d\nd = 3\n"));
	settings_merge(&all, SLICE(""));
	assert_string_equal(buf_cstr(&all),
		"[atrium]\na =\n\n[hub]\nb = 1\n\n[room \"x\"]\nc = 2\n"
		"\n[auth]\n# of d\nd = 3\n");
	buf_done(&all);
}

/* Two of one name in one text are two: which comes first matters to those who read them. */
static void merge_keeps_twins(void **state)
{
	static const char twins[] = "[room \"a\"]\nb = 1\n\n[room \"a\"]\nb = 2\n";
	struct buf all = { .cap = 0 };

	(void)state;
	settings_merge(&all, slice_of(twins));
	assert_string_equal(buf_cstr(&all), twins);
	buf_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_up),
		cmocka_unit_test(merge),
		cmocka_unit_test(merge_keeps_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

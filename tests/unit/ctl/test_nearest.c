/* test_nearest.c - which command someone may have meant */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/nearest.h"

static const char *const words[] = { "up", "check", "token", "completion", "connections", "status",
	NULL };

static void check(const char *text, const char *word)
{
	const char *found = nearest_of(text, words);

	if (word) {
		assert_non_null(found);
		assert_string_equal(found, word);
	} else {
		assert_null(found);
	}
}

static void beginnings(void **state)
{
	(void)state;
	check("tok", "token");
	check("conn", "connections");
	check("co", NULL); /* of two, and near none */
	check("s", "status");
	check("", NULL);
}

static void slips(void **state)
{
	(void)state;
	check("chekc", "check"); /* swapped */
	check("ckeck", "check");
	check("toke", "token");
	check("tokens", "token");
	check("sttus", "status");
	check("conection", "connections");
	check("pu", "up");
}

static void far_away(void **state)
{
	(void)state;
	check("banana", NULL);
	check("x", NULL);
	check("xy", NULL);
	check("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beginnings),
		cmocka_unit_test(slips),
		cmocka_unit_test(far_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

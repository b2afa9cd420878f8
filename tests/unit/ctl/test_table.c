/* test_table.c - rows of text as columns for a terminal */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/table.h"

static void columns(void **state)
{
	struct table table = { .count = 0 };
	struct buf out = { .cap = 0 };

	(void)state;
	TABLE_ROW(&table, "A", "LONGER", "C");
	TABLE_ROW(&table, "ä\xc3\xb6", "x", "");
	TABLE_ROW(&table, "four", "", "z");
	table_print(&table, &out);
	assert_string_equal(buf_cstr(&out),
		"A     LONGER  C\n"
		"äö    x       \n"
		"four          z\n");
	table_done(&table);
	buf_done(&out);
}

static void safe(void **state)
{
	struct buf out = { .cap = 0 };

	(void)state;
	table_safe(&out, SLICE("a\x1b[1m\tb\x7f\xc2\x9b\xff\xc3 é\0x"));
	assert_string_equal(buf_cstr(&out),
		"a?[1m?b????"
		" é?x");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

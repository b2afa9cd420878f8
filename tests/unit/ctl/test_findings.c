/* test_findings.c - what several programs say is wrong with one file */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/findings.h"

static void check(const struct findings *findings, size_t i, const char *file, unsigned long line,
	const char *message)
{
	assert_true(i < findings->count);
	if (file)
		assert_string_equal(findings->rows[i].file, file);
	else
		assert_null(findings->rows[i].file);
	assert_int_equal(findings->rows[i].line, line);
	assert_string_equal(findings->rows[i].message, message);
}

static void once_and_by_line(void **state)
{
	struct findings findings = { .count = 0 };

	(void)state;
	findings_add(&findings, SLICE("/a:b.conf:12: late\nATRIUM_X: wrong\n"));
	findings_add(&findings, SLICE("/a:b.conf:2: [hub] key: 1: x\n\n/a:b.conf:12: late"));
	findings_add(&findings, SLICE("/a:b.conf:2: second\nATRIUM_X: wrong\n"));
	findings_sort(&findings);
	assert_int_equal(findings.count, 4);
	check(&findings, 0, "/a:b.conf", 2, "[hub] key: 1: x");
	check(&findings, 1, "/a:b.conf", 2, "second");
	check(&findings, 2, "/a:b.conf", 12, "late");
	check(&findings, 3, NULL, 0, "ATRIUM_X: wrong");
	findings_done(&findings);
}

static void odd_lines(void **state)
{
	struct findings findings = { .count = 0 };

	(void)state;
	findings_add(&findings, SLICE(""));
	findings_add(&findings, SLICE("a:12\nb:: x\nc:1:\n:7: no name\n"));
	assert_int_equal(findings.count, 4);
	check(&findings, 0, NULL, 0, "a:12");
	check(&findings, 1, NULL, 0, "b:: x");
	check(&findings, 2, NULL, 0, "c:1:");
	check(&findings, 3, "", 7, "no name");
	findings_done(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_and_by_line),
		cmocka_unit_test(odd_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

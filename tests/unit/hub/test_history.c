/* test_history.c - a ring of messages, and how it is filled again */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub/history.h"
#include "hub/record.h"
#include "proto/base/mem.h"

static void restore(struct history *history, uint64_t offset)
{
	history_restore(history, &(struct event){ .offset = offset, .body = { "body", 4 } });
}

static void assert_kept(struct history *history, uint64_t first, uint64_t last)
{
	assert_int_equal(history->offset, last);
	assert_int_equal(history_first(history), first);
	for (uint64_t offset = first; offset <= last; offset++)
		assert_int_equal(history_at(history, offset)->offset, offset);
	assert_int_equal(*history->total, (last + 1 - first) * record_size(4));
}

static void test_restored_in_any_order(void **state)
{
	uint64_t total = 0;
	struct history history = { .offset = 2, .total = &total };

	(void)state;
	/* 1 and 2 are kept no longer; there is no 5, so 3 and 4 are of no use. */
	for (uint64_t offset = 15; offset > 0; offset--)
		if (offset != 5)
			restore(&history, offset);
	for (uint64_t offset = 16; offset <= 20; offset++)
		restore(&history, offset);
	history_restored(&history);
	assert_kept(&history, 6, 20);
	history_add(&history, &(struct event){ .body = { "body", 4 } }, 4);
	assert_kept(&history, 18, 21);
	history_done(&history);
	assert_int_equal(total, 0);
}

static void test_nothing_to_restore(void **state)
{
	uint64_t total = 0;
	struct history history = { .offset = 9, .total = &total };

	(void)state;
	restore(&history, 9);
	history_restored(&history);
	assert_int_equal(history.count, 0);
	assert_int_equal(history.offset, 9);
	assert_null(history_last(&history));
	history_done(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restored_in_any_order),
		cmocka_unit_test(test_nothing_to_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

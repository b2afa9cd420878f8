/* test_done.c - ranges of numbers that are dealt with */
/* SPDX-License-Identifier: MIT */
#include "hub/done.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/mem.h"

static void expect(const struct buf *done, const char *expected)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	for (size_t at = 0; at < done->len; at += sizeof(struct done_range)) {
		struct done_range range;

		memcpy(&range, done->data + at, sizeof(range));
		buf_printf(&text, "%lu-%lu ", range.first, range.last);
	}
	assert_string_equal(buf_cstr(&text), expected);
}

static void test_ranges_become_one(void **state)
{
	_cleanup_(buf_done) struct buf done = { .cap = 0 };

	(void)state;
	assert_true(done_add(&done, 10, 12));
	assert_true(done_add(&done, 20, 20));
	assert_true(done_add(&done, 5, 5));
	expect(&done, "5-5 10-12 20-20 ");
	assert_true(done_add(&done, 13, 14));
	assert_true(done_add(&done, 19, 19));
	expect(&done, "5-5 10-14 19-20 ");
	assert_true(done_add(&done, 11, 13));
	assert_true(done_add(&done, 15, 18));
	expect(&done, "5-5 10-20 ");
	assert_true(done_add(&done, 3, 30));
	expect(&done, "3-30 ");
	assert_int_equal(done_count(&done, 1, 100), 28);
	assert_int_equal(done_count(&done, 30, 31), 1);
	assert_int_equal(done_count(&done, 31, 40), 0);
}

static void test_how_far(void **state)
{
	_cleanup_(buf_done) struct buf done = { .cap = 0 };

	(void)state;
	assert_int_equal(done_reach(&done, 7), 7);
	done_add(&done, 9, 10);
	done_add(&done, 12, 13);
	assert_int_equal(done_reach(&done, 7), 7);
	expect(&done, "9-10 12-13 ");
	assert_int_equal(done_reach(&done, 8), 10);
	expect(&done, "12-13 ");
	assert_int_equal(done_reach(&done, 20), 20);
	expect(&done, "");
}

/* Each against a plain set of numbers. */
static void test_any(void **state)
{
	enum { NUMBERS = 60, ROUNDS = 20000 };
	_cleanup_(buf_done) struct buf done = { .cap = 0 };
	bool in[NUMBERS + 1] = { false };
	unsigned random = 1;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t first, last, count = 0;

		random = random * 1103515245 + 12345;
		first = 1 + (random >> 8) % NUMBERS;
		last = first + (random >> 20) % 4;
		last = last > NUMBERS ? NUMBERS : last;
		if (round % 30 == 0) {
			buf_clear(&done);
			memset(in, 0, sizeof(in));
		}
		assert_true(done_add(&done, first, last));
		for (uint64_t i = first; i <= last; i++)
			in[i] = true;
		for (uint64_t i = 1; i <= NUMBERS; i++) {
			count += in[i];
			assert_int_equal(done_count(&done, i, i), in[i]);
		}
		assert_int_equal(done_count(&done, 1, NUMBERS), count);
	}
}

static void test_no_more_than_may_be(void **state)
{
	_cleanup_(buf_done) struct buf done = { .cap = 0 };

	(void)state;
	for (uint64_t i = 0; i < DONE_MAX; i++)
		assert_true(done_add(&done, 10 + 2 * i, 10 + 2 * i));
	assert_false(done_add(&done, 8, 8));
	assert_int_equal(done_count(&done, 1, 8), 0);
	assert_true(done_add(&done, 11, 11));
	assert_true(done_add(&done, 8, 8));
	assert_int_equal(done.len, DONE_MAX * sizeof(struct done_range));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_become_one),
		cmocka_unit_test(test_how_far),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_no_more_than_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

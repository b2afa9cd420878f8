/* test_buf.c - slices and buffers */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/base/buf.h"
#include "proto/base/mem.h"

static void assert_slice(struct slice got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_true(slice_eq(got, slice_of(want)));
}

static void slices(void **state)
{
	_cleanup_(mem_freep) char *copy = slice_dup(SLICE("abc"));
	_cleanup_(mem_freep) char *empty = slice_dup(slice_of(NULL));

	(void)state;
	assert_int_equal(slice_of(NULL).len, 0);
	assert_int_equal(SLICE("a\0b").len, 3);
	assert_true(slice_eq(SLICE(""), slice_of(NULL)));
	assert_false(slice_eq(SLICE("ab"), SLICE("abc")));
	assert_false(slice_eq(SLICE("abd"), SLICE("abc")));
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_true(slice_starts(slice_of(NULL), slice_of(NULL)));
	assert_false(slice_starts(SLICE("ab"), SLICE("abc")));
	assert_false(slice_starts(SLICE("xbc"), SLICE("ab")));
	assert_string_equal(copy, "abc");
	assert_string_equal(empty, "");
}

static void grows(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_putc(&buf, (char)('a' + i % 26));
	assert_int_equal(buf.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	assert_true(buf.cap < 300000);
	buf_add(&buf, NULL, 0);
	buf_put(&buf, slice_of(NULL));
	assert_int_equal(buf.len, 100000);
}

static void empty_is_usable(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };

	(void)state;
	assert_int_equal(buf_slice(&buf).len, 0);
	assert_string_equal(buf_cstr(&buf), "");
	assert_int_equal(buf.len, 0);
	buf_done(&buf);
	assert_null(buf.data);
	assert_non_null(buf_reserve(&buf, 0));
	buf_printf(&buf, "%s", "");
	assert_int_equal(buf.len, 0);
}

static void reserve_then_fill(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };
	char *to;

	(void)state;
	buf_put(&buf, SLICE("ab"));
	to = buf_reserve(&buf, 5000);
	assert_ptr_equal(to, buf.data + 2);
	memset(to, 'x', 5000);
	buf.len += 5000;
	assert_int_equal(buf.data[0], 'a');
	assert_int_equal(buf.data[5001], 'x');
}

static void prints(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };

	(void)state;
	buf_printf(&buf, "%d-%s", 12, "ab");
	assert_slice(buf_slice(&buf), "12-ab");
	buf_printf(&buf, "|%0200d|", 7); /* longer than what is reserved at first */
	assert_int_equal(buf.len, 5 + 202);
	assert_int_equal(buf.data[buf.len - 1], '|');
	/* every length around the end of the memory */
	for (int len = 0; len < 200; len++) {
		buf_done(&buf);
		buf_printf(&buf, "%*s", len, "");
		assert_int_equal(buf.len, len);
	}
}

static void drops(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };

	(void)state;
	buf_put(&buf, SLICE("abcdef"));
	buf_drop(&buf, 0);
	buf_drop(&buf, 2);
	assert_slice(buf_slice(&buf), "cdef");
	assert_string_equal(buf_cstr(&buf), "cdef");
	buf_drop(&buf, 4);
	assert_int_equal(buf.len, 0);
}

static void clears_and_shrinks(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };
	char *memory;

	(void)state;
	buf_reserve(&buf, 1000);
	memory = buf.data;
	buf_put(&buf, SLICE("abc"));
	buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_ptr_equal(buf.data, memory);
	buf_shrink(&buf, 5000);
	assert_ptr_equal(buf.data, memory);
	buf_put(&buf, SLICE("abc"));
	buf_shrink(&buf, 100);
	assert_slice(buf_slice(&buf), "abc");
	assert_true(buf.cap <= 100);
	buf_clear(&buf);
	buf_shrink(&buf, 0);
	assert_null(buf.data);
	buf_put(&buf, SLICE("again"));
	assert_slice(buf_slice(&buf), "again");
}

static void put_numbers(void **state)
{
	static const uint64_t numbers[] = { 0, 9, 10, 1234567890, UINT64_MAX };
	_cleanup_(buf_done) struct buf buf = { .cap = 0 };
	char want[64];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		buf_clear(&buf);
		buf_put_u64(&buf, numbers[i]);
		buf_putc(&buf, ' ');
		buf_put_hex(&buf, numbers[i]);
		snprintf(want, sizeof(want), "%" PRIu64 " %016" PRIx64, numbers[i], numbers[i]);
		assert_string_equal(buf_cstr(&buf), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_numbers),
		cmocka_unit_test(slices),
		cmocka_unit_test(grows),
		cmocka_unit_test(empty_is_usable),
		cmocka_unit_test(reserve_then_fill),
		cmocka_unit_test(prints),
		cmocka_unit_test(drops),
		cmocka_unit_test(clears_and_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_lines.c - output cut into lines, however it arrives */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/lines.h"

static void on_line(void *arg, struct slice line)
{
	struct buf *out = arg;

	buf_putc(out, '<');
	buf_put(out, line);
	buf_putc(out, '>');
}

static void every_split_gives_the_same(void **state)
{
	const struct slice text = SLICE("one\ntwo\r\n\n\rthree\r\n\nend");

	(void)state;
	for (size_t a = 0; a <= text.len; a++) {
		for (size_t b = a; b <= text.len; b++) {
			struct lines lines = { .part = { .cap = 0 } };
			struct buf out = { .cap = 0 };

			lines_feed(&lines, slice_make(text.ptr, a), on_line, &out);
			lines_feed(&lines, slice_make(text.ptr + a, b - a), on_line, &out);
			lines_feed(&lines, slice_make(text.ptr + b, text.len - b), on_line, &out);
			assert_string_equal(buf_cstr(&out), "<one><two><><\rthree><>");
			lines_end(&lines, on_line, &out);
			lines_end(&lines, on_line, &out);
			assert_string_equal(buf_cstr(&out), "<one><two><><\rthree><><end>");
			lines_done(&lines);
			buf_done(&out);
		}
	}
}

struct count {
	size_t lines;
	size_t bytes;
	size_t longest;
};

static void count_line(void *arg, struct slice line)
{
	struct count *count = arg;

	count->lines++;
	count->bytes += line.len;
	if (line.len > count->longest)
		count->longest = line.len;
}

static void a_long_line_is_cut(void **state)
{
	struct lines lines = { .part = { .cap = 0 } };
	struct count count = { .lines = 0 };
	char bytes[1000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < 20; i++)
		lines_feed(&lines, slice_make(bytes, sizeof(bytes)), count_line, &count);
	lines_feed(&lines, SLICE("\n"), count_line, &count);
	assert_int_equal(count.lines, 3);
	assert_int_equal(count.bytes, 20000);
	assert_int_equal(count.longest, LINES_MAX);
	lines_done(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split_gives_the_same),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

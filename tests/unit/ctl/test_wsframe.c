/* test_wsframe.c - frames that a WebSocket server sends, cut anywhere */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/wsframe.h"

enum { MAX = 70000 };

/* Nothing before the last byte of it, and then all of it, whatever follows. */
static void check(struct slice head, size_t len, unsigned op, bool last)
{
	struct buf bytes = { .cap = 0 };
	struct wsframe frame;
	size_t size = head.len + len;

	buf_put(&bytes, head);
	for (size_t i = 0; i < len; i++)
		buf_putc(&bytes, (char)('a' + i % 26));
	buf_put(&bytes, SLICE("more"));
	for (size_t n = 0; n < size; n++)
		assert_int_equal(wsframe_next(slice_make(bytes.data, n), MAX, &frame), 0);
	for (size_t n = size; n <= bytes.len; n++) {
		assert_int_equal(wsframe_next(slice_make(bytes.data, n), MAX, &frame), 1);
		assert_int_equal(frame.op, op);
		assert_int_equal(frame.last, last);
		assert_int_equal(frame.size, size);
		assert_int_equal(frame.payload.len, len);
		assert_ptr_equal(frame.payload.ptr, bytes.data + head.len);
	}
	buf_done(&bytes);
}

static void lengths_and_kinds(void **state)
{
	(void)state;
	check(SLICE("\x81\x00"), 0, WSFRAME_TEXT, true);
	check(SLICE("\x81\x7d"), 125, WSFRAME_TEXT, true);
	check(SLICE("\x01\x7e\x00\x7e"), 126, WSFRAME_TEXT, false);
	check(SLICE("\x80\x7e\xff\xff"), 65535, WSFRAME_CONTINUE, true);
	check(SLICE("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), 65536, WSFRAME_TEXT, true);
	check(SLICE("\x89\x02"), 2, WSFRAME_PING, true);
	check(SLICE("\x88\x02"), 2, WSFRAME_CLOSE, true);
}

static void what_is_none(void **state)
{
	struct wsframe frame = { .op = 77 };

	(void)state;
	assert_int_equal(wsframe_next(SLICE("\x81\x80"), MAX, &frame), -EPROTO); /* masked */
	assert_int_equal(wsframe_next(SLICE("\xc1\x00"), MAX, &frame), -EPROTO); /* compressed */
	assert_int_equal(
		wsframe_next(SLICE("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), MAX, &frame),
		-EMSGSIZE);
	assert_int_equal(wsframe_next(SLICE("\x81\x05hello"), 4, &frame), -EMSGSIZE);
	assert_int_equal(frame.op, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_and_kinds),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

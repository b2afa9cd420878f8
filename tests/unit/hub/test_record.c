/* test_record.c - kept messages are read as they were written, and nothing else is */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub/record.h"
#include "proto/base/mem.h"

static const struct event event = { .offset = 7,
	.time = 0x0102030405060708,
	.type = { "chat", sizeof("chat") - 1 },
	.format = EVENT_BINARY,
	.id = { "abc", sizeof("abc") - 1 },
	.nickname = { "Zo\xc3\xab", sizeof("Zo\xc3\xab") - 1 },
	.user = { "", sizeof("") - 1 },
	.body = { "a\0b", sizeof("a\0b") - 1 } };

static void assert_event(const struct event *read)
{
	assert_int_equal(read->offset, event.offset);
	assert_true(read->time == event.time);
	assert_int_equal(read->format, event.format);
	assert_true(slice_eq(read->type, event.type));
	assert_true(slice_eq(read->id, event.id));
	assert_true(slice_eq(read->nickname, event.nickname));
	assert_true(slice_eq(read->user, event.user));
	assert_true(slice_eq(read->body, event.body));
}

static void test_round_trip(void **state)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct slice rest;
	struct event read;
	uint64_t room;

	(void)state;
	record_put(&bytes, 0xfedcba9876543210, &event);
	assert_int_equal(bytes.len, record_size(4 + 3 + 4 + 3));
	record_put(&bytes, 2, &event);
	rest = buf_slice(&bytes);
	assert_int_equal(record_next(&rest, &room, &read), 1);
	assert_true(room == 0xfedcba9876543210);
	assert_event(&read);
	assert_int_equal(rest.len, bytes.len / 2);
	assert_int_equal(record_next(&rest, &room, &read), 1);
	assert_int_equal(room, 2);
	assert_event(&read);
	assert_int_equal(record_next(&rest, &room, &read), 0);
}

static void test_cut(void **state)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct event read;
	uint64_t room;

	(void)state;
	record_put(&bytes, 1, &event);
	for (size_t len = 1; len < bytes.len; len++) {
		char *part = mem_alloc(len);
		struct slice rest = { part, len };

		memcpy(part, bytes.data, len);
		assert_int_equal(record_next(&rest, &room, &read), -EBADMSG);
		assert_int_equal(rest.len, len);
		mem_free(part);
	}
}

static void test_format(void **state)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	struct slice rest;
	struct event read;
	uint64_t room;

	(void)state;
	record_put(&bytes, 1, &event);
	bytes.data[RECORD_HEAD - 1] = EVENT_FORMATS;
	rest = buf_slice(&bytes);
	assert_int_equal(record_next(&rest, &room, &read), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

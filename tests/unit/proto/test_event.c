/* test_event.c - what rooms, types, ids and nicknames may be called */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/event.h"

static char many[1000];

/* n bytes of ASCII, or n times a character of four bytes. */
static struct slice bytes(size_t n)
{
	memset(many, 'x', n);
	return slice_make(many, n);
}

static struct slice faces(size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy(many + 4 * i, "\xF0\x9F\x98\x80", 4);
	return slice_make(many, 4 * n);
}

static void rooms(void **state)
{
	(void)state;
	assert_true(event_room_valid(SLICE("a")));
	assert_true(event_room_valid(SLICE("a room: \xC3\xA9/\"?")));
	assert_true(event_room_valid(bytes(255)));
	assert_false(event_room_valid(bytes(256)));
	assert_false(event_room_valid(SLICE("")));
	assert_false(event_room_valid(slice_of(NULL)));
	assert_false(event_room_valid(SLICE("a\nb")));
	assert_false(event_room_valid(SLICE("a\0b")));
	assert_false(event_room_valid(SLICE("\xC2\x85")));
	assert_false(event_room_valid(SLICE("\xFF")));
}

static void types(void **state)
{
	(void)state;
	assert_true(event_type_valid(SLICE("cursor_move")));
	assert_true(event_type_valid(bytes(64)));
	assert_false(event_type_valid(bytes(65)));
	assert_false(event_type_valid(SLICE("")));
	assert_false(event_type_valid(SLICE("a\tb")));
}

static void ids(void **state)
{
	(void)state;
	assert_true(event_id_valid(SLICE("aZ09._:@-")));
	assert_true(event_id_valid(bytes(64)));
	assert_true(event_id_valid(SLICE("user")));
	assert_true(event_id_valid(SLICE("a-user:b")));
	assert_false(event_id_valid(bytes(65)));
	assert_false(event_id_valid(SLICE("")));
	assert_false(event_id_valid(SLICE("user:")));
	assert_false(event_id_valid(SLICE("user:demo")));
	assert_false(event_id_valid(SLICE("a b")));
	assert_false(event_id_valid(SLICE("a/b")));
	assert_false(event_id_valid(SLICE("\xC3\xA9")));
	assert_false(event_id_valid(SLICE("a\0")));
}

static void nicknames(void **state)
{
	(void)state;
	assert_true(event_nickname_valid(SLICE("John"), 64));
	assert_true(event_nickname_valid(SLICE(" J "), 64));
	assert_true(event_nickname_valid(bytes(64), 64));
	assert_false(event_nickname_valid(bytes(65), 64));
	assert_true(event_nickname_valid(faces(64), 64)); /* characters, not bytes */
	assert_false(event_nickname_valid(faces(65), 64));
	assert_false(event_nickname_valid(faces(65), 1000)); /* more than a message may carry */
	assert_true(event_nickname_valid(SLICE("\xC3\xA9\xC3\xA9"), 2));
	assert_false(event_nickname_valid(SLICE("\xC3\xA9\xC3\xA9"), 1));
	assert_false(event_nickname_valid(SLICE(""), 64));
	assert_false(event_nickname_valid(SLICE("  "), 64));
	assert_false(event_nickname_valid(SLICE("\xC2\xA0\xE3\x80\x80\xE2\x80\x8B"), 64));
	assert_false(event_nickname_valid(SLICE("a\x1b[1m"), 64));
	assert_false(event_nickname_valid(SLICE("a\xC3"), 64));
}

static void offsets(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "-0", "+1", "1.0", "1e2", "0x1", "a",
		"18446744073709551616", "99999999999999999999", "184467440737095516150" };
	uint64_t offset = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(event_offset_parse(slice_of(bad[i]), &offset));
	assert_false(event_offset_parse(slice_of(NULL), &offset));
	assert_false(event_offset_parse(SLICE("1\0"), &offset));
	assert_int_equal(offset, 5);
	assert_true(event_offset_parse(SLICE("0"), &offset));
	assert_int_equal(offset, 0);
	assert_true(event_offset_parse(SLICE("007"), &offset));
	assert_int_equal(offset, 7);
	assert_true(event_offset_parse(SLICE("18446744073709551615"), &offset));
	assert_true(offset == UINT64_MAX);
}

static void epochs(void **state)
{
	static const char *const bad[] = { "", "1", "0123456789abcde", "0123456789abcdef0",
		"0123456789abcdeg", " 123456789abcdef", "0x23456789abcdef", "-123456789abcdef" };
	uint64_t epoch = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(event_epoch_parse(slice_of(bad[i]), &epoch));
	assert_int_equal(epoch, 5);
	assert_true(event_epoch_parse(SLICE("0123456789abcDEF"), &epoch));
	assert_true(epoch == UINT64_C(0x0123456789abcdef));
	assert_true(event_epoch_parse(SLICE("ffffffffffffffff"), &epoch));
	assert_true(epoch == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rooms),
		cmocka_unit_test(types),
		cmocka_unit_test(ids),
		cmocka_unit_test(nicknames),
		cmocka_unit_test(offsets),
		cmocka_unit_test(epochs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

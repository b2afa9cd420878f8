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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rooms),
		cmocka_unit_test(types),
		cmocka_unit_test(ids),
		cmocka_unit_test(nicknames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

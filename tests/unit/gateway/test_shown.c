/* test_shown.c - a snapshot that one client was given is given to others, in any dialect */
/* SPDX-License-Identifier: MIT */
#include "gateway/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void take(struct shown *shown, uint64_t rev, bool full, bool more, const char *ref)
{
	struct msg_snapshot snapshot = {
		.room = SLICE("r"), .rev = rev, .full = full, .more = more, .ref = slice_of(ref)
	};

	shown_take(shown, &snapshot);
}

/* Each frame begins so, and there are no others. */
static void expect(
	struct shown *shown, const struct dialect *dialect, size_t wanted, const char *begin)
{
	size_t count;
	struct frame **frames = shown_frames(shown, dialect, &count);

	assert_int_equal(count, wanted);
	for (size_t i = 0; i < count; i++)
		assert_true(slice_starts(frame_payload(frames[i]), slice_of(begin)));
}

#define ROOM(rev) "{\"type\":\"state_snapshot\",\"room\":\"r\",\"rev\":" rev ","
#define COMMAND(rev) "{\"channel\":\"r\",\"cmd\":\"state_snapshot\",\"param\":{\"rev\":" rev ","

static void test_the_last_whole_one(void **state)
{
	struct shown shown = { .whole = false };

	(void)state;
	expect(&shown, &dialect_room, 0, "");
	take(&shown, 1, true, true, NULL);
	expect(&shown, &dialect_room, 0, "");
	take(&shown, 1, true, false, NULL);
	expect(&shown, &dialect_room, 2, ROOM("1"));
	expect(&shown, &dialect_command, 2, COMMAND("1"));
	expect(&shown, &dialect_room, 2, ROOM("1"));
	/* what is for one client alone is not kept */
	take(&shown, 2, true, false, "7");
	take(&shown, 3, false, false, NULL);
	expect(&shown, &dialect_command, 2, COMMAND("1"));
	take(&shown, 4, true, false, NULL);
	expect(&shown, &dialect_command, 1, COMMAND("4"));
	expect(&shown, &dialect_room, 1, ROOM("4"));
	shown_done(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_whole_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

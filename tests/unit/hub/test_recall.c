/* test_recall.c - what a room has kept is given whole or not at all */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/stored.h"

/*
 * Ann and bob are in the lobby, which keeps four messages, and `count` were published with offsets
 * from 1.
 */
static void begin(struct stored *stored, unsigned count)
{
	stored_begin(stored, JOURNAL_PROCESS);
	stored_up(stored, 1);
	fake_connect(&stored->fake, 1, 1, "ann", "lobby");
	fake_connect(&stored->fake, 1, 2, "bob", NULL);
	stored_pass(stored, 1000);
	for (unsigned i = 0; i < count; i++)
		fake_publish(&stored->fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(stored, 1000);
	fake_clear(&stored->fake);
}

static void join(struct stored *stored, uint64_t since, uint64_t epoch)
{
	struct fake *fake = &stored->fake;

	fake_say(fake, 1,
		(struct msg){ .type = MSG_JOIN,
			.join = { .conn = 2,
				.room = SLICE("lobby"),
				.recover = 1,
				.since = since,
				.epoch = epoch } });
	stored_pass(stored, 1000);
	fake_leave(fake, 1, 2, "lobby", NULL);
	fake_disconnect(fake, 1, 2, true);
	fake_connect(fake, 1, 2, "bob", NULL);
}

static uint64_t lobby_epoch(struct stored *stored)
{
	return room_find(&stored->fake.hub->rooms, SLICE("lobby"))->epoch;
}

/* The first two lines after the ACK; presence is not what is looked at. */
static void expect_joined(struct stored *stored, const char *lines)
{
	const char *text = strchr(buf_cstr(&stored->fake.log), '\n');

	assert_non_null(text);
	assert_memory_equal(text + 1, lines, strlen(lines));
	stored_pass(stored, 1000);
	fake_clear(&stored->fake);
}

#define JOINED "g1 joined 2 room=lobby offset=6"
#define MEMBERS " 2/2 ann:ANN bob:BOB\n"

static void test_whole_or_not(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 6);
	/* Messages 3 to 6 are there. */
	join(&stored, 2, lobby_epoch(&stored));
	expect_joined(&stored,
		JOINED
		" recovered=1" MEMBERS
		"g1 replay 2 room=lobby 3:ann:\"n\":1 4:ann:\"n\":1 5:ann:\"n\":1 6:ann:\"n\":1\n");
	join(&stored, 5, lobby_epoch(&stored));
	expect_joined(
		&stored, JOINED " recovered=1" MEMBERS "g1 replay 2 room=lobby 6:ann:\"n\":1\n");
	join(&stored, 6, lobby_epoch(&stored));
	expect_joined(&stored, JOINED " recovered=1" MEMBERS "g1 presence");
	join(&stored, 1, lobby_epoch(&stored));
	expect_joined(&stored, JOINED MEMBERS "g1 presence");
	join(&stored, 7, lobby_epoch(&stored));
	expect_joined(&stored, JOINED MEMBERS "g1 presence");
	join(&stored, 5, lobby_epoch(&stored) + 1);
	expect_joined(&stored, JOINED MEMBERS "g1 presence");
	join(&stored, 0, 0);
	expect_joined(&stored, JOINED MEMBERS "g1 presence");
	stored_end(&stored);
}

static void test_read_after_a_restart(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 6);
	stored_restart(&stored, 1);
	fake_clear(&stored.fake);
	join(&stored, 3, lobby_epoch(&stored));
	expect_joined(&stored,
		JOINED " recovered=1" MEMBERS
		       "g1 replay 2 room=lobby 4:ann:\"n\":1 5:ann:\"n\":1 6:ann:\"n\":1\n");
	/* Publishing reads it too, so that numbers go on without a gap. */
	stored_restart(&stored, 1);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	join(&stored, 3, lobby_epoch(&stored));
	expect_joined(&stored,
		"g1 joined 2 room=lobby offset=7 recovered=1" MEMBERS
		"g1 replay 2 room=lobby 4:ann:\"n\":1 5:ann:\"n\":1 6:ann:\"n\":1 7:ann:\"n\":1\n");
	stored_end(&stored);
}

/* The room and those who are in it stay, and its numbers go on, though nothing is kept any more. */
static void test_nothing_left(void **state)
{
	struct stored stored;
	uint64_t epoch;

	(void)state;
	begin(&stored, 3);
	epoch = lobby_epoch(&stored);
	stored_kill(&stored);
	stored.fake.wall_ms += 2 * (uint64_t)stored.fake.settings.history_ttl;
	stored_open(&stored);
	stored_hello(&stored, 1);
	stored_restart(&stored, 1);
	assert_true(lobby_epoch(&stored) == epoch);
	fake_clear(&stored.fake);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 6\n"
		"g1 deliver room=lobby type=chat offset=4 id=ann nickname=ANN body=\"n\":1\n");
	stored_end(&stored);
}

/* What is no longer kept is gone for the next hub too, also when it may keep more. */
static void test_kept_again(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 3);
	stored.fake.settings.history = 0;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	stored_pass(&stored, 10);
	stored.fake.settings.history = 4;
	stored_restart(&stored, 1);
	assert_int_equal(room_find(&stored.fake.hub->rooms, SLICE("lobby"))->history.count, 0);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	stored_restart(&stored, 1);
	assert_int_equal(room_find(&stored.fake.hub->rooms, SLICE("lobby"))->history.count, 1);
	assert_int_equal(room_find(&stored.fake.hub->rooms, SLICE("lobby"))->history.offset, 4);
	stored_end(&stored);
}

static void test_connect_recovers(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 3);
	fake_disconnect(&stored.fake, 1, 1, false);
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	fake_say(&stored.fake, 1,
		(struct msg){ .type = MSG_CONNECT,
			.connect = { .conn = 9,
				.id = SLICE("ann"),
				.resume = SLICE(FAKE_KEY_A),
				.room = SLICE("lobby"),
				.recover = 1,
				.since = 2,
				.epoch = lobby_epoch(&stored) } });
	stored_pass(&stored, 1000);
	fake_expect(&stored.fake,
		"g1 ack 7\n"
		"g1 connected 9 id=ann nickname=ANN resumed=1\n"
		"g1 joined 9 room=lobby offset=3 recovered=1 1/1 ann:ANN\n"
		"g1 replay 9 room=lobby 3:ann:\"n\":1\n");
	stored_end(&stored);
}

static void ask_history(struct stored *stored, uint64_t since, uint64_t before, uint32_t limit)
{
	fake_say(&stored->fake, 1,
		(struct msg){ .type = MSG_HISTORY,
			.history = { .conn = 1,
				.room = SLICE("lobby"),
				.ref = SLICE("1"),
				.since = since,
				.before = before,
				.limit = limit } });
}

static void test_history(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 6);
	ask_history(&stored, 0, 0, 0);
	ask_history(&stored, 4, 0, 300);
	ask_history(&stored, 0, 0, 1);
	ask_history(&stored, 6, 0, 10);
	ask_history(&stored, UINT64_MAX, 0, 10);
	ask_history(&stored, 0, 6, 2);
	ask_history(&stored, 3, 6, 300);
	ask_history(&stored, 0, 4, 300);
	ask_history(&stored, 5, 5, 10);
	ask_history(&stored, 0, 3, 10);
	ask_history(&stored, 0, UINT64_MAX, 1);
	fake_say(&stored.fake, 1,
		(struct msg){ .type = MSG_HISTORY,
			.history = { .conn = 2, .room = SLICE("lobby"), .ref = SLICE("2") } });
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 20\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 3:ann:\"n\":1 4:ann:\"n\":1 5:ann:\"n\":1 6:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 5:ann:\"n\":1 6:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 6:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6\n"
		"g1 historylist 1 room=lobby ref=1 offset=6\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 4:ann:\"n\":1 5:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 4:ann:\"n\":1 5:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 3:ann:\"n\":1\n"
		"g1 historylist 1 room=lobby ref=1 offset=6\n"
		"g1 historylist 1 room=lobby ref=1 offset=6\n"
		"g1 historylist 1 room=lobby ref=1 offset=6 6:ann:\"n\":1\n"
		"g1 refusal 2 not_in_room ref=2\n");
	stored_end(&stored);
}

static void test_too_old(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 2);
	stored_pass(&stored, 3600 * 1000);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	fake_clear(&stored.fake);
	ask_history(&stored, 0, 0, 0);
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 6\n"
		"g1 historylist 1 room=lobby ref=1 offset=3 3:ann:\"n\":1\n");
	stored_end(&stored);
}

/* What is of the moment has no number, and no place in the history. */
static void test_ephemeral(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored, 1);
	fake_publish(&stored.fake, 1, 1, "lobby", "typing", "1");
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "2");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 5\n"
		"g1 deliver room=lobby type=typing id=ann nickname=ANN body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby\n"
		"g1 deliver room=lobby type=chat offset=2 id=ann nickname=ANN body=\"n\":1\n"
		"g1 receipt 1 ref=2 room=lobby offset=2\n");
	stored_end(&stored);
}

/* Of many rooms that no one is in, the one unused for the longest time makes room for another. */
static void test_max_rooms(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct stored stored;
	struct rooms *rooms;

	(void)state;
	begin(&stored, 0);
	stored.fake.settings.max_rooms = 3;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	rooms = &stored.fake.hub->rooms;
	for (size_t i = 0; i < 3; i++) {
		fake_join(&stored.fake, 1, 2, names[i], NULL);
		fake_publish(&stored.fake, 1, 2, names[i], "chat", NULL);
		fake_leave(&stored.fake, 1, 2, names[i], NULL);
		stored_pass(&stored, 10);
	}
	assert_null(room_find(rooms, SLICE("a")));
	assert_non_null(room_find(rooms, SLICE("b")));
	assert_non_null(room_find(rooms, SLICE("c")));
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_COLLECTED), 1);
	stored_restart(&stored, 1);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_IDLE), 2);
	for (size_t i = 0; i < 2; i++)
		fake_join(&stored.fake, 1, 2, names[i], NULL);
	stored_pass(&stored, 10);
	fake_clear(&stored.fake);
	fake_join(&stored.fake, 1, 2, "d", "9");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake, "g1 ack 14\ng1 refusal 2 unavailable ref=9\n");
	stored_end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_or_not),
		cmocka_unit_test(test_read_after_a_restart),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_kept_again),
		cmocka_unit_test(test_connect_recovers),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_too_old),
		cmocka_unit_test(test_ephemeral),
		cmocka_unit_test(test_max_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

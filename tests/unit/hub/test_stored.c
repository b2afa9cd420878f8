/* test_stored.c - a hub that was killed goes on where it was, and no one is told */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/stored.h"

/* The lobby with ann (g1) and bob (g2), all told, and everything quiet. */
static void two_in_lobby(struct stored *stored, enum journal_mode mode)
{
	stored_begin(stored, mode);
	stored_up(stored, 2);
	fake_connect_as(&stored->fake, 1, 1, "ann", "lobby", "u1", NULL);
	fake_connect(&stored->fake, 2, 1, "bob", "lobby");
	stored_pass(stored, 1000);
	stored_pass(stored, 1000);
	fake_clear(&stored->fake);
}

static void test_goes_on(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	stored_restart(&stored, 2);
	/* It is the same hub, so what was applied is known, and nothing is restated. */
	fake_expect(&stored.fake, "g1 welcome 2\ng1 settled\ng2 welcome 1\ng2 settled\n");
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 2);
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 2);
	fake_publish(&stored.fake, 2, 1, "lobby", "chat", "7");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g2 ack 2\n"
		"g1 deliver room=lobby type=chat offset=2 id=bob nickname=BOB body=\"n\":1\n"
		"g2 deliver room=lobby type=chat offset=2 id=bob nickname=BOB body=\"n\":1\n"
		"g2 receipt 1 ref=7 room=lobby offset=2\n");
	stored_pass(&stored, 60 * 1000);
	fake_expect(&stored.fake, "");
	/* Its key is known. */
	fake_connect_as(&stored.fake, 2, 5, "ann", "lobby", "u1", FAKE_KEY_A);
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g2 ack 3\n"
		"g1 close 1 replaced\n"
		"g2 connected 5 id=ann nickname=ANN resumed=1\n"
		"g2 joined 5 room=lobby offset=2 2/2 ann:ANN(u1) bob:BOB\n");
	stored_end(&stored);
}

/* What no one was told of is said again by the gateway, and applied once. */
static void test_not_committed(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_restart(&stored, 2);
	fake_expect(&stored.fake, "g1 welcome 1\ng1 settled\ng2 welcome 1\ng2 settled\n");
	stored.fake.peers[1].seq = 1;
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 2\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g2 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n");
	stored_end(&stored);
}

/*
 * What was committed is delivered by the hub that comes after, also to who comes later, and once.
 */
static void test_committed_not_sent(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_DISK);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	fake_direct(&stored.fake, 1, 1, "bob", "2");
	fake_publish(&stored.fake, 1, 1, "lobby", "typing", NULL);
	stored_turn(&stored, false);
	fake_expect(&stored.fake, "");
	stored_restart(&stored, 1);
	fake_expect(&stored.fake,
		"g1 welcome 4\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g1 receipt 1 ref=2\n"
		"g1 settled\n");
	stored_restart(&stored, 2);
	fake_expect(&stored.fake,
		"g1 welcome 4\n"
		"g1 settled\n"
		"g2 welcome 1\n"
		"g2 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 directed 1 type=private id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 settled\n");
	stored_end(&stored);
}

/* Turns that end while the disk is busy wait for the flush that follows. */
static void test_flush_of_several_turns(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_DISK);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_turn(&stored, false);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_turn(&stored, false);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_turn(&stored, true);
	fake_expect(&stored.fake,
		"g1 ack 2\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n");
	stored_turn(&stored, true);
	fake_expect(&stored.fake,
		"g1 ack 4\n"
		"g1 deliver room=lobby type=chat offset=2 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g1 deliver room=lobby type=chat offset=3 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 deliver room=lobby type=chat offset=2 id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 deliver room=lobby type=chat offset=3 id=ann nickname=ANN user=u1 body=\"n\":1\n");
	stored_end(&stored);
}

static void test_grace_over_a_restart(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_disconnect(&stored.fake, 1, 1, false);
	stored_pass(&stored, 4000);
	stored_restart(&stored, 2);
	fake_clear(&stored.fake);
	stored_pass(&stored, 4999);
	fake_expect(&stored.fake, "");
	stored_pass(&stored, 1);
	fake_expect(&stored.fake,
		"g2 notice - room=lobby id=ann nickname=ANN user=u1\n"
		"g2 presence room=lobby 1/1 bob:BOB\n");
	stored_end(&stored);
}

static void test_gateway_does_not_come_back(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	stored_restart(&stored, 0);
	stored_hello(&stored, 2);
	fake_clear(&stored.fake);
	fake_publish(&stored.fake, 2, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 4999);
	fake_expect(&stored.fake,
		"g2 ack 2\n"
		"g2 deliver room=lobby type=chat offset=1 id=bob nickname=BOB body=\"n\":1\n");
	stored_pass(&stored, 1);
	fake_expect(&stored.fake,
		"g1 forget\n"
		"g2 notice - room=lobby id=ann nickname=ANN user=u1\n"
		"g2 presence room=lobby 1/1 bob:BOB\n");
	/* And the next hub does not know it either. */
	stored_restart(&stored, 0);
	assert_int_equal(stored.fake.hub->peers.count, 1);
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 1);
	stored_end(&stored);
}

/* Who came and who went just before, and what was not told of yet. */
static void test_changes_not_told(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_connect(&stored.fake, 1, 2, "cat", "lobby");
	stored_pass(&stored, 10);
	fake_clear(&stored.fake);
	/* The room was told of cat, so these wait. */
	fake_connect(&stored.fake, 1, 3, "dan", "lobby");
	fake_disconnect(&stored.fake, 2, 1, true);
	stored_pass(&stored, 10);
	stored_restart(&stored, 2);
	fake_expect(&stored.fake,
		"g1 welcome 3\n"
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g1 presence room=lobby 3/3 ann:ANN(u1) cat:CAT dan:DAN\n"
		"g1 notice + room=lobby conn=3 id=dan nickname=DAN\n"
		"g1 settled\n"
		"g2 welcome 2\n"
		"g2 settled\n");
	stored_restart(&stored, 2);
	fake_expect(&stored.fake, "g1 welcome 3\ng1 settled\ng2 welcome 2\ng2 settled\n");
	stored_end(&stored);
}

/* The room that a connection came for is in its own row; others have rows of theirs. */
static void test_first_room_and_others(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_join(&stored.fake, 2, 1, "attic", NULL);
	stored_pass(&stored, 1000);
	fake_leave(&stored.fake, 2, 1, "lobby", NULL);
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	stored_restart(&stored, 2);
	stored_pass(&stored, 1000);
	fake_expect(&stored.fake, "g1 welcome 1\ng1 settled\ng2 welcome 3\ng2 settled\n");
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 2);
	fake_join(&stored.fake, 1, 1, "attic", NULL);
	fake_leave(&stored.fake, 1, 1, "lobby", NULL);
	stored_turn(&stored, false);
	fake_clear(&stored.fake);
	stored_restart(&stored, 2);
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 2);
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "presence room=attic 2/2"));
	stored_end(&stored);
}

/* Of two rooms one was joined again when the hub died; the other is left in time. */
static void test_awaited_over_a_restart(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_join(&stored.fake, 1, 1, "attic", NULL);
	fake_join(&stored.fake, 2, 1, "attic", NULL);
	stored_pass(&stored, 1000);
	stored_pass(&stored, 1000);
	fake_connect_as(&stored.fake, 2, 5, "ann", "lobby", "u1", FAKE_KEY_A);
	stored_pass(&stored, 1000);
	stored_restart(&stored, 2);
	fake_clear(&stored.fake);
	fake_publish(&stored.fake, 2, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g2 ack 4\n"
		"g2 deliver room=lobby type=chat offset=1 id=bob nickname=BOB body=\"n\":1\n");
	stored_pass(&stored, 4990);
	fake_expect(&stored.fake,
		"g2 notice - room=attic id=ann nickname=ANN user=u1\n"
		"g2 presence room=attic 1/1 bob:BOB\n");
	stored_end(&stored);
}

static void publish_mid(struct stored *stored, const char *mid, const char *ref)
{
	fake_say(&stored->fake, 1,
		(struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = 1,
				.room = SLICE("lobby"),
				.type = SLICE("chat"),
				.ref = slice_of(ref),
				.mid = slice_of(mid) } });
	stored_pass(stored, 10);
}

static void test_mid(void **state)
{
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	publish_mid(&stored, "m1", "1");
	fake_expect(&stored.fake,
		"g1 ack 2\n"
		"g1 deliver room=lobby type=chat offset=1 mid=m1 id=ann nickname=ANN user=u1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g2 deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1\n");
	stored_restart(&stored, 2);
	fake_clear(&stored.fake);
	publish_mid(&stored, "m1", "2");
	fake_expect(&stored.fake, "g1 ack 3\ng1 receipt 1 ref=2 room=lobby offset=1\n");
	assert_int_equal(counter_get(COUNTER_HUB_REPEATED), 1);
	/* After five minutes it is forgotten, here and in the journal. */
	stored_pass(&stored, MIDS_MS + 20000);
	stored_restart(&stored, 2);
	assert_int_equal(stored.fake.hub->mids.count, 0);
	fake_clear(&stored.fake);
	publish_mid(&stored, "m1", NULL);
	fake_expect(&stored.fake,
		"g1 ack 4\n"
		"g1 deliver room=lobby type=chat offset=2 mid=m1 id=ann nickname=ANN user=u1\n"
		"g2 deliver room=lobby type=chat offset=2 id=ann nickname=ANN user=u1\n");
	stored_end(&stored);
}

/*
 * A room that everyone has left is there with its messages, in the next hub too; not so one
 * without.
 */
static void test_idle_room(void **state)
{
	struct stored stored;
	uint64_t epoch;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	fake_join(&stored.fake, 1, 1, "attic", NULL);
	fake_disconnect(&stored.fake, 1, 1, true);
	fake_disconnect(&stored.fake, 2, 1, true);
	stored_pass(&stored, 1000);
	epoch = room_find(&stored.fake.hub->rooms, SLICE("lobby"))->epoch;
	stored_restart(&stored, 2);
	fake_clear(&stored.fake);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_IDLE), 1);
	assert_int_equal(room_find(&stored.fake.hub->rooms, SLICE("lobby"))->epoch, epoch);
	/* Until its messages are too old. */
	stored_pass(&stored, 3600 * 1000 + 20000);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_IDLE), 0);
	stored_restart(&stored, 0);
	assert_int_equal(counter_get(COUNTER_HUB_ROOMS_IDLE), 0);
	stored_end(&stored);
}

static void say_seen(struct stored *stored, uint64_t seen)
{
	struct msg msg = { .type = MSG_SEEN };

	msg.seen.seen = seen;
	fake_say(&stored->fake, 1, msg);
}

static void test_seen(void **state)
{
	struct stored stored;
	struct gateway *gateway;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	gateway = stored.fake.peers[1].gateway;
	assert_int_not_equal(outgoing_count(&gateway->out), 0);
	say_seen(&stored, gateway->sent);
	assert_int_equal(outgoing_count(&gateway->out), 0);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_pass(&stored, 10);
	assert_int_equal(outgoing_count(&gateway->out), 1);
	stored_restart(&stored, 0);
	gateway = stored.fake.peers[1].gateway;
	assert_int_equal(outgoing_count(&gateway->out), 1);
	/* More than it was ever sent is nonsense. */
	stored_hello(&stored, 1);
	fake_clear(&stored.fake);
	say_seen(&stored, gateway->sent + 1);
	fake_expect(&stored.fake, "g1 drop\n");
	stored_end(&stored);
}

/* One that has stopped reading is forgotten when too much is kept for it. */
static void test_too_much_unseen(void **state)
{
	static char body[60000];
	struct stored stored;

	(void)state;
	two_in_lobby(&stored, JOURNAL_PROCESS);
	memset(body, 'x', sizeof(body));
	stored.deaf[2] = true;
	for (unsigned i = 0; i < OUTGOING_MAX / sizeof(body) + 2; i++) {
		fake_say(&stored.fake, 1,
			(struct msg){ .type = MSG_PUBLISH,
				.publish = { .conn = 1,
					.room = SLICE("lobby"),
					.type = SLICE("chat"),
					.body = slice_make(body, sizeof(body)) } });
		say_seen(&stored, stored.seen[1]);
		if (i % 16 == 0)
			stored_pass(&stored, 1);
	}
	stored_pass(&stored, 10);
	assert_null(stored.fake.peers[2].gateway);
	assert_int_equal(stored.fake.hub->peers.count, 1);
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 1);
	stored_end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_not_committed),
		cmocka_unit_test(test_committed_not_sent),
		cmocka_unit_test(test_flush_of_several_turns),
		cmocka_unit_test(test_grace_over_a_restart),
		cmocka_unit_test(test_gateway_does_not_come_back),
		cmocka_unit_test(test_changes_not_told),
		cmocka_unit_test(test_first_room_and_others),
		cmocka_unit_test(test_awaited_over_a_restart),
		cmocka_unit_test(test_mid),
		cmocka_unit_test(test_idle_room),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_too_much_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

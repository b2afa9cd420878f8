/* test_request.c - joining, leaving, asking and publishing; what is refused */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "hub/membership.h"
#include "tests/unit/hub/fake.h"

/* ann (g1) and bob (g2) are in the lobby, cat (g1) is in no room, and all is quiet. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 3);
	fake_connect_as(fake, 1, 1, "ann", "lobby", "u1", NULL);
	fake_connect(fake, 2, 1, "bob", "lobby");
	fake_connect(fake, 1, 2, "cat", NULL);
	fake_pass(fake, 1000);
	fake_pass(fake, 1000);
	fake_clear(fake);
}

static void test_join(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 2, "attic", "\"r\"");
	fake_expect(&fake, "g1 joined 2 room=attic ref=\"r\" 1/1 cat:CAT\n");
	fake_step(&fake);
	fake_clear(&fake);
	/* Again: the same answer, and no one is told. */
	fake_join(&fake, 1, 2, "attic", "5");
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 joined 2 room=attic ref=5 1/1 cat:CAT\n"
		"g1 ack 4\n");
	assert_int_equal(counter_get(COUNTER_HUB_JOINS), 3);
	fake_end(&fake);
}

static void test_join_refused(void **state)
{
	struct fake fake;
	char name[16];

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 2, "", "1");
	fake_join(&fake, 1, 2, "a\tb", NULL);
	fake_expect(&fake,
		"g1 refusal 2 bad_room ref=1\n"
		"g1 refusal 2 bad_room\n");
	fake.hub->policy.defaults->access[RIGHT_JOIN] = ACCESS_TOKEN;
	fake_join(&fake, 1, 2, "attic", "2");
	fake_expect(&fake, "g1 refusal 2 forbidden ref=2\n");
	fake.hub->policy.defaults->access[RIGHT_JOIN] = ACCESS_NOBODY;
	fake_join(&fake, 1, 1, "attic", "3");
	fake_expect(&fake, "g1 refusal 1 forbidden ref=3\n");
	fake.hub->policy.defaults->access[RIGHT_JOIN] = ACCESS_ANYONE;
	fake.quiet = true;
	for (unsigned i = 0; i < MEMBERSHIP_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		fake_join(&fake, 1, 2, name, NULL);
	}
	fake.quiet = false;
	fake_join(&fake, 1, 2, "attic", "4");
	fake_expect(&fake, "g1 refusal 2 too_many_rooms ref=4\n");
	assert_null(room_find(&fake.hub->rooms, SLICE("attic")));
	fake_join(&fake, 1, 2, "r0", "5");
	fake_expect(&fake, "g1 joined 2 room=r0 ref=5 1/1 cat:CAT\n");
	fake_end(&fake);
}

static void test_leave(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_leave(&fake, 1, 1, "lobby", "1");
	fake_leave(&fake, 1, 1, "lobby", "2");
	fake_leave(&fake, 1, 2, "lobby", NULL);
	fake_leave(&fake, 1, 2, "nowhere", NULL);
	fake_expect(&fake,
		"g1 left 1 room=lobby ref=1\n"
		"g1 refusal 1 not_in_room ref=2\n"
		"g1 refusal 2 not_in_room\n"
		"g1 refusal 2 not_in_room\n");
	fake_end(&fake);
}

static void say_users(struct fake *fake, const char *room, const char *ref)
{
	fake_say(fake, 1,
		(struct msg){ .type = MSG_USERS,
			.users = { .conn = 2, .room = slice_of(room), .ref = slice_of(ref) } });
}

static void test_users(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	say_users(&fake, "lobby", "1");
	say_users(&fake, "nowhere", "2");
	say_users(&fake, "", "3");
	fake_expect(&fake,
		"g1 presence to=2 room=lobby ref=1 2/2 ann:ANN(u1) bob:BOB\n"
		"g1 presence to=2 room=nowhere ref=2 0/0\n"
		"g1 refusal 2 bad_room ref=3\n");
	fake_end(&fake);
}

/* One for each gateway with members, then what the sender asked for. */
static void test_publish(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_publish(&fake, 1, 1, "lobby", "chat", "\"r\"");
	fake_expect(&fake,
		"g1 deliver room=lobby type=chat id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 deliver room=lobby type=chat id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g1 receipt 1 ref=\"r\" room=lobby\n");
	fake_publish(&fake, 2, 1, "lobby", "chat", NULL);
	fake_expect(&fake,
		"g1 deliver room=lobby type=chat id=bob nickname=BOB body=\"n\":1\n"
		"g2 deliver room=lobby type=chat id=bob nickname=BOB body=\"n\":1\n");
	assert_int_equal(counter_get(COUNTER_HUB_PUBLISHED), 2);
	assert_int_equal(counter_get(COUNTER_HUB_DELIVERED), 4);
	fake_end(&fake);
}

/* A connection's number means something to its own gateway only. */
static void test_publish_without_echo(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_say(&fake, 1,
		(struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = 1,
				.room = SLICE("lobby"),
				.type = SLICE("chat"),
				.format = EVENT_TEXT,
				.flags = EVENT_NO_ECHO | EVENT_EPHEMERAL,
				.body = SLICE("hi") } });
	fake_expect(&fake,
		"g1 deliver room=lobby type=chat except=1 id=ann nickname=ANN user=u1 body=hi\n"
		"g2 deliver room=lobby type=chat id=ann nickname=ANN user=u1 body=hi\n");
	fake_end(&fake);
}

static void test_publish_refused(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_publish(&fake, 1, 2, "lobby", "chat", "1");
	fake_publish(&fake, 1, 2, "lobby", "chat", NULL);
	fake_publish(&fake, 1, 2, "nowhere", "chat", NULL);
	fake_publish(&fake, 1, 2, "", "chat", NULL);
	fake_publish(&fake, 1, 1, "lobby", "", "2");
	fake_expect(&fake,
		"g1 refusal 2 not_in_room ref=1\n"
		"g1 refusal 2 not_in_room\n"
		"g1 refusal 2 not_in_room\n"
		"g1 refusal 2 not_in_room\n"
		"g1 refusal 1 bad_message ref=2\n");
	fake.hub->policy.defaults->access[RIGHT_PUBLISH] = ACCESS_TOKEN;
	fake_publish(&fake, 2, 1, "lobby", "chat", "3");
	fake_expect(&fake, "g2 refusal 1 forbidden ref=3\n");
	assert_int_equal(counter_get(COUNTER_HUB_PUBLISHED), 0);
	fake_end(&fake);
}

/* For a gateway that is behind, what is only of the moment is not added to what waits. */
static void test_ephemeral_is_not_kept_for_who_is_behind(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake.peers[2].gateway->behind = true;
	fake_publish(&fake, 1, 1, "lobby", "typing", NULL);
	fake_publish(&fake, 1, 1, "lobby", "chat", NULL);
	fake_expect(&fake,
		"g1 deliver room=lobby type=typing id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g1 deliver room=lobby type=chat id=ann nickname=ANN user=u1 body=\"n\":1\n"
		"g2 deliver room=lobby type=chat id=ann nickname=ANN user=u1 body=\"n\":1\n");
	assert_int_equal(counter_get(COUNTER_HUB_UNDELIVERED), 1);
	fake_end(&fake);
}

static void test_announce(void **state)
{
	struct fake fake;
	struct msg msg = { .type = MSG_ANNOUNCE,
		.announce = { .room = SLICE("lobby"),
			.type = SLICE("system_metrics"),
			.body = SLICE("\"cpu\":1") } };

	(void)state;
	begin(&fake);
	fake_say(&fake, 4, msg);
	fake_expect(&fake,
		"g1 deliver room=lobby type=system_metrics id=metrics nickname=metrics "
		"body=\"cpu\":1\n"
		"g2 deliver room=lobby type=system_metrics id=metrics nickname=metrics "
		"body=\"cpu\":1\n");
	msg.announce.room = SLICE("nowhere");
	fake_say(&fake, 4, msg);
	fake_expect(&fake, "");
	assert_null(room_find(&fake.hub->rooms, SLICE("nowhere")));
	msg.announce.room = SLICE("");
	fake_say(&fake, 4, msg);
	fake_expect(&fake, "g4 drop\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_refused),
		cmocka_unit_test(test_leave),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_publish_without_echo),
		cmocka_unit_test(test_publish_refused),
		cmocka_unit_test(test_ephemeral_is_not_kept_for_who_is_behind),
		cmocka_unit_test(test_announce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

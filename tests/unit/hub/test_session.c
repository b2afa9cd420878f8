/* test_session.c - connections come, come back, are restated, and go */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

static void test_connect(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_expect(&fake,
		"g1 connected 1 id=ann nickname=ANN\n"
		"g1 joined 1 room=lobby 1/1 ann:ANN\n");
	assert_string_equal(fake.resume, FAKE_KEY_A);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 presence room=lobby 1/1 ann:ANN\n"
		"g1 notice + room=lobby conn=1 id=ann nickname=ANN\n"
		"g1 roomlist 1 lobby:1\n"
		"g1 ack 1\n");
	fake_end(&fake);
}

static void test_makes_id_and_nickname(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "", "lobby");
	fake_expect(&fake,
		"g1 connected 1 id=aaaaaaaaaaaaaaaa nickname=Guest-bbbb\n"
		"g1 joined 1 room=lobby 1/1 aaaaaaaaaaaaaaaa:Guest-bbbb\n");
	/* The next id that comes to mind is taken. */
	fake.texts = 0;
	fake_connect(&fake, 1, 2, "", NULL);
	fake_expect(&fake, "g1 connected 2 id=bbbbbbbbbbbbbbbb nickname=Guest-cccc\n");
	fake_end(&fake);
}

static void test_id_in_use(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_step(&fake);
	fake_clear(&fake);
	fake_connect(&fake, 2, 9, "ann", "lobby");
	fake_expect(&fake, "g2 close 9 replaced\n");
	fake_connect_as(&fake, 2, 10, "ann", "lobby", NULL, FAKE_KEY_B);
	fake_expect(&fake, "g2 close 10 replaced\n");
	fake_connect_as(&fake, 2, 11, "ann", "lobby", NULL, "aaaa");
	fake_expect(&fake, "g2 close 11 replaced\n");
	/* What a closed one still says is ignored, until its gateway says that it is gone. */
	fake_publish(&fake, 2, 9, "lobby", "chat", "1");
	fake_disconnect(&fake, 2, 9, false);
	fake_connect(&fake, 2, 12, "metrics", "lobby");
	fake_expect(&fake, "g2 close 12 replaced\n");
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 1);
	fake_end(&fake);
}

static void test_resume_takes_over(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_join(&fake, 1, 1, "attic", NULL);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_connect_as(&fake, 2, 5, "ann", "lobby", NULL, FAKE_KEY_A);
	fake_expect(&fake,
		"g1 close 1 replaced\n"
		"g2 connected 5 id=ann nickname=ANN resumed=1\n"
		"g2 joined 5 room=lobby 1/1 ann:ANN\n");
	assert_string_equal(fake.resume, FAKE_KEY_A);
	fake_pass(&fake, 1000);
	fake_expect(&fake, "g2 ack 1\n");
	/* What is said goes to the new place once joined; the old one's end changes nothing. */
	fake_disconnect(&fake, 1, 1, true);
	fake_publish(&fake, 2, 5, "attic", "chat", NULL);
	fake_expect(&fake, "");
	fake_join(&fake, 2, 5, "attic", "9");
	fake_expect(&fake, "g2 joined 5 room=attic ref=9 1/1 ann:ANN\n");
	fake_publish(&fake, 2, 5, "attic", "chat", NULL);
	fake_expect(&fake, "g2 deliver room=attic type=chat id=ann nickname=ANN body=\"n\":1\n");
	assert_int_equal(counter_get(COUNTER_HUB_RESUMED), 1);
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 1);
	fake_end(&fake);
}

static void test_resume_joins_another_room(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_connect_as(&fake, 1, 2, "ann", "attic", NULL, FAKE_KEY_A);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 close 1 replaced\n"
		"g1 connected 2 id=ann nickname=ANN resumed=1\n"
		"g1 joined 2 room=attic 1/1 ann:ANN\n"
		"g1 presence room=attic 1/1 ann:ANN\n"
		"g1 notice + room=attic conn=2 id=ann nickname=ANN\n"
		"g1 roomlist 2 lobby:1 attic:1\n"
		"g1 ack 2\n");
	fake_end(&fake);
}

static void test_resume_within_the_grace_time(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_connect(&fake, 2, 1, "bob", "lobby");
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_disconnect(&fake, 1, 1, false);
	fake_pass(&fake, 4999);
	fake_expect(&fake, "g1 ack 2\n");
	/* Others see no difference, but nothing is sent to where it was. */
	fake_publish(&fake, 2, 1, "lobby", "chat", NULL);
	fake_expect(&fake, "g2 deliver room=lobby type=chat id=bob nickname=BOB body=\"n\":1\n");
	fake_connect(&fake, 2, 2, "ann", "lobby");
	fake_expect(&fake, "g2 close 2 replaced\n");
	fake_connect_as(&fake, 2, 3, "ann", "lobby", NULL, FAKE_KEY_A);
	fake_expect(&fake,
		"g2 connected 3 id=ann nickname=ANN resumed=1\n"
		"g2 joined 3 room=lobby 2/2 ann:ANN bob:BOB\n");
	fake_pass(&fake, 10000);
	fake_expect(&fake, "g2 ack 4\n");
	fake_end(&fake);
}

/* Its nickname stays if none is given; another is seen by the others, and so is another user. */
static void test_resume_with_another_name(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_say(&fake, 1,
		(struct msg){ .type = MSG_CONNECT,
			.connect = { .conn = 2,
				.id = SLICE("ann"),
				.resume = SLICE(FAKE_KEY_A),
				.room = SLICE("lobby") } });
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 close 1 replaced\n"
		"g1 connected 2 id=ann nickname=ANN resumed=1\n"
		"g1 joined 2 room=lobby 1/1 ann:ANN\n"
		"g1 ack 2\n");
	fake_say(&fake, 1,
		(struct msg){ .type = MSG_CONNECT,
			.connect = { .conn = 3,
				.id = SLICE("ann"),
				.user = SLICE("u1"),
				.nickname = SLICE("Annie"),
				.resume = SLICE(FAKE_KEY_A),
				.room = SLICE("lobby") } });
	fake_step(&fake);
	fake_expect(&fake,
		"g1 close 2 replaced\n"
		"g1 connected 3 id=ann nickname=Annie resumed=1\n"
		"g1 joined 3 room=lobby 1/1 ann:Annie(u1)\n"
		"g1 presence room=lobby 1/1 ann:Annie(u1)\n"
		"g1 ack 3\n");
	fake_end(&fake);
}

static void test_disconnect(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_connect(&fake, 1, 2, "bob", "lobby");
	fake_connect(&fake, 1, 3, "cat", "lobby");
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_disconnect(&fake, 1, 1, true);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 notice - room=lobby id=ann nickname=ANN\n"
		"g1 presence room=lobby 2/2 bob:BOB cat:CAT\n"
		"g1 ack 4\n");
	fake_disconnect(&fake, 1, 2, false);
	fake_disconnect(&fake, 1, 2, false);
	assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, 200).ns);
	fake_pass(&fake, 4999);
	fake_expect(&fake, "g1 ack 6\n");
	fake_pass(&fake, 1);
	fake_expect(&fake,
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g1 presence room=lobby 1/1 cat:CAT\n");
	/* The id is free again. */
	fake_connect(&fake, 1, 4, "bob", NULL);
	fake_expect(&fake, "g1 connected 4 id=bob nickname=BOB\n");
	fake_end(&fake);
}

static void test_refuses_what_is_badly_named(void **state)
{
	struct fake fake;
	struct msg msg = { .type = MSG_CONNECT, .connect = { .conn = 1, .nickname = SLICE(" ") } };

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 close 1 bad_request\n");
	fake_connect(&fake, 1, 2, "user:ann", NULL);
	fake_expect(&fake, "g1 close 2 bad_request\n");
	fake_connect(&fake, 1, 3, "ann", "a\nb");
	fake_expect(&fake, "g1 close 3 bad_request\n");
	assert_int_equal(counter_get(COUNTER_HUB_CONNECTIONS), 0);
	fake_end(&fake);
}

static void test_forbidden_room(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake.hub->policy.defaults->access[RIGHT_JOIN] = ACCESS_TOKEN;
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_expect(&fake, "g1 close 1 forbidden\n");
	fake_connect_as(&fake, 1, 2, "ann", "lobby", "u1", NULL);
	fake_expect(&fake,
		"g1 connected 2 id=ann nickname=ANN\n"
		"g1 joined 2 room=lobby 1/1 ann:ANN(u1)\n");
	fake_end(&fake);
}

static void test_identify(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect_as(&fake, 1, 1, "ann", "lobby", "u1", NULL);
	fake_connect_as(&fake, 1, 2, "bob", "lobby", "u1", NULL);
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_identify(&fake, 1, 2, "BOB", "u1");
	fake_step(&fake);
	fake_expect(&fake, "g1 ack 3\n");
	fake_identify(&fake, 1, 2, "Bobby", "u2");
	fake_step(&fake);
	fake_expect(&fake, "g1 presence room=lobby 2/2 ann:ANN(u1) bob:Bobby(u2)\ng1 ack 4\n");
	fake_pass(&fake, 1000);
	fake_identify(&fake, 1, 2, " ", "u1");
	fake_step(&fake);
	fake_expect(&fake, "g1 presence room=lobby 2/1 ann:ANN(u1) bob:Bobby(u1)\ng1 ack 5\n");
	fake_end(&fake);
}

static void test_restated_silently(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_hello(&fake, 2);
	fake_pass(&fake, FAKE_SETTLE);
	fake_clear(&fake);
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "lobby", "attic");
	fake_restate(&fake, 2, 1, "bob", FAKE_KEY_B, "lobby", NULL);
	fake_restate(&fake, 1, 2, "cat", FAKE_KEY_B, NULL, NULL);
	/* It does not matter if it is said again. */
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "lobby", "attic");
	fake_restated(&fake, 1);
	fake_restated(&fake, 2);
	fake_pass(&fake, 1000);
	/* Each is told, and no one else, that its rooms have begun anew. */
	fake_expect(&fake,
		"g1 settled\ng2 settled\n"
		"g1 joined 1 room=lobby 2/2 ann:ann bob:bob\n"
		"g1 joined 1 room=attic 1/1 ann:ann\n"
		"g2 joined 1 room=lobby 2/2 ann:ann bob:bob\n");
	assert_int_equal(counter_get(COUNTER_HUB_RESTATED), 3);
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 3);
	assert_int_equal(counter_get(COUNTER_HUB_JOINS), 0);
	assert_int_equal(room_find(&fake.hub->rooms, SLICE("lobby"))->epoch, 1);
	fake_publish(&fake, 2, 1, "lobby", "chat", NULL);
	fake_expect(&fake,
		"g1 deliver room=lobby type=chat id=bob nickname=bob body=\"n\":1\n"
		"g2 deliver room=lobby type=chat id=bob nickname=bob body=\"n\":1\n");
	/* The key that the last hub gave is good. */
	fake_connect_as(&fake, 2, 2, "ann", NULL, NULL, FAKE_KEY_A);
	fake_expect(&fake,
		"g1 close 1 replaced\n"
		"g2 connected 2 id=ann nickname=ANN resumed=1\n");
	fake_end(&fake);
}

/*
 * A gateway that comes when others have been settled: its members are new to them, but no one is
 * announced.
 */
static void test_restated_late(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_pass(&fake, 1000);
	fake_hello(&fake, 2);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	fake_restate(&fake, 2, 1, "bob", FAKE_KEY_B, "lobby", "attic");
	fake_restated(&fake, 2);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 presence room=lobby 2/2 ann:ANN bob:bob\n"
		"g2 presence room=lobby 2/2 ann:ANN bob:bob\n"
		"g2 presence room=attic 1/1 bob:bob\n"
		"g1 roomlist 2 lobby:2 attic:1\n"
		"g2 roomlist 2 lobby:2 attic:1\n"
		"g2 settled\n"
		"g2 joined 1 room=lobby 2/2 ann:ANN bob:bob\n"
		"g2 joined 1 room=attic 1/1 bob:bob\n");
	fake_end(&fake);
}

/* CONNECT was applied by the last hub, and restated, but not acknowledged. */
static void test_connect_of_one_restated(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_pass(&fake, FAKE_SETTLE);
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "lobby", NULL);
	fake_restate(&fake, 1, 2, "bob", FAKE_KEY_B, NULL, NULL);
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_clear(&fake);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_expect(&fake, "");
	fake_connect(&fake, 1, 2, "bob", "lobby");
	fake_expect(&fake, "g1 joined 2 room=lobby 2/2 ann:ann bob:bob\n");
	fake_end(&fake);
}

static void test_two_restated_with_one_id(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_hello(&fake, 2);
	fake_pass(&fake, FAKE_SETTLE);
	fake_clear(&fake);
	/* Of one gateway: the later number took the earlier over. */
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "lobby", NULL);
	fake_restate(&fake, 1, 4, "ann", FAKE_KEY_A, "lobby", NULL);
	fake_expect(&fake, "g1 close 1 replaced\n");
	/* Of two: who knows; it may come back. Without the key it may not. */
	fake_restate(&fake, 2, 1, "ann", FAKE_KEY_A, "lobby", NULL);
	fake_expect(&fake, "g2 close 1 restart\n");
	fake_restate(&fake, 2, 2, "ann", FAKE_KEY_B, "lobby", NULL);
	fake_expect(&fake, "g2 close 2 replaced\n");
	assert_int_equal(counter_get(COUNTER_HUB_MEMBERSHIPS), 1);
	fake_end(&fake);
}

/* A link breaks and is back in time: no one is told, and what it had is as before. */
static void test_gateway_back_in_time(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_connect(&fake, 2, 1, "bob", "lobby");
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_pass(&fake, 4000);
	fake_hello(&fake, 1);
	fake_step(&fake);
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_clear(&fake);
	fake_pass(&fake, 5000);
	fake_expect(&fake, "");
	fake_publish(&fake, 1, 1, "lobby", "chat", NULL);
	fake_expect(&fake,
		"g1 deliver room=lobby type=chat id=ann nickname=ANN body=\"n\":1\n"
		"g2 deliver room=lobby type=chat id=ann nickname=ANN body=\"n\":1\n");
	fake_end(&fake);
}

/* A gateway's process is gone; its client resumes through another. */
static void test_resume_from_a_dead_gateway(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_clear(&fake);
	fake_connect_as(&fake, 2, 1, "ann", "lobby", NULL, FAKE_KEY_A);
	fake_expect(&fake,
		"g1 close 1 replaced\n"
		"g2 connected 1 id=ann nickname=ANN resumed=1\n"
		"g2 joined 1 room=lobby 1/1 ann:ANN\n");
	fake_pass(&fake, 5000);
	fake_expect(&fake, "g1 forget\ng2 ack 1\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_makes_id_and_nickname),
		cmocka_unit_test(test_id_in_use),
		cmocka_unit_test(test_resume_takes_over),
		cmocka_unit_test(test_resume_joins_another_room),
		cmocka_unit_test(test_resume_within_the_grace_time),
		cmocka_unit_test(test_resume_with_another_name),
		cmocka_unit_test(test_disconnect),
		cmocka_unit_test(test_refuses_what_is_badly_named),
		cmocka_unit_test(test_forbidden_room),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_restated_silently),
		cmocka_unit_test(test_restated_late),
		cmocka_unit_test(test_connect_of_one_restated),
		cmocka_unit_test(test_two_restated_with_one_id),
		cmocka_unit_test(test_gateway_back_in_time),
		cmocka_unit_test(test_resume_from_a_dead_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_peers.c - gateways: welcome, restating, settling, numbers, and being forgotten */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

static void test_waits_before_the_first_welcome(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, FAKE_SETTLE).ns);
	fake_pass(&fake, FAKE_SETTLE - 1);
	fake_expect(&fake, "");
	fake_pass(&fake, 1);
	fake_expect(&fake, "g1 welcome 0\n");
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_expect(&fake, "g1 settled\n");
	fake_end(&fake);
}

static void test_waits_until_all_have_restated(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_hello(&fake, 2);
	fake_pass(&fake, FAKE_SETTLE);
	fake_expect(&fake, "g1 welcome 0\ng2 welcome 0\n");
	fake_restated(&fake, 2);
	fake_pass(&fake, 100);
	fake_expect(&fake, "");
	fake_hello(&fake, 3);
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_expect(&fake, "g3 welcome 0\n");
	fake_restated(&fake, 3);
	fake_step(&fake);
	fake_expect(&fake, "g1 settled\ng2 settled\ng3 settled\n");
	fake_hello(&fake, 4);
	fake_step(&fake);
	fake_expect(&fake, "g4 welcome 0\n");
	fake_restated(&fake, 4);
	fake_step(&fake);
	fake_expect(&fake, "g4 settled\n");
	fake_end(&fake);
}

static void test_does_not_wait_for_ever(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_hello(&fake, 2);
	fake_pass(&fake, FAKE_SETTLE);
	fake_clear(&fake);
	fake_restated(&fake, 1);
	assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, PEERS_RESTATE_MS).ns);
	fake_pass(&fake, PEERS_RESTATE_MS - 1);
	fake_expect(&fake, "");
	fake_pass(&fake, 1);
	fake_expect(&fake, "g1 settled\n");
	assert_int_equal(hub_step(fake.hub).ns, UINT64_MAX);
	fake_restated(&fake, 2);
	fake_step(&fake);
	fake_expect(&fake, "g2 settled\n");
	fake_end(&fake);
}

static void test_does_not_wait_for_who_is_gone(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_hello(&fake, 2);
	fake_pass(&fake, FAKE_SETTLE);
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_clear(&fake);
	hub_down(fake.hub, fake.peers[2].gateway);
	fake_step(&fake);
	fake_expect(&fake, "g1 settled\n");
	fake_end(&fake);
}

static void test_numbers(void **state)
{
	struct fake fake;
	struct msg msg = { .type = MSG_ROOMS, .rooms = { .conn = 1 } };

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", NULL);
	fake_step(&fake);
	fake_expect(&fake, "g1 connected 1 id=ann nickname=ANN\ng1 ack 1\n");
	/* What was applied is not applied again, and is acknowledged already. */
	msg.rooms.seq = 1;
	fake_say_raw(&fake, 1, &msg);
	fake_step(&fake);
	fake_expect(&fake, "");
	assert_int_equal(counter_get(COUNTER_HUB_DUPLICATES), 1);
	/* One acknowledgement for all of a turn. */
	msg.rooms.seq = 2;
	fake_say_raw(&fake, 1, &msg);
	msg.rooms.seq = 3;
	fake_say_raw(&fake, 1, &msg);
	fake_step(&fake);
	fake_expect(&fake, "g1 roomlist to=1 0\ng1 roomlist to=1 0\ng1 ack 3\n");
	msg.rooms.seq = 5;
	fake_say_raw(&fake, 1, &msg);
	fake_expect(&fake, "g1 drop\n");
	assert_int_equal(counter_get(COUNTER_HUB_GAPS), 1);
	assert_int_equal(fake.peers[1].gateway->applied, 3);
	fake_end(&fake);
}

static void test_numbers_go_on_after_a_break(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", NULL);
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_step(&fake);
	fake_clear(&fake);
	fake_pass(&fake, 1000);
	fake_hello(&fake, 1);
	fake_step(&fake);
	fake_expect(&fake, "g1 welcome 1\n");
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_expect(&fake, "g1 settled\n");
	fake_join(&fake, 1, 1, "lobby", NULL);
	fake_expect(&fake, "g1 joined 1 room=lobby 1/1 ann:ANN\n");
	fake_end(&fake);
}

/* An earlier hub acknowledged what came before. */
static void test_first_number_of_one_that_is_new_here(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake.peers[1].seq = 41;
	fake_connect(&fake, 1, 1, "ann", NULL);
	fake_step(&fake);
	fake_expect(&fake, "g1 connected 1 id=ann nickname=ANN\ng1 ack 42\n");
	fake_end(&fake);
}

static void test_nothing_numbered_before_it_is_settled(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_pass(&fake, FAKE_SETTLE);
	fake_clear(&fake);
	fake_connect(&fake, 1, 1, "ann", NULL);
	fake_expect(&fake, "g1 drop\n");
	fake_end(&fake);
}

static void test_forgotten_after_the_grace_time(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_connect(&fake, 2, 1, "bob", "lobby");
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	hub_down(fake.hub, fake.peers[1].gateway);
	assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, 5000).ns);
	fake_pass(&fake, 4999);
	fake_expect(&fake, "");
	assert_int_equal(counter_get(COUNTER_HUB_GATEWAYS), 1);
	fake_pass(&fake, 1);
	fake_expect(&fake,
		"g1 forget\n"
		"g2 notice - room=lobby id=ann nickname=ANN\n"
		"g2 presence room=lobby 1/1 bob:BOB\n");
	fake_end(&fake);
}

/* It comes back to a hub that has forgotten it: its clients are asked to come again. */
static void test_back_too_late(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_pass(&fake, 5000);
	fake_clear(&fake);
	fake_hello(&fake, 1);
	fake_step(&fake);
	fake_expect(&fake, "g1 welcome 0\n");
	fake_restated(&fake, 1);
	fake_step(&fake);
	fake_clear(&fake);
	fake_publish(&fake, 1, 1, "lobby", "chat", NULL);
	fake_publish(&fake, 1, 1, "lobby", "chat", NULL);
	fake_disconnect(&fake, 1, 1, false);
	fake_disconnect(&fake, 1, 1, false);
	fake_step(&fake);
	fake_expect(&fake, "g1 close 1 try_later\ng1 ack 5\n");
	fake_end(&fake);
}

/* Or, as it is told that nothing of it is applied here, it restates what it has; numbers go on. */
static void test_back_too_late_and_restates(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	hub_down(fake.hub, fake.peers[1].gateway);
	fake_pass(&fake, 5000);
	fake_hello(&fake, 1);
	assert_true(fake.last_seq[1] > 0);
	assert_int_equal(fake.peers[1].gateway->sent, fake.last_seq[1]);
	fake_step(&fake);
	fake_clear(&fake);
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "lobby", NULL);
	fake_restated(&fake, 1);
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 presence room=lobby 1/1 ann:ann\n"
		"g1 roomlist 1 lobby:1\n"
		"g1 settled\n");
	fake_publish(&fake, 1, 1, "lobby", "chat", NULL);
	fake_expect(&fake, "g1 deliver room=lobby type=chat id=ann nickname=ann body=\"n\":1\n");
	fake_end(&fake);
}

static void test_too_many(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	for (unsigned i = 0; i < PEERS_MAX; i++)
		assert_non_null(hub_hello(fake.hub, 5000 + i, SLICE("gateway"), 0));
	assert_null(hub_hello(fake.hub, 4999, SLICE("gateway"), 0));
	assert_non_null(hub_hello(fake.hub, 5000, SLICE("gateway"), 0));
	assert_int_equal(counter_get(COUNTER_HUB_GATEWAYS), PEERS_MAX);
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_before_the_first_welcome),
		cmocka_unit_test(test_waits_until_all_have_restated),
		cmocka_unit_test(test_does_not_wait_for_ever),
		cmocka_unit_test(test_does_not_wait_for_who_is_gone),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_numbers_go_on_after_a_break),
		cmocka_unit_test(test_first_number_of_one_that_is_new_here),
		cmocka_unit_test(test_nothing_numbered_before_it_is_settled),
		cmocka_unit_test(test_forgotten_after_the_grace_time),
		cmocka_unit_test(test_back_too_late),
		cmocka_unit_test(test_back_too_late_and_restates),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

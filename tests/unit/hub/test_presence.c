/* test_presence.c - who is told what of a room, when, and in which order */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tests/unit/hub/fake.h"

/* ann (g1), bob (g2) and cat (g2) are in the lobby, and all is quiet. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 2);
	fake_connect(fake, 1, 1, "ann", "lobby");
	fake_connect(fake, 2, 1, "bob", "lobby");
	fake_connect(fake, 2, 2, "cat", "lobby");
	fake_connect(fake, 1, 2, "dan", NULL);
	fake_connect(fake, 1, 3, "eve", NULL);
	fake_pass(fake, 1000);
	fake_pass(fake, 1000);
	fake_clear(fake);
}

/* What is still to come, without acknowledgements. */
static void settle_acks(struct fake *fake)
{
	fake_step(fake);
	fake_clear(fake);
}

static void test_order(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 2, "lobby", NULL);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_leave(&fake, 1, 1, "lobby", "\"r\"");
	fake_join(&fake, 1, 3, "lobby", "7");
	fake_expect(&fake,
		"g1 joined 2 room=lobby 4/4 ann:ANN bob:BOB cat:CAT dan:DAN\n"
		"g2 left 1 room=lobby\n"
		"g1 left 1 room=lobby ref=\"r\"\n"
		"g1 joined 3 room=lobby ref=7 3/3 cat:CAT dan:DAN eve:EVE\n");
	fake_step(&fake);
	fake_expect(&fake,
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g2 notice - room=lobby id=bob nickname=BOB\n"
		"g1 notice - room=lobby id=ann nickname=ANN\n"
		"g2 notice - room=lobby id=ann nickname=ANN\n"
		"g1 presence room=lobby 3/3 cat:CAT dan:DAN eve:EVE\n"
		"g2 presence room=lobby 3/3 cat:CAT dan:DAN eve:EVE\n"
		"g1 notice + room=lobby conn=2 id=dan nickname=DAN\n"
		"g2 notice + room=lobby id=dan nickname=DAN\n"
		"g1 notice + room=lobby conn=3 id=eve nickname=EVE\n"
		"g2 notice + room=lobby id=eve nickname=EVE\n"
		"g1 ack 6\n"
		"g2 ack 3\n");
	fake_end(&fake);
}

static void test_coalesced(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_step(&fake);
	fake_expect(&fake,
		"g2 left 1 room=lobby\n"
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g2 notice - room=lobby id=bob nickname=BOB\n"
		"g1 presence room=lobby 2/2 ann:ANN cat:CAT\n"
		"g2 presence room=lobby 2/2 ann:ANN cat:CAT\n"
		"g2 ack 3\n");
	fake_leave(&fake, 2, 2, "lobby", NULL);
	settle_acks(&fake);
	fake_pass(&fake, 100);
	fake_join(&fake, 1, 2, "lobby", NULL);
	settle_acks(&fake);
	fake_pass(&fake, 99);
	fake_expect(&fake, "");
	fake_pass(&fake, 1);
	fake_expect(&fake,
		"g1 notice - room=lobby id=cat nickname=CAT\n"
		"g1 presence room=lobby 2/2 ann:ANN dan:DAN\n"
		"g1 notice + room=lobby conn=2 id=dan nickname=DAN\n");
	/* Each time starts a pause of its own; when it is over, the next change is told at once. */
	fake_join(&fake, 1, 3, "lobby", NULL);
	settle_acks(&fake);
	assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, 200).ns);
	fake_pass(&fake, 200);
	fake_expect(&fake,
		"g1 presence room=lobby 3/3 ann:ANN dan:DAN eve:EVE\n"
		"g1 notice + room=lobby conn=3 id=eve nickname=EVE\n");
	fake_pass(&fake, 200);
	assert_int_equal(hub_step(fake.hub).ns, UINT64_MAX);
	fake_end(&fake);
}

static bool told_of_presence(const struct fake *fake)
{
	return strstr(buf_cstr((struct buf *)&fake->log), "g1 presence room=lobby") != NULL;
}

/* dan joins, or leaves; answers how long the room waits to be told of it. */
static unsigned told_after(struct fake *fake, bool joins)
{
	unsigned ms = 0;

	if (joins)
		fake_join(fake, 1, 2, "lobby", NULL);
	else
		fake_leave(fake, 1, 2, "lobby", NULL);
	fake_step(fake);
	for (; !told_of_presence(fake); ms += 100)
		fake_pass(fake, 100);
	fake_clear(fake);
	return ms;
}

static void test_interval_grows(void **state)
{
	static const unsigned waits[] = { 0, 200, 800, 1000, 1000 };
	struct fake fake;

	(void)state;
	begin(&fake);
	fake.settings.presence_interval_max = 1000;
	hub_configure(fake.hub, &fake.settings);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(told_after(&fake, i % 2 == round), waits[i]);
		/* What cancels out is no change: the room was quiet, and begins anew. */
		fake_leave(&fake, 2, 2, "lobby", NULL);
		fake_join(&fake, 2, 2, "lobby", NULL);
		fake_pass(&fake, 999);
		assert_int_equal(hub_step(fake.hub).ns, mono_after(fake.now, 1).ns);
		fake_pass(&fake, 1);
		assert_int_equal(hub_step(fake.hub).ns, UINT64_MAX);
		fake_clear(&fake);
	}
	fake_end(&fake);
}

/* Three changes in each tenth of a second, in another room, for so long. */
static void rush(struct fake *fake, unsigned ms)
{
	for (unsigned i = 0; i < ms; i += 100) {
		fake_join(fake, 1, 3, "attic", NULL);
		fake_leave(fake, 1, 3, "attic", NULL);
		fake_join(fake, 1, 3, "attic", NULL);
		fake_pass(fake, 100);
		fake_leave(fake, 1, 3, "attic", NULL);
	}
}

static void begin_rush(struct fake *fake, unsigned busy)
{
	begin(fake);
	fake->settings.presence_interval_max = 1000;
	fake->settings.presence_busy = busy;
	hub_configure(fake->hub, &fake->settings);
	rush(fake, 100);
	assert_int_equal(told_after(fake, true), 0);
	fake_leave(fake, 1, 2, "lobby", NULL);
}

static void test_while_many_come_and_go_a_room_waits(void **state)
{
	struct fake fake;

	(void)state;
	begin_rush(&fake, 20);
	rush(&fake, 900);
	assert_false(told_of_presence(&fake));
	fake_pass(&fake, 100);
	assert_true(told_of_presence(&fake));
	/* The rush is over; what it came to is that the room had grown once. */
	fake_clear(&fake);
	assert_int_equal(told_after(&fake, true), 800);
	fake_end(&fake);
}

static void test_few_are_no_rush(void **state)
{
	static const unsigned busy[] = { 0, 50 };
	struct fake fake;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin_rush(&fake, busy[i]);
		rush(&fake, 100);
		assert_false(told_of_presence(&fake));
		rush(&fake, 100);
		assert_true(told_of_presence(&fake));
		fake_end(&fake);
	}
}

/* Rooms whose intervals differ are told when each is due, not in the order of having been told. */
static void test_each_room_has_its_own_interval(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake.settings.presence_interval_max = 800;
	hub_configure(fake.hub, &fake.settings);
	assert_int_equal(told_after(&fake, true), 0);
	assert_int_equal(told_after(&fake, false), 200);
	/* The lobby rests for 800 from now on, another room for 200 beginning 100 later. */
	fake_join(&fake, 1, 2, "lobby", NULL);
	fake_pass(&fake, 100);
	fake_join(&fake, 1, 1, "attic", NULL);
	fake_step(&fake);
	fake_join(&fake, 1, 3, "attic", NULL);
	fake_step(&fake);
	fake_clear(&fake);
	fake_pass(&fake, 200);
	assert_non_null(strstr(buf_cstr(&fake.log), "g1 presence room=attic 2/2"));
	assert_false(told_of_presence(&fake));
	fake_pass(&fake, 499);
	assert_false(told_of_presence(&fake));
	fake_pass(&fake, 1);
	assert_true(told_of_presence(&fake));
	fake_end(&fake);
}

static void test_join_and_leave_cancel_out(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 2, "lobby", NULL);
	fake_leave(&fake, 1, 2, "lobby", NULL);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_join(&fake, 2, 1, "lobby", NULL);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake, "g1 ack 5\ng2 ack 4\n");
	/* And once more, with someone who really goes. */
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_join(&fake, 2, 1, "lobby", NULL);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_join(&fake, 1, 2, "lobby", NULL);
	fake_leave(&fake, 1, 2, "lobby", NULL);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g2 notice - room=lobby id=bob nickname=BOB\n"
		"g1 presence room=lobby 2/2 ann:ANN cat:CAT\n"
		"g2 presence room=lobby 2/2 ann:ANN cat:CAT\n"
		"g1 ack 7\n"
		"g2 ack 7\n");
	fake_end(&fake);
}

/* Someone is back with another name: that is told, but not that it went and came. */
static void test_back_with_another_name(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_identify(&fake, 2, 1, "Rob", NULL);
	fake_join(&fake, 2, 1, "lobby", NULL);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 presence room=lobby 3/3 ann:ANN cat:CAT bob:Rob\n"
		"g2 presence room=lobby 3/3 ann:ANN cat:CAT bob:Rob\n"
		"g2 ack 5\n");
	fake_end(&fake);
}

/* presence_max is 4: in a room of more no one is announced, and four are listed. */
static void test_large_room(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 2, "lobby", NULL);
	fake_join(&fake, 1, 3, "lobby", NULL);
	fake_expect(&fake,
		"g1 joined 2 room=lobby 4/4 ann:ANN bob:BOB cat:CAT dan:DAN\n"
		"g1 joined 3 room=lobby 5/5 ann:ANN bob:BOB cat:CAT dan:DAN\n");
	fake_step(&fake);
	fake_expect(&fake,
		"g1 presence room=lobby 5/5 ann:ANN bob:BOB cat:CAT dan:DAN\n"
		"g2 presence room=lobby 5/5 ann:ANN bob:BOB cat:CAT dan:DAN\n"
		"g1 ack 5\n");
	fake_leave(&fake, 1, 3, "lobby", NULL);
	fake_leave(&fake, 1, 2, "lobby", NULL);
	fake_clear(&fake);
	fake_pass(&fake, 200);
	/* It no longer is: who went is told again. */
	fake_expect(&fake,
		"g1 notice - room=lobby id=eve nickname=EVE\n"
		"g2 notice - room=lobby id=eve nickname=EVE\n"
		"g1 notice - room=lobby id=dan nickname=DAN\n"
		"g2 notice - room=lobby id=dan nickname=DAN\n"
		"g1 presence room=lobby 3/3 ann:ANN bob:BOB cat:CAT\n"
		"g2 presence room=lobby 3/3 ann:ANN bob:BOB cat:CAT\n"
		"g1 ack 7\n");
	fake_end(&fake);
}

/* Joined when the room was too large to remember it, gone when it no longer was. */
static void test_cancels_out_across_sizes(void **state)
{
	struct fake fake;
	char id[16];

	(void)state;
	begin(&fake);
	fake.quiet = true;
	for (uint64_t i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "x%u", (unsigned)i);
		fake_connect(&fake, 1, 100 + i, id, "lobby");
	}
	fake_pass(&fake, 200);
	fake_pass(&fake, 200);
	fake_join(&fake, 1, 2, "lobby", NULL);
	for (uint64_t i = 0; i < 6; i++)
		fake_leave(&fake, 1, 100 + i, "lobby", NULL);
	fake_leave(&fake, 1, 2, "lobby", NULL);
	fake.quiet = false;
	fake_step(&fake);
	assert_null(strstr(buf_cstr(&fake.log), "id=dan"));
	assert_non_null(strstr(buf_cstr(&fake.log), "g1 notice - room=lobby id=x5"));
	assert_non_null(strstr(
		buf_cstr(&fake.log), "g1 presence room=lobby 3/3 ann:ANN bob:BOB cat:CAT\n"));
	fake_end(&fake);
}

/* More comings and goings in one window than are worth telling one by one. */
static void test_crowd(void **state)
{
	struct fake fake;
	char id[16];

	(void)state;
	begin(&fake);
	fake.quiet = true;
	for (uint64_t i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "x%u", (unsigned)i);
		fake_connect(&fake, 1, 100 + i, id, "lobby");
		if (i >= 1)
			fake_disconnect(&fake, 1, 99 + i, true);
	}
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_leave(&fake, 2, 2, "lobby", NULL);
	fake.quiet = false;
	fake_step(&fake);
	/* All but the last of them cancelled out, so they did not count. */
	fake_expect(&fake,
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g1 notice - room=lobby id=cat nickname=CAT\n"
		"g1 presence room=lobby 2/2 ann:ANN x9:X9\n"
		"g1 notice + room=lobby conn=109 id=x9 nickname=X9\n"
		"g1 ack 22\n"
		"g2 ack 4\n");
	fake_end(&fake);
}

static void test_crowd_of_those_who_were_there(void **state)
{
	struct fake fake;
	char id[16];

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake.quiet = true;
	fake_connect(&fake, 1, 1, "ann", "lobby");
	for (uint64_t i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "x%u", (unsigned)i);
		fake_connect(&fake, 1, 100 + i, id, "lobby");
	}
	fake_pass(&fake, 200);
	fake_pass(&fake, 200);
	/* Down to three, then each that comes takes the place of one that goes. */
	for (uint64_t i = 0; i < 18; i++)
		fake_leave(&fake, 1, 100 + i, "lobby", NULL);
	for (uint64_t i = 0; i < 2; i++) {
		fake_join(&fake, 1, 100 + i, "lobby", NULL);
		fake_leave(&fake, 1, 118 + i, "lobby", NULL);
	}
	for (uint64_t i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "y%u", (unsigned)i);
		fake_connect(&fake, 1, 200 + i, id, NULL);
	}
	for (uint64_t i = 0; i < 20; i++)
		fake_join(&fake, 1, 200 + i, "lobby", NULL);
	for (uint64_t i = 0; i < 19; i++)
		fake_leave(&fake, 1, 200 + i, "lobby", NULL);
	fake.quiet = false;
	fake_clear(&fake);
	fake_pass(&fake, 200);
	assert_true(fake.log.len < 1000);
	assert_non_null(strstr(
		buf_cstr(&fake.log), "g1 presence room=lobby 4/4 ann:ANN x0:X0 x1:X1 y19:Y19\n"));
	fake_end(&fake);
}

/* The last one is gone: no one is left to be told, and what waited is dropped with the room. */
static void test_empty_room(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_leave(&fake, 1, 1, "lobby", NULL);
	fake_leave(&fake, 2, 1, "lobby", NULL);
	fake_leave(&fake, 2, 2, "lobby", NULL);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake, "g1 roomlist 0\ng2 roomlist 0\ng1 ack 4\ng2 ack 4\n");
	assert_null(room_find(&fake.hub->rooms, SLICE("lobby")));
	assert_int_equal(counter_get(COUNTER_HUB_LEAVES), 3);
	fake_end(&fake);
}

static void test_users_count_once(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 1);
	fake_connect_as(&fake, 1, 1, "ann", "lobby", "u1", NULL);
	fake_connect_as(&fake, 1, 2, "bob", "lobby", "u1", NULL);
	fake_connect_as(&fake, 1, 3, "cat", "lobby", NULL, NULL);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake,
		"g1 presence room=lobby 3/2 ann:ANN(u1) bob:BOB(u1) cat:CAT\n"
		"g1 notice + room=lobby conn=1 id=ann nickname=ANN user=u1\n"
		"g1 notice + room=lobby conn=2 id=bob nickname=BOB user=u1\n"
		"g1 notice + room=lobby conn=3 id=cat nickname=CAT\n"
		"g1 roomlist 1 lobby:2\n"
		"g1 ack 3\n");
	fake_disconnect(&fake, 1, 1, true);
	fake_pass(&fake, 200);
	fake_expect(&fake,
		"g1 notice - room=lobby id=ann nickname=ANN user=u1\n"
		"g1 presence room=lobby 2/2 bob:BOB(u1) cat:CAT\n"
		"g1 ack 4\n");
	fake_end(&fake);
}

/* What was not told before the connection moved is told with its new number. */
static void test_moved_before_it_was_told(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_connect_as(&fake, 2, 7, "ann", "lobby", NULL, FAKE_KEY_A);
	fake_clear(&fake);
	fake_step(&fake);
	fake_expect(&fake,
		"g2 presence room=lobby 1/1 ann:ANN\n"
		"g2 notice + room=lobby conn=7 id=ann nickname=ANN\n"
		"g1 roomlist 1 lobby:1\n"
		"g2 roomlist 1 lobby:1\n"
		"g1 ack 1\n"
		"g2 ack 1\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_coalesced),
		cmocka_unit_test(test_interval_grows),
		cmocka_unit_test(test_while_many_come_and_go_a_room_waits),
		cmocka_unit_test(test_few_are_no_rush),
		cmocka_unit_test(test_each_room_has_its_own_interval),
		cmocka_unit_test(test_join_and_leave_cancel_out),
		cmocka_unit_test(test_back_with_another_name),
		cmocka_unit_test(test_large_room),
		cmocka_unit_test(test_cancels_out_across_sizes),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_crowd_of_those_who_were_there),
		cmocka_unit_test(test_empty_room),
		cmocka_unit_test(test_users_count_once),
		cmocka_unit_test(test_moved_before_it_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

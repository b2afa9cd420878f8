/* test_failing.c - a journal that cannot be written: all is refused, until it can be */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/hub/stored.h"

/* Files may grow no more; or again. */
static void disk_full(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void begin(struct stored *stored)
{
	stored_begin(stored, JOURNAL_PROCESS);
	stored_up(stored, 1);
	fake_connect(&stored->fake, 1, 1, "ann", "lobby");
	fake_connect(&stored->fake, 1, 2, "bob", "lobby");
	stored_pass(stored, 1000);
	stored_pass(stored, 1000);
	fake_clear(&stored->fake);
}

static void test_refuses_and_recovers(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	disk_full(true);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	assert_int_not_equal(turn_error(&stored.turn), 0);
	fake_expect(&stored.fake, "");
	/* From now on no is the answer, and it does not wait. */
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "2");
	fake_direct(&stored.fake, 1, 1, "bob", "3");
	fake_join(&stored.fake, 1, 1, "attic", "4");
	fake_connect(&stored.fake, 1, 3, "cat", "lobby");
	fake_expect(&stored.fake,
		"g1 refusal 1 unavailable ref=2 request=4\n"
		"g1 refusal 1 unavailable ref=3 request=5\n"
		"g1 refusal 1 unavailable ref=4 request=6\n"
		"g1 close 3 try_later\n");
	fake_disconnect(&stored.fake, 1, 3, false);
	fake_leave(&stored.fake, 1, 2, "lobby", "5");
	/* It is tried again each second. */
	stored_pass(&stored, 500);
	assert_int_equal(counter_get(COUNTER_HUB_JOURNAL_FAILURES), 1);
	stored_pass(&stored, 500);
	stored_pass(&stored, 1000);
	assert_int_equal(counter_get(COUNTER_HUB_JOURNAL_FAILURES), 3);
	assert_int_equal(counter_get(COUNTER_HUB_JOURNAL_FAILING), 1);
	fake_expect(&stored.fake, "");
	disk_full(false);
	stored_pass(&stored, 999);
	fake_expect(&stored.fake, "");
	stored_pass(&stored, 1);
	assert_int_equal(counter_get(COUNTER_HUB_JOURNAL_FAILING), 0);
	fake_expect(&stored.fake,
		"g1 ack 9\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g1 left 2 room=lobby ref=5\n");
	stored_pass(&stored, 1);
	fake_expect(&stored.fake,
		"g1 notice - room=lobby id=bob nickname=BOB\n"
		"g1 presence room=lobby 1/1 ann:ANN\n");
	stored_end(&stored);
}

/* Nothing that no one was told of is known to the next hub. */
static void test_killed_while_failing(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	disk_full(true);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	disk_full(false);
	stored_restart(&stored, 1);
	fake_expect(&stored.fake, "g1 welcome 2\ng1 settled\n");
	stored.fake.peers[1].seq = 2;
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 3\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n");
	stored_end(&stored);
}

/* A gateway that comes back meanwhile is told what is safe, and no more. */
static void test_gateway_comes_back_while_failing(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	disk_full(true);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	hub_down(stored.fake.hub, stored.fake.peers[1].gateway);
	stored_hello(&stored, 1);
	fake_expect(&stored.fake, "g1 welcome 2\n");
	/* It says again what was not acknowledged. */
	disk_full(false);
	stored_pass(&stored, 1000);
	stored.fake.peers[1].seq = 2;
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 3\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN body=\"n\":1\n"
		"g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g1 settled\n");
	assert_int_equal(counter_get(COUNTER_HUB_DUPLICATES), 1);
	stored_end(&stored);
}

/* A flush that fails: what is committed waits for the next one. */
static void test_flush_fails(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", NULL);
	stored_turn(&stored, false);
	turn_sync_end(&stored.turn, -EIO);
	assert_int_equal(turn_error(&stored.turn), -EIO);
	stored_pass(&stored, 10);
	fake_expect(&stored.fake, "");
	fake_publish(&stored.fake, 1, 1, "lobby", "chat", "1");
	fake_expect(&stored.fake, "g1 refusal 1 unavailable ref=1 request=4\n");
	stored_pass(&stored, 1000);
	fake_expect(&stored.fake,
		"g1 ack 4\n"
		"g1 deliver room=lobby type=chat offset=1 id=ann nickname=ANN body=\"n\":1\n");
	assert_int_equal(turn_error(&stored.turn), 0);
	stored_end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_and_recovers),
		cmocka_unit_test(test_killed_while_failing),
		cmocka_unit_test(test_gateway_comes_back_while_failing),
		cmocka_unit_test(test_flush_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

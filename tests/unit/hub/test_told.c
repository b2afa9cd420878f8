/* test_told.c - handlers: what becomes of rooms' states, and what is not told again */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/told.h"

static void change(struct stored *stored, bool remove, const char *value)
{
	struct msg msg = { .type = MSG_STATE, .state = { .conn = 1, .room = SLICE("hall-1") } };
	struct msg_stateop op = { .key = SLICE("k"), .remove = remove, .value = slice_of(value) };
	struct buf raw = { .cap = 0 };

	msg_add_stateop(&raw, &msg.state.ops, &op);
	fake_say(&stored->fake, 1, msg);
	stored_turn(stored, true);
	buf_done(&raw);
}

static void test_states(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	stored.fake.settings.state_bytes = 100;
	stored.fake.settings.state_keys = 10;
	stored.fake.settings.state_memory = 1 << 20;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	change(&stored, false, "1");
	expect_told(&stored, "h3 came seq=1 room=hall-1 id=ann count=1\n");
	served_serve(&stored, 3, "*", HANDLER_MESSAGES | HANDLER_STATE);
	fake_clear(&stored.fake);
	/* among what is said */
	say(&stored, "hall-1");
	change(&stored, false, "2");
	say(&stored, "hall-1");
	change(&stored, true, "");
	expect_told(&stored,
		"h3 said seq=2 room=hall-1 offset=1 type=chat id=ann\n"
		"h3 changed seq=3 room=hall-1 rev=2 id=ann k=2\n"
		"h3 said seq=4 room=hall-1 offset=2 type=chat id=ann\n"
		"h3 changed seq=5 room=hall-1 rev=3 id=ann -k\n");
	/* not what it does itself */
	stored.fake.hub->handlers.acting = handlers_find(&stored.fake.hub->handlers, SLICE("bot"));
	change(&stored, false, "3");
	stored.fake.hub->handlers.acting = NULL;
	expect_told(&stored, "");
	/* what it has not handled comes again */
	served_restart(&stored);
	stored.seen[3] = 3;
	(void)served_hello(&stored, 3, "bot");
	expect_told(&stored,
		"h3 said seq=4 room=hall-1 offset=2 type=chat id=ann\n"
		"h3 changed seq=5 room=hall-1 rev=3 id=ann -k\n");
	stored_end(&stored);
}

static void handled_some(struct stored *stored, uint64_t first, uint64_t last)
{
	struct msg msg = { .type = MSG_HANDLED_SOME };
	struct msg_range range = { first, last };
	struct buf raw = { .cap = 0 };

	msg_add_range(&raw, &msg.handled_some.ranges, &range);
	fake_say(&stored->fake, 3, msg);
	buf_done(&raw);
}

/* It comes again after the hub's death, up to all that it has. */
static void come_again(struct stored *stored, bool skips)
{
	served_restart(stored);
	handlers_find(&stored->fake.hub->handlers, SLICE("bot"))->gateway->out.skips = skips;
	(void)served_hello(stored, 3, "bot");
}

#define SAID(n) "h3 said seq=" n " room=hall-1 offset="

/* One room waits, others go on: what is dealt with is not told again. */
static void test_some_were_handled(void **state)
{
	struct stored stored;

	(void)state;
	begin(&stored);
	fake_connect(&stored.fake, 1, 1, "ann", "hall-1");
	for (unsigned i = 0; i < 3; i++) {
		/* some in a turn, others in one of their own */
		fake_publish(&stored.fake, 1, 1, "hall-1", "chat", NULL);
		fake_publish(&stored.fake, 1, 1, "hall-1", "chat", NULL);
		say(&stored, "hall-1");
	}
	handled_some(&stored, 3, 4);
	handled_some(&stored, 6, 9);
	stored_pass(&stored, HANDLER_SAVE_MS);
	fake_clear(&stored.fake);
	come_again(&stored, true);
	expect_told(&stored,
		"h3 came seq=1 room=hall-1 id=ann count=1\n" SAID(
			"2") "1 type=chat id=ann\n"
			     "h3 skipped seq=4\n" SAID("5") "4 type=chat id=ann\n"
							    "h3 skipped seq=7\n"
							    "h3 skipped seq=9\n" SAID(
								    "10") "9 type=chat id=ann\n");
	/* one that does not know of this */
	come_again(&stored, false);
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "h3 missed seq=4 count=2\n"));
	/* the first that was not is */
	served_handled(&stored, 3, 2);
	handled_some(&stored, 5, 5);
	stored_pass(&stored, HANDLER_SAVE_MS);
	stored.seen[3] = 0;
	come_again(&stored, true);
	expect_told(&stored, SAID("10") "9 type=chat id=ann\n");
	handled_some(&stored, 10, 11);
	assert_non_null(strstr(buf_cstr(&stored.fake.log), "drop"));
	stored_end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_some_were_handled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

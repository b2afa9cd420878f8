/* test_roomstate.c - rooms' states in the hub: told, given, kept, dropped; over kills */
/* SPDX-License-Identifier: MIT */
#include "hub/roomstate.h"
#include "tests/unit/hub/stored.h"

static struct buf raw_ops, raw_checks;

/* `changes`: "a=1 b=2 -c", at most `check`@`rev` as a condition. */
static void change(struct stored *stored, unsigned gateway, uint64_t conn, const char *changes,
	const char *check, uint64_t rev, const char *ref)
{
	struct msg msg = { .type = MSG_STATE,
		.state = { .conn = conn, .room = SLICE("lobby"), .ref = slice_of(ref) } };
	struct msg_statecheck record = { .key = slice_of(check), .rev = rev };
	_cleanup_(mem_freep) char *copy = mem_strdup(changes);
	char *at = copy, *word;

	buf_clear(&raw_ops);
	buf_clear(&raw_checks);
	while ((word = strsep(&at, " ")) != NULL) {
		char *value = strchr(word, '=');
		struct msg_stateop op = { .remove = *word == '-' };

		if (value)
			*value++ = '\0';
		op.key = slice_of(word + op.remove);
		op.value = slice_of(value);
		msg_add_stateop(&raw_ops, &msg.state.ops, &op);
	}
	if (check)
		msg_add_statecheck(&raw_checks, &msg.state.checks, &record);
	fake_say(&stored->fake, gateway, msg);
}

/* Ann is in the lobby, over gateway 1. */
static void begin(struct stored *stored)
{
	stored_begin(stored, JOURNAL_PROCESS);
	stored->fake.settings.state_bytes = 100;
	stored->fake.settings.state_keys = 10;
	stored->fake.settings.state_memory = 1 << 20;
	stored_up(stored, 1);
	hub_configure(stored->fake.hub, &stored->fake.settings);
	fake_connect(&stored->fake, 1, 1, "ann", "lobby");
	stored_pass(stored, 1000);
	stored_pass(stored, 1000);
	fake_clear(&stored->fake);
}

static void end(struct stored *stored)
{
	stored_end(stored);
	assert_int_equal(counter_get(COUNTER_HUB_STATE_KEYS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_STATE_BYTES), 0);
	buf_done(&raw_ops);
	buf_done(&raw_checks);
}

static struct room *lobby(struct stored *stored)
{
	return room_find(&stored->fake.hub->rooms, SLICE("lobby"));
}

static void join(
	struct stored *stored, uint64_t conn, enum event_state wanted, uint64_t rev, uint64_t epoch)
{
	fake_say(&stored->fake, 1,
		(struct msg){ .type = MSG_JOIN,
			.join = { .conn = conn,
				.room = SLICE("lobby"),
				.state = (uint8_t)wanted,
				.rev = rev,
				.state_epoch = epoch } });
	stored_pass(stored, 10);
}

static void test_told_and_answered(void **unused)
{
	struct stored stored;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1 b=2", NULL, 0, "x");
	change(&stored, 1, 1, "-a", "a", 1, NULL);
	change(&stored, 1, 1, "a=3", "a", 1, "y");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 4\n"
		"g1 stated room=lobby rev=1 id=ann a=1 b=2\n"
		"g1 state_done 1 ref=x room=lobby rev=1\n"
		"g1 stated room=lobby rev=2 id=ann -a\n"
		"g1 state_conflict 1 ref=y room=lobby rev=2 a@0\n");
	end(&stored);
}

static void test_given_to_who_joins(void **unused)
{
	struct stored stored;
	uint64_t epoch;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1 b=2", NULL, 0, NULL);
	change(&stored, 1, 1, "-a c=3", NULL, 0, NULL);
	fake_connect(&stored.fake, 1, 2, "bob", NULL);
	stored_pass(&stored, 10);
	epoch = lobby(&stored)->epoch;
	fake_clear(&stored.fake);
	join(&stored, 2, STATE_SINCE, 1, epoch);
	fake_expect(&stored.fake,
		"g1 ack 5\n"
		"g1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 snapshot 2 room=lobby rev=2 since c=3@2 -a\n"
		"g1 presence room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 notice + room=lobby conn=2 id=bob nickname=BOB\n");
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	join(&stored, 2, STATE_SINCE, 1, epoch + 1);
	fake_expect(&stored.fake,
		"g1 ack 6\n"
		"g1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 snapshot 2 room=lobby rev=2 full b=2@1 c=3@2\n");
	join(&stored, 2, STATE_NONE, 0, 0);
	fake_expect(&stored.fake, "g1 ack 7\ng1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n");
	end(&stored);
}

/* Who joins next is given the same, if nothing has changed since; a new hub starts over. */
static void test_given_again(void **unused)
{
	struct stored stored;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1", NULL, 0, NULL);
	fake_connect(&stored.fake, 1, 2, "bob", NULL);
	join(&stored, 2, STATE_ALL, 0, 0);
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	join(&stored, 2, STATE_ALL, 0, 0);
	fake_expect(&stored.fake,
		"g1 ack 5\ng1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\ng1 snapshot_again 2\n");
	change(&stored, 1, 1, "a=2", NULL, 0, NULL);
	join(&stored, 2, STATE_ALL, 0, 0);
	fake_expect(&stored.fake,
		"g1 ack 7\n"
		"g1 stated room=lobby rev=2 id=ann a=2\n"
		"g1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 snapshot 2 room=lobby rev=2 full a=2@2\n");
	stored_restart(&stored, 1);
	fake_clear(&stored.fake);
	join(&stored, 2, STATE_ALL, 0, 0);
	fake_expect(&stored.fake,
		"g1 ack 8\n"
		"g1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 snapshot 2 room=lobby rev=2 full a=2@2\n");
	end(&stored);
}

/* As the hub had it, deletions too; a change that was not committed comes again. */
static void test_over_a_kill(void **unused)
{
	struct stored stored;
	uint64_t epoch;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1 b=2", NULL, 0, NULL);
	change(&stored, 1, 1, "-a b=3 c=4", NULL, 0, NULL);
	stored_pass(&stored, 10);
	epoch = lobby(&stored)->epoch;
	change(&stored, 1, 1, "d=5", NULL, 0, NULL);
	stored_restart(&stored, 1);
	hub_configure(stored.fake.hub, &stored.fake.settings);
	assert_int_equal(lobby(&stored)->state->rev, 2);
	assert_int_equal(lobby(&stored)->state->keys, 2);
	assert_int_equal(lobby(&stored)->state->deleted_count, 1);
	assert_int_equal(counter_get(COUNTER_HUB_STATE_KEYS), 2);
	fake_clear(&stored.fake);
	stored.fake.peers[1].seq = 3;
	change(&stored, 1, 1, "d=5", NULL, 0, "z");
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 4\n"
		"g1 stated room=lobby rev=3 id=ann d=5\n"
		"g1 state_done 1 ref=z room=lobby rev=3\n");
	fake_connect(&stored.fake, 1, 2, "bob", NULL);
	stored_pass(&stored, 10);
	fake_clear(&stored.fake);
	join(&stored, 2, STATE_SINCE, 1, epoch);
	fake_expect(&stored.fake,
		"g1 ack 6\n"
		"g1 joined 2 room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 snapshot 2 room=lobby rev=3 since b=3@2 c=4@2 d=5@3 -a\n"
		"g1 presence room=lobby 2/2 ann:ANN bob:BOB\n"
		"g1 notice + room=lobby conn=2 id=bob nickname=BOB\n");
	end(&stored);
}

static void leave(struct stored *stored)
{
	fake_leave(&stored->fake, 1, 1, "lobby", NULL);
	stored_pass(stored, 1000);
}

static void test_a_room_is_there_for_its_state(void **unused)
{
	struct stored stored;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1", NULL, 0, NULL);
	leave(&stored);
	assert_true(lobby(&stored)->idle);
	stored_pass(&stored, 3600 * 1000);
	stored_restart(&stored, 1);
	assert_int_equal(lobby(&stored)->state->keys, 1);
	fake_connect(&stored.fake, 1, 3, "bob", "lobby");
	stored_pass(&stored, 10);
	change(&stored, 1, 3, "-a", NULL, 0, NULL);
	fake_leave(&stored.fake, 1, 3, "lobby", NULL);
	stored_pass(&stored, 1000);
	assert_null(lobby(&stored));
	stored_restart(&stored, 1);
	assert_null(lobby(&stored));
	end(&stored);
}

static void test_a_state_grows_old(void **unused)
{
	struct stored stored;

	(void)unused;
	begin(&stored);
	stored.fake.settings.state_ttl = 60 * 1000;
	hub_configure(stored.fake.hub, &stored.fake.settings);
	change(&stored, 1, 1, "a=1", NULL, 0, NULL);
	stored_pass(&stored, 3600 * 1000);
	assert_non_null(lobby(&stored)->state); /* someone is there */
	leave(&stored);
	stored_pass(&stored, 50 * 1000);
	assert_non_null(lobby(&stored)->state);
	stored_pass(&stored, 50 * 1000);
	assert_null(lobby(&stored));
	assert_int_equal(counter_get(COUNTER_HUB_STATE_EXPIRED), 1);
	stored_restart(&stored, 1);
	assert_null(lobby(&stored));
	end(&stored);
}

/* A gateway that has much to take is not given more, and is not forgotten for it. */
static void test_a_gateway_that_is_behind(void **unused)
{
	struct gateway *gateway;
	struct stored stored;
	size_t before;

	(void)unused;
	begin(&stored);
	change(&stored, 1, 1, "a=1", NULL, 0, NULL);
	fake_connect(&stored.fake, 1, 2, "bob", NULL);
	stored_pass(&stored, 1000);
	fake_clear(&stored.fake);
	gateway = stored.fake.peers[1].gateway;
	before = gateway->out.bytes;
	gateway->out.bytes = OUTGOING_MAX / 2 + 1;
	join(&stored, 2, STATE_ALL, 0, 0);
	fake_say(&stored.fake, 1,
		(struct msg){ .type = MSG_STATE_GET,
			.state_get = { .conn = 1, .room = SLICE("lobby"), .ref = SLICE("7") } });
	stored_pass(&stored, 10);
	fake_expect(&stored.fake,
		"g1 ack 4\ng1 refusal 2 unavailable\ng1 ack 5\ng1 refusal 1 unavailable ref=7\n");
	gateway->out.bytes -= OUTGOING_MAX / 2 + 1 - before;
	end(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_and_answered),
		cmocka_unit_test(test_given_to_who_joins),
		cmocka_unit_test(test_given_again),
		cmocka_unit_test(test_over_a_kill),
		cmocka_unit_test(test_a_room_is_there_for_its_state),
		cmocka_unit_test(test_a_state_grows_old),
		cmocka_unit_test(test_a_gateway_that_is_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_broadcast.c - messages to many rooms or to everyone: who may, and who gets them */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

#define FROM " id=ann nickname=ANN user=root body=\"n\":1\n"

/* ann, an administrator, and bob of g1 are in a, cat of g2 in b; no one of g3 is anywhere. */
static void begin(struct fake *fake)
{
	struct msg msg = { .type = MSG_IDENTIFY,
		.identify = { .conn = 1, .user = SLICE("root"), .admin = 1 } };

	fake_begin(fake);
	fake_up(fake, 3);
	fake_connect(fake, 1, 1, "ann", "a");
	fake_connect(fake, 1, 2, "bob", "a");
	fake_connect(fake, 2, 1, "cat", "b");
	fake_say(fake, 1, msg);
	fake_step(fake);
	fake_clear(fake);
}

static struct msg message(enum event_scope scope)
{
	return (struct msg){ .type = MSG_BROADCAST,
		.broadcast = { .conn = 1,
			.scope = (uint8_t)scope,
			.type = SLICE("broadcast"),
			.ref = SLICE("7"),
			.body = SLICE("\"n\":1") } };
}

static void add(struct buf *raw, struct msg *msg, const char *name)
{
	struct msg_roomname room = { .name = slice_of(name) };

	msg_add_roomname(raw, &msg->broadcast.rooms, &room);
}

static void test_to_rooms(void **state)
{
	struct msg msg = message(SCOPE_ROOMS);
	struct buf raw = { 0 };
	struct fake fake;

	(void)state;
	begin(&fake);
	add(&raw, &msg, "b");
	add(&raw, &msg, "nowhere");
	add(&raw, &msg, "a");
	add(&raw, &msg, "b");
	msg.broadcast.flags = EVENT_NO_ECHO;
	fake_say(&fake, 1, msg);
	fake_expect(&fake,
		"g2 deliver room=b type=broadcast" FROM
		"g1 deliver room=a type=broadcast except=1" FROM "g1 receipt 1 ref=7\n");
	fake_say(&fake, 1, message(SCOPE_ALL_ROOMS));
	fake_expect(&fake,
		"g1 deliver room=a type=broadcast" FROM "g2 deliver room=b type=broadcast" FROM
		"g1 receipt 1 ref=7\n");
	assert_int_equal(counter_get(COUNTER_HUB_BROADCASTS), 2);
	buf_done(&raw);
	fake_end(&fake);
}

static void test_to_connections(void **state)
{
	struct msg msg = message(SCOPE_CONNECTIONS);
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_say(&fake, 1, msg);
	fake_expect(&fake,
		"g1 broadcasted type=broadcast id=ann user=root body=\"n\":1\n"
		"g2 broadcasted type=broadcast id=ann user=root body=\"n\":1\n"
		"g1 receipt 1 ref=7\n");
	msg.broadcast.flags = EVENT_NO_ECHO;
	fake_say(&fake, 1, msg);
	fake_expect(&fake,
		"g1 broadcasted except=1 type=broadcast id=ann user=root body=\"n\":1\n"
		"g2 broadcasted type=broadcast id=ann user=root body=\"n\":1\n"
		"g1 receipt 1 ref=7\n");
	fake_end(&fake);
}

static void test_refused(void **state)
{
	struct msg msg = message(SCOPE_CONNECTIONS);
	struct fake fake;

	(void)state;
	begin(&fake);
	msg.broadcast.conn = 2;
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 refusal 2 forbidden ref=7\n");
	msg.broadcast.conn = 1;
	msg.broadcast.type = SLICE("");
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 refusal 1 bad_message ref=7\n");
	assert_int_equal(counter_get(COUNTER_HUB_BROADCASTS), 0);
	fake_end(&fake);
}

/* With a `mid` it is said once, and acknowledged as often as it is sent. */
static void test_once(void **state)
{
	struct msg msg = message(SCOPE_CONNECTIONS);
	struct fake fake;

	(void)state;
	begin(&fake);
	msg.broadcast.mid = SLICE("m");
	fake_say(&fake, 1, msg);
	fake_clear(&fake);
	fake_say(&fake, 1, msg);
	fake_expect(&fake, "g1 receipt 1 ref=7\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_rooms),
		cmocka_unit_test(test_to_connections),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

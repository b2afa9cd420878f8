/* test_rights.c - who is sent another token has the rooms that it opens, and no others */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

#define CLUB "j club-*\n"

static void identify(struct fake *fake, uint64_t conn, const char *user, const char *grants)
{
	struct msg msg = { .type = MSG_IDENTIFY };

	msg.identify.conn = conn;
	msg.identify.user = slice_of(user);
	msg.identify.grants = slice_of(grants);
	fake_say(fake, 1, msg);
}

/* Ann is 1 and Bob is 2; both may be in any club and are in club-1, Ann in club-2 too. */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 1);
	fake_connect_as(fake, 1, 1, "ann", NULL, "u1", NULL);
	fake_connect_as(fake, 1, 2, "bob", NULL, "u2", NULL);
	fake->hub->policy.defaults->access[RIGHT_JOIN] = ACCESS_GRANT;
	identify(fake, 1, "u1", CLUB);
	identify(fake, 2, "u2", CLUB);
	fake_join(fake, 1, 1, "club-1", NULL);
	fake_join(fake, 1, 2, "club-1", NULL);
	fake_join(fake, 1, 1, "club-2", NULL);
	fake_pass(fake, 1000);
	fake_pass(fake, 1000);
	fake_clear(fake);
}

static void test_fewer_grants(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	identify(&fake, 1, "u1", "j club-2\n");
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 left 1 room=club-1\n"
		"g1 refusal 1 forbidden\n"
		"g1 notice - room=club-1 id=ann nickname=ANN user=u1\n"
		"g1 presence room=club-1 1/1 bob:BOB(u2)\n"
		"g1 ack 8\n");
	fake_end(&fake);
}

static void test_none(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	identify(&fake, 1, "u1", NULL);
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 left 1 room=club-1\n"
		"g1 refusal 1 forbidden\n"
		"g1 left 1 room=club-2\n"
		"g1 refusal 1 forbidden\n"
		"g1 notice - room=club-1 id=ann nickname=ANN user=u1\n"
		"g1 presence room=club-1 1/1 bob:BOB(u2)\n"
		"g1 ack 8\n");
	fake_end(&fake);
}

/* Other words for the same, or more: nothing is left, nobody told. */
static void test_as_many(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	identify(&fake, 1, "u1", "jph club-1\nj club-2\nj hall\n");
	fake_pass(&fake, 1000);
	fake_expect(&fake, "g1 ack 8\n");
	fake_end(&fake);
}

/* What one may say or read there is asked when one does. */
static void test_another_right_is_no_reason_to_leave(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	identify(&fake, 1, "u1", "jp club-*\n");
	identify(&fake, 1, "u1", CLUB);
	fake_pass(&fake, 1000);
	fake_expect(&fake, "g1 ack 9\n");
	fake_end(&fake);
}

/* A room of one's own goes with the name; an administrator's rooms with `admin`. */
static void test_another_user(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 1, "user-u1", NULL);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	identify(&fake, 1, "u3", CLUB);
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 left 1 room=user-u1\n"
		"g1 refusal 1 forbidden\n"
		"g1 presence room=club-1 2/2 ann:ANN(u3) bob:BOB(u2)\n"
		"g1 presence room=club-2 1/1 ann:ANN(u3)\n"
		"g1 ack 9\n");
	fake_end(&fake);
}

static void test_an_administrator_no_longer(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_say(&fake, 1,
		(struct msg){ .type = MSG_IDENTIFY,
			.identify = { .conn = 1, .user = SLICE("u1"), .admin = 1 } });
	fake_join(&fake, 1, 1, "user-u2", NULL);
	fake_pass(&fake, 1000);
	fake_clear(&fake);
	identify(&fake, 1, "u1", CLUB);
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 left 1 room=user-u2\n"
		"g1 refusal 1 forbidden\n"
		"g1 ack 10\n");
	fake_end(&fake);
}

/* Who comes back to its presence with less has left, and is not told of what it does not know. */
static void test_resumed_with_less(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_disconnect(&fake, 1, 1, false);
	fake_connect_as(&fake, 1, 3, "ann", NULL, "u1", FAKE_KEY_A);
	fake_pass(&fake, 1000);
	fake_expect(&fake,
		"g1 connected 3 id=ann nickname=ANN resumed=1\n"
		"g1 notice - room=club-1 id=ann nickname=ANN user=u1\n"
		"g1 presence room=club-1 1/1 bob:BOB(u2)\n"
		"g1 ack 9\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fewer_grants),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_as_many),
		cmocka_unit_test(test_another_right_is_no_reason_to_leave),
		cmocka_unit_test(test_another_user),
		cmocka_unit_test(test_an_administrator_no_longer),
		cmocka_unit_test(test_resumed_with_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

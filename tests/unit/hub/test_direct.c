/* test_direct.c - messages to a connection or a user, over several gateways */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

#define FROM_ANN " type=private id=ann nickname=ANN user=u1 body=\"n\":1\n"

/* u1: ann (g1), bob (g1), cat (g2); no user: dan (g2). */
static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 2);
	fake_connect_as(fake, 1, 1, "ann", NULL, "u1", NULL);
	fake_connect_as(fake, 2, 1, "cat", NULL, "u1", NULL);
	fake_connect_as(fake, 1, 2, "bob", NULL, "u1", NULL);
	fake_connect(fake, 2, 2, "dan", NULL);
	fake_step(fake);
	fake_clear(fake);
}

static void test_to_a_connection(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_direct(&fake, 1, 1, "dan", "\"r\"");
	fake_expect(&fake, "g2 directed 2" FROM_ANN "g1 receipt 1 ref=\"r\"\n");
	fake_direct(&fake, 1, 1, "ann", NULL);
	fake_expect(&fake, "g1 directed 1" FROM_ANN);
	assert_int_equal(counter_get(COUNTER_HUB_DIRECT), 2);
	fake_end(&fake);
}

/* One message for each gateway; the sender itself gets none. */
static void test_to_a_user(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_direct(&fake, 2, 2, "user:u1", NULL);
	fake_expect(&fake,
		"g1 directed 1 2 type=private id=dan nickname=DAN body=\"n\":1\n"
		"g2 directed 1 type=private id=dan nickname=DAN body=\"n\":1\n");
	fake_direct(&fake, 1, 1, "user:u1", "1");
	fake_expect(
		&fake, "g1 directed 2" FROM_ANN "g2 directed 1" FROM_ANN "g1 receipt 1 ref=1\n");
	fake_disconnect(&fake, 1, 2, true);
	fake_disconnect(&fake, 2, 1, true);
	fake_direct(&fake, 1, 1, "user:u1", "2");
	fake_expect(&fake, "g1 receipt 1 ref=2\n");
	fake_end(&fake);
}

static void test_refused(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_direct(&fake, 1, 1, "eve", "1");
	fake_direct(&fake, 1, 1, "user:eve", "2");
	fake_direct(&fake, 1, 1, "", "3");
	fake_direct(&fake, 1, 1, "user:", "4");
	fake_direct(&fake, 1, 1, "a b", NULL);
	fake_expect(&fake,
		"g1 refusal 1 no_such_target ref=1\n"
		"g1 refusal 1 no_such_target ref=2\n"
		"g1 refusal 1 bad_target ref=3\n"
		"g1 refusal 1 bad_target ref=4\n"
		"g1 refusal 1 bad_target\n");
	assert_int_equal(counter_get(COUNTER_HUB_DIRECT), 0);
	fake_end(&fake);
}

/* Someone in the grace time cannot be reached; others of the same user can. */
static void test_in_the_grace_time(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_disconnect(&fake, 2, 2, false);
	fake_direct(&fake, 1, 1, "dan", "1");
	fake_expect(&fake, "g1 refusal 1 no_such_target ref=1\n");
	fake_disconnect(&fake, 2, 1, false);
	fake_direct(&fake, 1, 1, "user:u1", "2");
	fake_expect(&fake, "g1 directed 2" FROM_ANN "g1 receipt 1 ref=2\n");
	fake_end(&fake);
}

/* A user is whom the last token named. */
static void test_follows_identify(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_identify(&fake, 2, 2, NULL, "u2");
	fake_direct(&fake, 1, 1, "user:u2", NULL);
	fake_expect(&fake, "g2 directed 2" FROM_ANN);
	fake_identify(&fake, 2, 2, NULL, NULL);
	fake_direct(&fake, 1, 1, "user:u2", NULL);
	fake_expect(&fake, "g1 refusal 1 no_such_target\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_a_connection),
		cmocka_unit_test(test_to_a_user),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_in_the_grace_time),
		cmocka_unit_test(test_follows_identify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_resume.c - rooms of a connection that was taken over */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

/* Who takes over a connection leaves those of its rooms that it does not join again in time. */
static void test_resume_leaves_what_it_does_not_join(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_up(&fake, 2);
	fake_connect(&fake, 1, 1, "ann", "lobby");
	fake_join(&fake, 1, 1, "attic", NULL);
	fake_connect(&fake, 2, 1, "bob", "lobby");
	fake_join(&fake, 2, 1, "attic", NULL);
	fake_pass(&fake, 1000);
	fake_pass(&fake, 1000);
	fake_disconnect(&fake, 1, 1, false);
	fake_pass(&fake, 4000);
	fake_clear(&fake);
	fake_connect_as(&fake, 2, 5, "ann", "lobby", NULL, FAKE_KEY_A);
	fake_clear(&fake);
	fake_pass(&fake, 4999);
	fake_expect(&fake, "g2 ack 3\n");
	fake_pass(&fake, 1);
	fake_expect(&fake,
		"g2 notice - room=attic id=ann nickname=ANN\n"
		"g2 presence room=attic 1/1 bob:BOB\n");
	fake_publish(&fake, 2, 5, "attic", "chat", "7");
	fake_expect(&fake, "g2 refusal 5 not_in_room ref=7\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume_leaves_what_it_does_not_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

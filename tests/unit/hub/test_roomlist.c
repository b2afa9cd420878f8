/* test_roomlist.c - which rooms there are: asked for, and told to all */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/fake.h"

static void begin(struct fake *fake)
{
	fake_begin(fake);
	fake_up(fake, 2);
	/* Room comings and goings only: presence would be in the way. */
	fake->hub->presence.interval = 1000000;
	fake_connect(fake, 1, 1, "ann", NULL);
	fake_connect(fake, 1, 2, "bob", NULL);
	fake_step(fake);
	fake_clear(fake);
}

static void ask(struct fake *fake, const char *ref)
{
	fake_say(fake, 1,
		(struct msg){ .type = MSG_ROOMS, .rooms = { .conn = 1, .ref = slice_of(ref) } });
}

/* Lines of the log that are room lists. */
static void only_lists(struct fake *fake)
{
	struct buf lists = { .cap = 0 };
	char *line, *rest = NULL;

	buf_cstr(&fake->log);
	for (line = fake->log.len ? strtok_r(fake->log.data, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, "roomlist"))
			buf_printf(&lists, "%s\n", line);
	buf_done(&fake->log);
	fake->log = lists;
}

static void test_asked(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	ask(&fake, "1");
	fake_expect(&fake, "g1 roomlist to=1 ref=1 0\n");
	fake_join(&fake, 1, 1, "a", NULL);
	fake_join(&fake, 1, 2, "a", NULL);
	fake_join(&fake, 1, 1, "b", NULL);
	fake_join(&fake, 1, 1, "c", NULL);
	fake_join(&fake, 1, 1, "d", NULL);
	fake_clear(&fake);
	/* rooms_max is 3: the oldest are listed, all are counted. */
	ask(&fake, NULL);
	fake_expect(&fake, "g1 roomlist to=1 4 a:2 b:1 c:1\n");
	fake_end(&fake);
}

static void test_told(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 1, "a", NULL);
	fake_join(&fake, 1, 1, "b", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 2 a:1 b:1\ng2 roomlist 2 a:1 b:1\n");
	/* Who is in a known room is no news. */
	fake_join(&fake, 1, 2, "a", NULL);
	fake_pass(&fake, 100);
	fake_leave(&fake, 1, 1, "b", NULL);
	fake_pass(&fake, 100);
	fake_join(&fake, 1, 1, "c", NULL);
	fake_pass(&fake, 299);
	only_lists(&fake);
	fake_expect(&fake, "");
	fake_pass(&fake, 1);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 2 a:2 c:1\ng2 roomlist 2 a:2 c:1\n");
	fake_pass(&fake, 500);
	fake_join(&fake, 1, 1, "d", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 3 a:2 c:1 d:1\ng2 roomlist 3 a:2 c:1 d:1\n");
	fake_end(&fake);
}

static void test_came_and_went(void **state)
{
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 1, "a", NULL);
	fake_leave(&fake, 1, 1, "a", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "");
	/* Nor does it hold back what follows. */
	fake_join(&fake, 1, 1, "b", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 1 b:1\ng2 roomlist 1 b:1\n");
	fake_end(&fake);
}

/* With many rooms no one is told of each: rooms_announced is 4. */
static void test_too_many(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct fake fake;

	(void)state;
	begin(&fake);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		fake_join(&fake, 1, 1, names[i], NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 5 a:1 b:1 c:1\ng2 roomlist 5 a:1 b:1 c:1\n");
	fake_pass(&fake, 500);
	fake_join(&fake, 1, 1, "f", NULL);
	fake_pass(&fake, 500);
	fake_leave(&fake, 1, 1, "a", NULL);
	fake_pass(&fake, 500);
	only_lists(&fake);
	fake_expect(&fake, "");
	fake_leave(&fake, 1, 1, "b", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 4 c:1 d:1 e:1\ng2 roomlist 4 c:1 d:1 e:1\n");
	fake_end(&fake);
}

/* That there are many is told at once, and not each time. */
static void test_many_do_not_wait(void **state)
{
	static const char *const names[] = { "b", "c", "d" };
	struct fake fake;

	(void)state;
	begin(&fake);
	fake_join(&fake, 1, 1, "a", NULL);
	fake_step(&fake);
	fake_clear(&fake);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		fake_join(&fake, 1, 1, names[i], NULL);
	fake_pass(&fake, 100);
	only_lists(&fake);
	fake_expect(&fake, "");
	fake_join(&fake, 1, 1, "e", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 5 a:1 b:1 c:1\ng2 roomlist 5 a:1 b:1 c:1\n");
	fake_leave(&fake, 1, 1, "e", NULL);
	fake_pass(&fake, 499);
	only_lists(&fake);
	fake_expect(&fake, "");
	fake_pass(&fake, 1);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 4 a:1 b:1 c:1\ng2 roomlist 4 a:1 b:1 c:1\n");
	fake_join(&fake, 1, 1, "f", NULL);
	fake_step(&fake);
	fake_leave(&fake, 1, 1, "f", NULL);
	fake_step(&fake);
	fake_join(&fake, 1, 1, "g", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 5 a:1 b:1 c:1\ng2 roomlist 5 a:1 b:1 c:1\n");
	fake_end(&fake);
}

/* Rooms that gateways restate were known to all before. */
static void test_restated_rooms_are_not_told(void **state)
{
	struct fake fake;

	(void)state;
	fake_begin(&fake);
	fake_hello(&fake, 1);
	fake_pass(&fake, FAKE_SETTLE);
	fake_restate(&fake, 1, 1, "ann", FAKE_KEY_A, "a", "b");
	fake_restated(&fake, 1);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "");
	fake_leave(&fake, 1, 1, "a", NULL);
	fake_step(&fake);
	only_lists(&fake);
	fake_expect(&fake, "g1 roomlist 1 b:1\n");
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_came_and_went),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_many_do_not_wait),
		cmocka_unit_test(test_restated_rooms_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

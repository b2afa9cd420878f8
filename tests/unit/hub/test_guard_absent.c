/* test_guard_absent.c - guarded rooms when no one rules, or cannot be asked */
/* SPDX-License-Identifier: MIT */
#include "hub/asking.h"
#include "tests/unit/hub/guarded.h"

static const struct {
	enum handler_absent absent;
	const char *late, *away;
} policies[] = {
	{ ABSENT_REFUSE, "g1 refusal 1 handler_timeout ref=1\ng4 withdrawn 1\n",
		"g1 ack 3\ng1 refusal 1 no_handler ref=2\n" },
	{ ABSENT_PASS, ALL_HEAR("1", "g1 receipt 1 ref=1 room=lobby offset=1\n") "g4 withdrawn 1\n",
		"g1 ack 3\n" ALL_HEAR("2", "g1 receipt 1 ref=2 room=lobby offset=2\n") },
	{ ABSENT_WAIT, "", "g1 ack 3\n" },
};

static void test_late_and_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
		struct judged judged;

		begin(&judged);
		judged.settings.absent = policies[i].absent;
		ask(&judged, "1", "");
		turn(&judged);
		fake_clear(&judged.stored.fake);
		stored_pass(&judged.stored, JUDGE_DEADLINE - 1);
		judged_expect(&judged, "");
		stored_pass(&judged.stored, 1);
		judged_expect(&judged, policies[i].late);
		assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_LATE), 1);
		judge_down(&judged);
		stored_pass(&judged.stored, JUDGE_DEADLINE);
		ask(&judged, "2", "");
		turn(&judged);
		judged_expect(&judged, policies[i].away);
		judged_end(&judged);
	}
}

/* It is waited for until its deadline; what was asked then is asked again. */
static void test_back_in_time(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "");
	turn(&judged);
	judge_down(&judged);
	fake_clear(&judged.stored.fake);
	ask(&judged, "2", "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 3\n");
	judge_hello(&judged);
	judged_expect(&judged,
		"g4 welcome 0\n"
		"g4 guarded 1 again in=2000 room=lobby type=chat id=ann user=u1\n"
		"g4 guarded 2 in=2000 room=lobby type=chat id=ann user=u1\n");
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_AGAIN), 1);
	judged_end(&judged);
}

/* What passes because no one is there keeps its place behind what waits. */
static void test_passes_in_its_turn(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judged.settings.absent = ABSENT_WAIT;
	ask(&judged, "1", "");
	turn(&judged);
	judge_down(&judged);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	judged.settings.absent = ABSENT_PASS;
	fake_clear(&judged.stored.fake);
	ask(&judged, NULL, "");
	judged_configure(&judged);
	turn(&judged);
	judged_expect(&judged,
		"g1 ack 3\ng1 " SAID("1") "g1 receipt 1 ref=1 room=lobby offset=1\ng1 " SAID(
			"2") "g2 " SAID("1") "g2 " SAID("2"));
	judged_end(&judged);
}

static void test_one_that_does_not_guard_it(void **state)
{
	struct judged judged;

	(void)state;
	judged_begin(&judged, HANDLER_MESSAGES);
	ask(&judged, "1", "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 2\ng1 refusal 1 no_handler ref=1\n");
	judge_serves(&judged, "*", HANDLER_GUARD);
	ask(&judged, "2", "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 3\ng4 served\n" ASKED("1"));
	judged_end(&judged);
}

static void test_bounds(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned i = 0; i < 4; i++)
		ask(&judged, "1", "");
	turn(&judged);
	judged_expect(&judged,
		"g1 ack 5\ng1 refusal 1 unavailable ref=1\n" ASKED("1") ASKED("2") ASKED("3"));
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_FULL), 1);
	judged_end(&judged);
}

/* One whose queue is full is asked when it takes something again. */
static void test_behind(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, NULL, "");
	judged.stored.deaf[JUDGE] = true;
	turn(&judged);
	ask(&judged, NULL, "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 2\ng1 ack 3\n");
	judged.stored.deaf[JUDGE] = false;
	turn_drain(&judged.stored.turn, judge_of(&judged)->gateway);
	judged_expect(&judged, ASKED("1"));
	turn(&judged);
	judged_expect(&judged, "g4 guarded 2 in=2000 room=lobby type=chat id=ann user=u1\n");
	judged_end(&judged);
}

/* So much is asked at a time; what is larger is asked alone. */
static void test_window(void **state)
{
	struct judged judged;
	struct buf body = { .cap = 0 };

	(void)state;
	begin(&judged);
	memset(buf_reserve(&body, ASKING_OUT_MAX), 'x', ASKING_OUT_MAX);
	body.len = ASKING_OUT_MAX;
	for (unsigned i = 0; i < 2; i++)
		fake_say(&judged.stored.fake, 1,
			(struct msg){ .type = MSG_PUBLISH,
				.publish = { .conn = 1,
					.room = SLICE("lobby"),
					.type = SLICE("chat"),
					.body = buf_slice(&body) } });
	ask(&judged, NULL, "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 4\n" ASKED("1"));
	turn(&judged);
	judged_expect(&judged, "");
	judge_rules(&judged, judged_ask(&judged, 0), RULING_REFUSE);
	turn(&judged);
	judged_expect(&judged, "g1 refusal 1 refused\n" ASKED("2"));
	judge_rules(&judged, judged_ask(&judged, 0), RULING_REFUSE);
	turn(&judged);
	judged_expect(&judged, "g1 refusal 1 refused\n" ASKED("3"));
	judged_end(&judged);
	buf_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_and_away),
		cmocka_unit_test(test_back_in_time),
		cmocka_unit_test(test_passes_in_its_turn),
		cmocka_unit_test(test_one_that_does_not_guard_it),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

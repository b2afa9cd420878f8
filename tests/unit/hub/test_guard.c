/* test_guard.c - guarded rooms: what is asked, and ruled */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/guarded.h"

static void test_passed(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "");
	/* not before it is committed */
	judged_expect(&judged, "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 2\n" ASKED("1"));
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS), 1);
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	judged_expect(&judged, ALL_HEAR("1", "g1 receipt 1 ref=1 room=lobby offset=1\n"));
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_ANSWERED), 1);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	/* one that was settled */
	judge_rules(&judged, 5, RULING_PASS);
	turn(&judged);
	judged_expect(&judged, "");
	assert_int_equal(counter_get(COUNTER_HUB_ANSWERS_STALE), 1);
	judged_end(&judged);
}

static void say_ruling(struct judged *judged, struct msg_ruling ruling)
{
	ruling.ask = judged_ask(judged, 0);
	fake_say(&judged->stored.fake, JUDGE, (struct msg){ .type = MSG_RULING, .ruling = ruling });
	turn(judged);
}

static void test_changed_and_refused(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const expected[] = {
			"g1 deliver room=lobby type=move offset=1 id=ann nickname=ANN user=u1 body=hi\n"
			"g1 receipt 1 ref=1 room=lobby offset=1\n"
			"g2 deliver room=lobby type=move offset=1 id=ann nickname=ANN user=u1 body=hi\n",
			"g1 refusal 1 refused ref=1\n", /* a type that cannot be */
			"g1 refusal 1 refused ref=1\n", /* no JSON */
			"g1 refusal 1 refused ref=1 code=not_now text=wait\n",
			"g1 refusal 1 refused ref=1\n",
		};
		const struct msg_ruling rulings[] = {
			{ .ruling = RULING_CHANGE,
				.type = SLICE("move"),
				.format = EVENT_TEXT,
				.body = SLICE("hi") },
			{ .ruling = RULING_CHANGE, .type = SLICE("") },
			{ .ruling = RULING_CHANGE, .type = SLICE("x"), .body = SLICE("\"a\":") },
			{ .ruling = RULING_REFUSE,
				.error = SLICE("not_now"),
				.text = SLICE("wait") },
			{ .ruling = RULING_REFUSE,
				.error = SLICE("Not Now"),
				.text = SLICE("wait") },
		};

		ask(&judged, "1", "");
		turn(&judged);
		fake_clear(&judged.stored.fake);
		say_ruling(&judged, rulings[i]);
		judged_expect(&judged, expected[i]);
	}
	assert_int_equal(counter_get(COUNTER_HUB_ANSWERS_BAD), 3);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_REFUSED), 4);
	judged_end(&judged);
}

static void test_nonsense_breaks_the_link(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "");
	turn(&judged);
	fake_clear(&judged.stored.fake);
	judge_rules(&judged, judged_ask(&judged, 0), HANDLER_RULINGS);
	judged_expect(&judged, "g4 drop\n");
	fake_say(&judged.stored.fake, JUDGE,
		(struct msg){ .type = MSG_ANSWER, .answer = { .ask = judged_ask(&judged, 0) } });
	judged_expect(&judged, "g4 drop\n");
	judged_end(&judged);
}

/* Rulings come in any order, and take effect in that of the room. */
static void test_order(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned i = 0; i < 3; i++)
		ask(&judged, NULL, "");
	turn(&judged);
	judged_expect(&judged, "g1 ack 4\n" ASKED("1") ASKED("2") ASKED("3"));
	judge_rules(&judged, judged_ask(&judged, 2), RULING_PASS);
	judge_rules(&judged, judged_ask(&judged, 1), RULING_REFUSE);
	turn(&judged);
	judged_expect(&judged, "");
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 3);
	/* who has been ruled on is not ruled on again */
	judge_rules(&judged, judged_ask(&judged, 1), RULING_PASS);
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	judged_expect(&judged,
		"g1 " SAID("1") "g1 refusal 1 refused\ng1 " SAID("2") "g2 " SAID("1") "g2 " SAID(
			"2"));
	judged_end(&judged);
}

static void test_types(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judged.types[0] = (char *)(uintptr_t) "move";
	ask(&judged, "1", "");
	turn(&judged);
	judged_expect(
		&judged, "g1 ack 2\n" ALL_HEAR("1", "g1 receipt 1 ref=1 room=lobby offset=1\n"));
	judged_say(&judged, 2, "move", NULL, "");
	turn(&judged);
	judged_expect(&judged, "g2 ack 2\ng4 guarded 1 in=2000 room=lobby type=move id=bob\n");
	judged_end(&judged);
}

static void test_repeated(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "m");
	turn(&judged);
	fake_clear(&judged.stored.fake);
	ask(&judged, "2", "m");
	turn(&judged);
	judged_expect(&judged, "g1 ack 3\n");
	assert_int_equal(counter_get(COUNTER_HUB_REPEATED), 1);
	/* by another gateway, and another hub */
	judged_restart(&judged);
	fake_connect_as(&judged.stored.fake, 2, 5, "ann", "lobby", "u1", FAKE_KEY_A);
	judge_hello(&judged);
	fake_clear(&judged.stored.fake);
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	judged_expect(&judged,
		"g2 deliver room=lobby type=chat offset=1 mid=m id=ann nickname=ANN user=u1 "
		"body=\"n\":1\ng2 receipt 5 ref=2 room=lobby offset=1\n");
	judged_end(&judged);
}

/* An id that was taken meanwhile, in a room that no one guards, is not taken again. */
static void test_taken_meanwhile(void **state)
{
	struct judged judged;
	struct fake *fake = &judged.stored.fake;

	(void)state;
	begin(&judged);
	fake_join(fake, 1, 1, "other", NULL);
	ask(&judged, "1", "m");
	fake_say(fake, 1,
		(struct msg){ .type = MSG_PUBLISH,
			.publish = { .conn = 1,
				.room = SLICE("other"),
				.type = SLICE("chat"),
				.mid = SLICE("m") } });
	turn(&judged);
	fake_clear(fake);
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	judged_expect(&judged, "g1 receipt 1 ref=1 room=lobby offset=1\n");
	judged_end(&judged);
}

/* ---- who has said it, and the settings ---- */

static void test_sender_gone(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "m");
	fake_disconnect(&judged.stored.fake, 1, 1, true);
	stored_pass(&judged.stored, 1000);
	fake_clear(&judged.stored.fake);
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	judged_expect(&judged, "g2 " SAID("1"));
	judged_end(&judged);
}

/* Everyone has gone, and with them the room; what passes is kept for who comes. */
static void test_room_gone(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "m");
	fake_disconnect(&judged.stored.fake, 1, 1, true);
	fake_disconnect(&judged.stored.fake, 2, 1, true);
	turn(&judged);
	assert_null(room_find(&judged.stored.fake.hub->rooms, SLICE("lobby")));
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
	assert_int_equal(
		room_find(&judged.stored.fake.hub->rooms, SLICE("lobby"))->history.offset, 1);
	judged_end(&judged);
}

static void test_no_guard_any_more(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned i = 0; i < 3; i++)
		ask(&judged, "1", "");
	turn(&judged);
	fake_clear(&judged.stored.fake);
	judge_rules(&judged, judged_ask(&judged, 1), RULING_PASS);
	judged.guard[0] = NULL;
	judged_configure(&judged);
	ask(&judged, "2", "");
	turn(&judged);
	judged_expect(&judged,
		"g1 ack 5\ng1 refusal 1 no_handler ref=1\n"
		"g1 " SAID("1") "g1 receipt 1 ref=1 room=lobby offset=1\n"
				"g1 refusal 1 no_handler ref=1\n"
				"g1 " SAID("2") "g1 receipt 1 ref=2 room=lobby offset=2\n"
						"g2 " SAID("1") "g2 " SAID(
							"2") "g4 withdrawn 1\ng4 withdrawn 3\n");
	judged_end(&judged);
}

/* ---- a hub that is killed ---- */

static void test_killed(void **state)
{
	struct judged judged;
	uint64_t ids[2];

	(void)state;
	begin(&judged);
	ask(&judged, "1", "a");
	ask(&judged, "2", "b");
	turn(&judged);
	for (unsigned i = 0; i < 2; i++)
		ids[i] = judged_ask(&judged, i);
	judged_restart(&judged);
	judge_hello(&judged);
	/* its deadline begins anew */
	judged_expect(&judged,
		"g4 welcome 0\n"
		"g4 guarded 1 again in=2000 room=lobby type=chat id=ann user=u1\n"
		"g4 guarded 2 again in=2000 room=lobby type=chat id=ann user=u1\n");
	judge_rules(&judged, ids[1], RULING_REFUSE);
	judge_rules(&judged, ids[0], RULING_PASS);
	/* this is not in the journal yet */
	judged_restart(&judged);
	judge_hello(&judged);
	fake_clear(&judged.stored.fake);
	judge_rules(&judged, ids[1], RULING_REFUSE);
	judge_rules(&judged, ids[0], RULING_PASS);
	turn(&judged);
	judged_restart(&judged);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	/* the next has a number that was never used */
	judge_hello(&judged);
	ask(&judged, "3", "");
	turn(&judged);
	assert_true(judged_ask(&judged, 0) > ids[1] + 1);
	judged_end(&judged);
}

static void rule_in_full(struct judged *judged, unsigned index, struct msg_ruling ruling)
{
	ruling.ask = judged_ask(judged, index);
	fake_say(&judged->stored.fake, JUDGE, (struct msg){ .type = MSG_RULING, .ruling = ruling });
}

/* Rulings that wait for another are given once, also if the hub is killed meanwhile. */
static void test_killed_while_rulings_wait(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned i = 0; i < 4; i++)
		ask(&judged, (const char *[]){ "1", "2", "3", "4" }[i], "");
	/* of three that may wait the fourth is refused */
	turn(&judged);
	rule_in_full(&judged, 1,
		(struct msg_ruling){ .ruling = RULING_CHANGE,
			.type = SLICE("move"),
			.format = EVENT_TEXT,
			.body = SLICE("hi") });
	rule_in_full(&judged, 2,
		(struct msg_ruling){ .ruling = RULING_REFUSE,
			.error = SLICE("not_now"),
			.text = SLICE("wait") });
	turn(&judged);
	for (unsigned i = 0; i < 2; i++) {
		judged_restart(&judged);
		judge_hello(&judged);
		judged_expect(&judged,
			"g4 welcome 0\n"
			"g4 guarded 1 again in=2000 room=lobby type=chat id=ann user=u1\n");
	}
	judge_rules(&judged, judged_ask(&judged, 0), RULING_PASS);
	turn(&judged);
#define SAID_1 "deliver room=lobby type=chat offset=1 id=ann nickname=ANN user=u1 body=\"n\":1\n"
#define SAID_2 "deliver room=lobby type=move offset=2 id=ann nickname=ANN user=u1 body=hi\n"
	judged_expect(&judged,
		"g1 " SAID_1 "g1 receipt 1 ref=1 room=lobby offset=1\n"
		"g1 " SAID_2 "g1 receipt 1 ref=2 room=lobby offset=2\n"
		"g1 refusal 1 refused ref=3 code=not_now text=wait\n"
		"g2 " SAID_1 "g2 " SAID_2);
	judged_restart(&judged);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	judged_end(&judged);
}

/* What a deadline has ruled is kept as well. */
static void test_killed_after_a_deadline(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judged.settings.absent = ABSENT_WAIT;
	ask(&judged, "1", "");
	turn(&judged);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	judged.settings.absent = ABSENT_REFUSE;
	ask(&judged, "2", "");
	turn(&judged);
	fake_clear(&judged.stored.fake);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	judged_expect(&judged, "g4 withdrawn 2\n");
	judged_restart(&judged);
	judge_hello(&judged);
	judged_expect(&judged,
		"g4 welcome 0\n"
		"g4 guarded 1 again in=2000 room=lobby type=chat id=ann user=u1\n");
	judge_rules(&judged, judged_ask(&judged, 0), RULING_REFUSE);
	turn(&judged);
	judged_expect(&judged, "g1 refusal 1 refused ref=1\ng1 refusal 1 handler_timeout ref=2\n");
	judged_end(&judged);
}

static void test_killed_and_settings_changed(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	ask(&judged, "1", "a");
	turn(&judged);
	judged.stored.fake.settings.handler_count = 0;
	stored_kill(&judged.stored);
	stored_open(&judged.stored);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	for (unsigned i = 1; i <= 2; i++)
		stored_hello(&judged.stored, i);
	assert_non_null(
		strstr(buf_cstr(&judged.stored.fake.log), "g1 refusal 1 no_handler ref=1\n"));
	judged_end(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_changed_and_refused),
		cmocka_unit_test(test_nonsense_breaks_the_link),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_taken_meanwhile),
		cmocka_unit_test(test_sender_gone),
		cmocka_unit_test(test_room_gone),
		cmocka_unit_test(test_no_guard_any_more),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_killed_while_rulings_wait),
		cmocka_unit_test(test_killed_after_a_deadline),
		cmocka_unit_test(test_killed_and_settings_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

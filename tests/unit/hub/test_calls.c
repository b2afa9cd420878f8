/* test_calls.c - what clients call: who is asked, and what becomes of it */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/judge.h"

#define ASKED(n) "g4 called " n " in=2000 room=lobby cmd=roll id=ann user=u1\n"

static void begin(struct judged *judged)
{
	judged_begin(judged, HANDLER_CALLS);
}

static void call(struct judged *judged, const char *room, const char *cmd, const char *ref)
{
	fake_say(&judged->stored.fake, 1,
		(struct msg){ .type = MSG_CALL,
			.call = { .conn = 1,
				.room = slice_of(room),
				.cmd = slice_of(cmd),
				.ref = slice_of(ref),
				.body = SLICE("\"sides\":6") } });
}

static void answer(struct judged *judged, uint64_t ask, const char *error, const char *body)
{
	fake_say(&judged->stored.fake, JUDGE,
		(struct msg){ .type = MSG_ANSWER,
			.answer = { .ask = ask,
				.error = slice_of(error),
				.text = *error ? SLICE("no") : SLICE(""),
				.body = slice_of(body) } });
	judged_turn(judged);
}

static void test_answered(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	call(&judged, "lobby", "roll", "2");
	judged_turn(&judged);
	judged_expect(&judged, "g1 ack 3\n" ASKED("1") ASKED("2"));
	answer(&judged, judged_ask(&judged, 1), "", "\"eyes\":4");
	judged_expect(&judged, "g1 result 1 ref=2 room=lobby body=\"eyes\":4\n");
	answer(&judged, judged_ask(&judged, 0), "", "");
	judged_expect(&judged, "g1 result 1 ref=1 room=lobby\n");
	answer(&judged, 7, "", "");
	judged_expect(&judged, "");
	assert_int_equal(counter_get(COUNTER_HUB_ANSWERS_STALE), 1);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_ANSWERED), 2);
	judged_end(&judged);
}

static void test_refused(void **state)
{
	static const struct {
		const char *error, *body, *expected;
	} rows[] = {
		{ "no_dice", "", "g1 refusal 1 refused ref=1 code=no_dice text=no\n" },
		{ "No dice", "", "g1 refusal 1 refused ref=1\n" },
		{ "", "\"eyes\":", "g1 refusal 1 refused ref=1\n" },
	};
	struct judged judged;

	(void)state;
	begin(&judged);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		call(&judged, "lobby", "roll", "1");
		judged_turn(&judged);
		fake_clear(&judged.stored.fake);
		answer(&judged, judged_ask(&judged, 0), rows[i].error, rows[i].body);
		judged_expect(&judged, rows[i].expected);
	}
	assert_int_equal(counter_get(COUNTER_HUB_ANSWERS_BAD), 2);
	judged_end(&judged);
}

static void test_not_asked(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "", "1");
	call(&judged, "other", "roll", "2");
	judged_turn(&judged);
	judged_expect(&judged,
		"g1 ack 3\ng1 refusal 1 bad_message ref=1\ng1 refusal 1 not_in_room ref=2\n");
	fake_join(&judged.stored.fake, 1, 1, "other", NULL);
	judged_turn(&judged);
	fake_clear(&judged.stored.fake);
	/* it may not serve that one */
	call(&judged, "other", "roll", "3");
	for (unsigned i = 0; i < 4; i++)
		call(&judged, "lobby", "roll", "4");
	judged_turn(&judged);
	judged_expect(&judged,
		"g1 ack 9\ng1 refusal 1 no_handler ref=3\n"
		"g1 refusal 1 unavailable ref=4\n" ASKED("1") ASKED("2") ASKED("3"));
	judged_end(&judged);
}

static void test_late(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judged.settings.absent = ABSENT_WAIT;
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	fake_clear(&judged.stored.fake);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	judged_expect(&judged, "g1 refusal 1 handler_timeout ref=1\ng4 withdrawn 1\n");
	judged_end(&judged);
}

/* Who is away is waited for, until its deadline. */
static void test_away(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judge_down(&judged);
	call(&judged, "lobby", "roll", "1");
	judge_hello(&judged);
	judged_expect(&judged, "g4 welcome 0\ng1 ack 2\n" ASKED("1"));
	answer(&judged, judged_ask(&judged, 0), "", "");
	judge_down(&judged);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	fake_clear(&judged.stored.fake);
	call(&judged, "lobby", "roll", "2");
	judged_turn(&judged);
	judged_expect(&judged, "g1 ack 3\ng1 refusal 1 no_handler ref=2\n");
	judged_end(&judged);
}

static void test_caller_gone(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	fake_clear(&judged.stored.fake);
	fake_disconnect(&judged.stored.fake, 1, 1, true);
	judged_turn(&judged);
	assert_non_null(strstr(buf_cstr(&judged.stored.fake.log), "g4 withdrawn 1\n"));
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	judged_end(&judged);
}

/* What is answered while the caller is away waits for it. */
static void come_back(struct judged *judged)
{
	fake_connect_as(&judged->stored.fake, 2, 5, "ann", "lobby", "u1", FAKE_KEY_A);
	judged_turn(judged);
}

static const char *line_of(struct judged *judged, const char *line)
{
	return strstr(buf_cstr(&judged->stored.fake.log), line);
}

static void lose_caller(struct judged *judged)
{
	fake_disconnect(&judged->stored.fake, 1, 1, false);
	judged_turn(judged);
	fake_clear(&judged->stored.fake);
}

static void test_caller_away(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	for (unsigned ref = 0; ref < 3; ref++)
		call(&judged, "lobby", "roll", (const char *[]){ "1", "2", "3" }[ref]);
	judged_turn(&judged);
	lose_caller(&judged);
	answer(&judged, judged_ask(&judged, 1), "", "\"eyes\":4");
	answer(&judged, judged_ask(&judged, 0), "no_dice", "");
	judged_expect(&judged, "");
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 2);
	/* given again: it has been */
	answer(&judged, judged_ask(&judged, 0), "", "");
	assert_int_equal(counter_get(COUNTER_HUB_ANSWERS_STALE), 1);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	fake_clear(&judged.stored.fake);
	come_back(&judged);
	assert_non_null(line_of(&judged, "g2 refusal 5 refused ref=1 code=no_dice text=no\n"));
	assert_non_null(line_of(&judged, "g2 result 5 ref=2 room=lobby body=\"eyes\":4\n"));
	assert_non_null(line_of(&judged, "g2 refusal 5 handler_timeout ref=3\n"));
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_LATE), 3);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 0);
	judged_end(&judged);
}

/* It is kept over the hub's death, and is told once; nor when no one comes for it. */
static void test_answer_killed(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	lose_caller(&judged);
	answer(&judged, judged_ask(&judged, 0), "", "\"eyes\":4");
	for (unsigned i = 0; i < 2; i++) {
		judged_restart(&judged);
		assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 1);
		judge_hello(&judged);
		assert_null(line_of(&judged, "called"));
	}
	come_back(&judged);
	assert_non_null(line_of(&judged, "g2 result 5 ref=1 room=lobby body=\"eyes\":4\n"));
	judged_restart(&judged);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 0);
	assert_null(line_of(&judged, "result"));
	judged_end(&judged);
}

/* Who is at a gateway that is away may be gone with it, or not. */
static void test_gateway_away(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	hub_down(judged.stored.fake.hub, judged.stored.fake.peers[1].gateway);
	fake_clear(&judged.stored.fake);
	answer(&judged, judged_ask(&judged, 0), "", "\"eyes\":4");
	judged_expect(&judged, "");
	stored_restart(&judged.stored, 2);
	judged_turn(&judged);
	assert_non_null(line_of(&judged, "g1 result 1 ref=1 room=lobby body=\"eyes\":4\n"));
	judged_end(&judged);
}

/* No more is kept than may be; nor does who never comes back stand in the way of others. */
static void test_answers_full(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	judged.settings.results = 800;
	for (unsigned ref = 0; ref < 3; ref++)
		call(&judged, "lobby", "roll", (const char *[]){ "1", "2", "3" }[ref]);
	judged_turn(&judged);
	lose_caller(&judged);
	for (unsigned i = 0; i < 3; i++)
		answer(&judged, judged_ask(&judged, i), "", "\"eyes\":4");
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 1);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_FULL), 2);
	come_back(&judged);
	assert_non_null(line_of(&judged, "g2 result 5 ref=1 room=lobby body=\"eyes\":4\n"));
	assert_non_null(line_of(&judged, "g2 refusal 5 unavailable ref=2\n"));
	assert_non_null(line_of(&judged, "g2 refusal 5 unavailable ref=3\n"));
	judged_end(&judged);
}

static void test_caller_never_back(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	lose_caller(&judged);
	answer(&judged, judged_ask(&judged, 0), "", "\"eyes\":4");
	stored_pass(&judged.stored, 3600 * 1000);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 0);
	judged_end(&judged);
}

static void test_killed(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	judged_restart(&judged);
	judge_hello(&judged);
	judged_expect(&judged,
		"g4 welcome 0\ng4 called 1 again in=2000 room=lobby cmd=roll id=ann user=u1\n");
	/* by whoever has its connection now */
	fake_connect_as(&judged.stored.fake, 2, 5, "ann", "lobby", "u1", FAKE_KEY_A);
	judged_turn(&judged);
	fake_clear(&judged.stored.fake);
	answer(&judged, judged_ask(&judged, 0), "", "\"eyes\":4");
	judged_expect(&judged, "g2 result 5 ref=1 room=lobby body=\"eyes\":4\n");
	judged_end(&judged);
}

/* What the handler was asked by someone who is not known any more is forgotten. */
static void test_killed_and_gone(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	journal_remove_conn(judged.stored.journal, 1);
	assert_int_equal(journal_commit(judged.stored.journal), 0);
	judged_restart(&judged);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
	judged_restart(&judged);
	judged_end(&judged);
}

static void call_api(struct judged *judged, uint64_t number, const char *room, const char *mid)
{
	fake_say(&judged->stored.fake, 1,
		(struct msg){ .type = MSG_API_CALL,
			.api_call = { .call = number,
				.user = SLICE("shop"),
				.room = slice_of(room),
				.cmd = SLICE("roll"),
				.mid = slice_of(mid),
				.body = SLICE("\"sides\":6") } });
	judged_turn(judged);
}

static bool said(struct judged *judged, const char *what)
{
	bool found = strstr(buf_cstr(&judged->stored.fake.log), what) != NULL;

	fake_clear(&judged->stored.fake);
	return found;
}

/* Who asks again is told the same, and the handler is asked once. */
static void test_api(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call_api(&judged, 1, "lobby", "m");
	assert_true(said(&judged, "g4 called 1 in=2000 room=lobby cmd=roll id=api user=shop\n"));
	call_api(&judged, 2, "lobby", "m");
	assert_false(said(&judged, "called"));
	answer(&judged, judged_ask(&judged, 0), "", "\"eyes\":4");
	assert_true(said(&judged, "g1 api_result 2 body=\"eyes\":4\n"));
	call_api(&judged, 3, "lobby", "m");
	assert_true(said(&judged, "g1 api_result 3 body=\"eyes\":4\n"));
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS), 1);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 1);
	stored_pass(&judged.stored, MIDS_MS);
	judged_turn(&judged);
	assert_int_equal(counter_get(COUNTER_HUB_RESULTS_KEPT), 0);
	judged_end(&judged);
}

static void test_api_not_answered(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call_api(&judged, 1, "elsewhere", "");
	assert_true(said(&judged, "no_handler"));
	call_api(&judged, 2, "lobby", "");
	fake_clear(&judged.stored.fake);
	stored_pass(&judged.stored, JUDGE_DEADLINE);
	assert_true(said(&judged, "handler_timeout"));
	call_api(&judged, 3, "lobby", "");
	fake_clear(&judged.stored.fake);
	answer(&judged, judged_ask(&judged, 0), "no_dice", "");
	assert_true(said(&judged, "g1 api_result 3 code=no_dice text=no\n"));
	judged_end(&judged);
}

static void test_settings(void **state)
{
	struct judged judged;

	(void)state;
	begin(&judged);
	call(&judged, "lobby", "roll", "1");
	judged_turn(&judged);
	fake_clear(&judged.stored.fake);
	judged.stored.fake.peers[JUDGE].gateway = NULL;
	judge_down(&judged);
	judged.stored.fake.settings.handler_count = 0;
	judged_configure(&judged);
	judged_turn(&judged);
	assert_non_null(
		strstr(buf_cstr(&judged.stored.fake.log), "g1 refusal 1 no_handler ref=1\n"));
	judged_end(&judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_caller_gone),
		cmocka_unit_test(test_caller_away),
		cmocka_unit_test(test_answer_killed),
		cmocka_unit_test(test_gateway_away),
		cmocka_unit_test(test_answers_full),
		cmocka_unit_test(test_caller_never_back),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_killed_and_gone),
		cmocka_unit_test(test_api),
		cmocka_unit_test(test_api_not_answered),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

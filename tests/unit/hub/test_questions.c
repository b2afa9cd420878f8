/* test_questions.c - what handlers are asked: order, states, deadlines, ids */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/questions.h"
#include "proto/counters.h"

static const struct mono never = { UINT64_MAX };
enum { WALL = 1000, FIRST = (WALL << 16) + 1 };

static struct mono at(uint64_t ns)
{
	return (struct mono){ ns };
}

static struct question *publish(
	struct desk *desk, const char *sender, const char *room, const char *mid, struct mono due)
{
	struct msg msg = { .type = MSG_PUBLISH,
		.publish = { .conn = 1,
			.room = slice_of(room),
			.type = SLICE("chat"),
			.ref = SLICE("7"),
			.mid = slice_of(mid),
			.body = SLICE("\"n\":1") } };
	struct question_sender from = { .serial = 3, .id = slice_of(sender) };

	return question_new(desk, &from, &msg, 5000, due);
}

static struct question *call(struct desk *desk, struct mono due)
{
	struct msg msg = { .type = MSG_CALL,
		.call = { .conn = 1, .room = SLICE("r"), .cmd = SLICE("roll") } };
	struct question_sender from = { .serial = 3, .id = SLICE("ann") };

	return question_new(desk, &from, &msg, 5000, due);
}

static void test_numbers(void **state)
{
	struct questions questions;
	struct question *first, *second;
	struct desk *desk;

	(void)state;
	questions_init(&questions, WALL);
	desk = desk_open(&questions, SLICE("bot"));
	assert_ptr_equal(desk_open(&questions, SLICE("bot")), desk);
	assert_null(desk_find(&questions, SLICE("other")));
	first = publish(desk, "ann", "r", "", never);
	second = call(desk, never);
	assert_int_equal(first->id, FIRST);
	assert_int_equal(second->id, FIRST + 1);
	assert_non_null(first->lane);
	assert_null(second->lane);
	assert_ptr_equal(question_find(&questions, FIRST + 1), second);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 2);
	question_free(second);
	assert_null(question_find(&questions, FIRST + 1));
	/* a number is not given again, also when the journal has a greater one */
	assert_int_equal(call(desk, never)->id, FIRST + 2);
	questions.last_id = 99 + ((uint64_t)WALL << 16);
	assert_int_equal(call(desk, never)->id, 100 + ((uint64_t)WALL << 16));
	questions_done(&questions);
	assert_int_equal(counter_get(COUNTER_HUB_QUESTIONS_WAITING), 0);
}

static void test_states(void **state)
{
	struct question *q[4];
	struct questions questions;
	struct desk *desk;

	(void)state;
	questions_init(&questions, WALL);
	desk = desk_open(&questions, SLICE("bot"));
	for (size_t i = 0; i < 4; i++)
		q[i] = publish(desk, "ann", "r", "", never);
	assert_ptr_equal(desk_first(desk, QUESTION_WAITING), q[0]);
	question_set_state(q[0], QUESTION_FRESH);
	question_set_state(q[1], QUESTION_FRESH);
	question_set_state(q[0], QUESTION_OUT);
	assert_int_equal(desk->out, q[0]->message.len + q[1]->message.len);
	assert_ptr_equal(desk_first(desk, QUESTION_WAITING), q[2]);
	question_set_state(q[2], QUESTION_DECIDED);
	assert_ptr_equal(desk_first(desk, QUESTION_WAITING), q[3]);
	/* those that were asked come first, in their order */
	desk_rewind(desk);
	assert_int_equal(desk->out, 0);
	for (size_t i = 0; i < 4; i++) {
		if (i == 2)
			continue;
		assert_ptr_equal(desk_first(desk, QUESTION_WAITING), q[i]);
		assert_int_equal(q[i]->again, i < 2);
		question_set_state(q[i], QUESTION_OUT);
	}
	/* a ruling on the last is kept until those before it have theirs */
	assert_ptr_equal(lane_first(q[3]->lane), q[0]);
	questions_done(&questions);
}

static void test_deadlines(void **state)
{
	struct questions questions;
	struct question *q[3];
	struct desk *desk;

	(void)state;
	questions_init(&questions, WALL);
	desk = desk_open(&questions, SLICE("bot"));
	assert_null(desk_soonest(desk));
	q[0] = publish(desk, "ann", "r", "", at(30));
	q[1] = publish(desk, "ann", "r", "", at(10));
	q[2] = publish(desk, "ann", "r", "", never);
	assert_ptr_equal(desk_soonest(desk), q[1]);
	question_set_due(q[2], at(5));
	assert_ptr_equal(desk_soonest(desk), q[2]);
	question_set_due(q[2], never);
	question_set_state(q[1], QUESTION_DECIDED);
	assert_ptr_equal(desk_soonest(desk), q[0]);
	question_free(q[0]);
	assert_null(desk_soonest(desk));
	questions_done(&questions);
}

static void test_mids(void **state)
{
	struct questions questions;
	struct question *first, *second;
	struct desk *desk;
	struct msg msg;

	(void)state;
	questions_init(&questions, WALL);
	desk = desk_open(&questions, SLICE("bot"));
	assert_null(question_by_mid(&questions, SLICE("ann"), SLICE("m1")));
	first = publish(desk, "ann", "r", "m1", never);
	second = publish(desk, "bob", "r", "m1", never);
	assert_ptr_equal(question_by_mid(&questions, SLICE("ann"), SLICE("m1")), first);
	assert_ptr_equal(question_by_mid(&questions, SLICE("bob"), SLICE("m1")), second);
	assert_null(question_by_mid(&questions, SLICE("ann"), SLICE("")));
	assert_null(question_by_mid(&questions, SLICE("an"), SLICE("nm1")));
	question_set_state(first, QUESTION_OUT);
	question_message(first, &msg);
	msg.publish.ref = SLICE("\"another\"");
	question_set_message(first, &msg);
	question_message(first, &msg);
	assert_true(slice_eq(msg.publish.ref, SLICE("\"another\"")));
	assert_true(slice_eq(msg.publish.body, SLICE("\"n\":1")));
	assert_int_equal(desk->out, first->message.len);
	question_free(first);
	assert_int_equal(desk->out, 0);
	assert_null(question_by_mid(&questions, SLICE("ann"), SLICE("m1")));
	questions_done(&questions);
}

static void test_lanes_and_desks(void **state)
{
	struct questions questions;
	struct question *one, *two, *three;
	struct desk *bot, *other;

	(void)state;
	questions_init(&questions, WALL);
	bot = desk_open(&questions, SLICE("bot"));
	other = desk_open(&questions, SLICE("other"));
	one = publish(bot, "ann", "r", "", at(10));
	two = publish(other, "ann", "r", "", at(20));
	three = publish(bot, "ann", "r2", "", at(30));
	assert_ptr_equal(one->lane, two->lane);
	assert_ptr_not_equal(one->lane, three->lane);
	question_set_state(one, QUESTION_OUT);
	question_move(one, other);
	assert_ptr_equal(desk_first(other, QUESTION_WAITING), one);
	assert_ptr_equal(desk_soonest(other), one);
	assert_ptr_equal(lane_first(two->lane), one);
	assert_int_equal(bot->count, 1);
	assert_int_equal(bot->out, 0);
	question_free(three);
	desks_tidy(&questions);
	assert_null(desk_find(&questions, SLICE("bot")));
	assert_ptr_equal(desk_find(&questions, SLICE("other")), other);
	questions_done(&questions);
}

static void test_restored(void **state)
{
	struct question_sender from = { .serial = 3, .id = SLICE("ann") };
	struct questions questions;
	struct question *question;
	struct buf bytes = { .cap = 0 };
	struct desk *desk;
	struct msg msg = { .type = MSG_PUBLISH,
		.publish = { .room = SLICE("r"), .type = SLICE("chat"), .mid = SLICE("m") } };

	(void)state;
	msg_encode(&bytes, &msg);
	questions_init(&questions, WALL);
	desk = desk_open(&questions, SLICE("bot"));
	question = question_restore(
		desk, (uint64_t)FIRST + 70, &from, buf_slice(&bytes), 9, at(10));
	assert_true(question->again && question->stored);
	assert_true(list_empty(&questions.dirty));
	assert_ptr_equal(question_by_mid(&questions, SLICE("ann"), SLICE("m")), question);
	assert_null(
		question_restore(desk, (uint64_t)FIRST + 70, &from, buf_slice(&bytes), 9, at(10)));
	for (size_t cut = 0; cut < bytes.len; cut++)
		assert_null(
			question_restore(desk, 5, &from, slice_make(bytes.data, cut), 9, at(10)));
	assert_int_equal(call(desk, never)->id, FIRST + 71);
	assert_int_equal(questions.removed.len, 0);
	question_free(question);
	assert_int_equal(questions.removed.len, sizeof(uint64_t));
	questions_done(&questions);
	buf_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_mids),
		cmocka_unit_test(test_lanes_and_desks),
		cmocka_unit_test(test_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_queue.c - order in a room, rooms apart, what is acknowledged, retries, giving up */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/webhook/queue.h"

static void in_order_in_a_room(void **state)
{
	struct delivery *a, *b;

	(void)state;
	put(1, "a");
	put(2, "a");
	put(3, "b");
	a = next(1, 1);
	b = next(3, 1);
	none();
	assert_int_equal(queue_handled(queue), 0);
	assert_int_equal(done(b, VERDICT_ACCEPTED).accepted, 1);
	assert_int_equal(queue_handled(queue), 0);
	assert_int_equal(done(a, VERDICT_ACCEPTED).accepted, 1);
	assert_int_equal(queue_handled(queue), 1);
	done(next(2, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 3);
	assert_int_equal(queue_waiting(queue), 0);
	assert_int_equal(queue_bytes(queue), 0);
	none();
}

static void a_failure_is_its_rooms_own(void **state)
{
	struct mono when;

	(void)state;
	put(1, "a");
	put(2, "b");
	put(3, "a");
	assert_int_equal(done(next(1, 1), VERDICT_FAILED).wait, 500);
	done(next(2, 1), VERDICT_ACCEPTED);
	none();
	assert_true(queue_wake(queue, &when));
	assert_int_equal(mono_ms_until(now, when), 500);
	pass(499);
	none();
	pass(1);
	assert_int_equal(done(next(1, 1), VERDICT_FAILED).wait, 1000);
	pass(1000);
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(done(next(3, 1), VERDICT_FAILED).wait, 500);
	assert_int_equal(queue_handled(queue), 2);
}

static void all_wait_for_one_that_is_away(void **state)
{
	struct delivery *a, *b, *c;
	struct mono when;

	(void)state;
	put(1, "a");
	put(2, "b");
	put(3, "c");
	a = next(1, 1);
	b = next(2, 1);
	c = next(3, 1);
	assert_int_equal(done(a, VERDICT_AWAY).wait, 500);
	assert_int_equal(done(b, VERDICT_AWAY).wait, 500); /* together: one try */
	assert_int_equal(asked(c, VERDICT_AWAY, 3000).wait, 3000);
	pass(2999);
	none();
	assert_true(queue_wake(queue, &when));
	assert_int_equal(mono_ms_until(now, when), 1);
	pass(1);
	a = next(1, 1);
	none(); /* one tries for all */
	assert_false(queue_wake(queue, &when));
	assert_int_equal(done(a, VERDICT_AWAY).wait, 1000);
	none();
	pass(1000);
	done(next(2, 1), VERDICT_ACCEPTED);
	done(next(3, 1), VERDICT_ACCEPTED);
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 3);
}

static void what_is_refused_is_given_up(void **state)
{
	(void)state;
	put(1, "a");
	put(2, "a");
	assert_int_equal(done(next(1, 1), VERDICT_REFUSED).wait, 500);
	pass(500);
	assert_int_equal(done(next(1, 1), VERDICT_REFUSED).wait, 1000);
	pass(1000);
	assert_int_equal(done(next(1, 1), VERDICT_REFUSED).dead, 1);
	assert_int_equal(queue_handled(queue), 1);
	assert_int_equal(done(next(2, 1), VERDICT_REFUSED).dead, 0);
}

static void what_is_old_is_given_up(void **state)
{
	struct queue_result result;

	(void)state;
	put(1, "a");
	pass(99999);
	put(2, "a");
	assert_int_equal(done(next(1, 1), VERDICT_FAILED).dead, 0);
	pass(500);
	result = done(next(1, 1), VERDICT_FAILED);
	assert_int_equal(result.dead, 1);
	assert_int_equal(result.wait, 1000); /* no reason to hurry with the next */
	pass(1000);
	done(next(2, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 2);
}

static void gone_until_it_is_resumed(void **state)
{
	struct mono when;

	(void)state;
	put(1, "a");
	put(2, "b");
	assert_int_equal(done(next(1, 1), VERDICT_GONE).dead, 0);
	assert_true(queue_paused(queue));
	none();
	assert_false(queue_wake(queue, &when));
	pass(1000000);
	none();
	queue_resume(queue);
	assert_false(queue_paused(queue));
	done(next(2, 1), VERDICT_ACCEPTED);
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 2);
}

static void several_in_a_request(void **state)
{
	struct buf body = { .cap = 0 };
	struct delivery *delivery;

	(void)state;
	limit(3, 4);
	for (uint64_t seq = 1; seq <= 5; seq++)
		put(seq, "a");
	delivery = next(1, 3);
	queue_put_body(queue, delivery, &body);
	assert_string_equal(buf_cstr(&body), "{\"events\":[{},{},{}]}");
	done(delivery, VERDICT_ACCEPTED);
	delivery = next(4, 2);
	put(6, "a");
	done(delivery, VERDICT_FAILED);
	pass(500);
	done(next(4, 2), VERDICT_ACCEPTED); /* the same again: it has the same id */
	done(next(6, 1), VERDICT_ACCEPTED);
	buf_done(&body);
}

/* Of those that were refused together it is found which is not wanted. */
static void one_of_several_is_refused(void **state)
{
	(void)state;
	limit(10, 4);
	for (uint64_t seq = 1; seq <= 3; seq++)
		put(seq, "a");
	assert_int_equal(done(next(1, 3), VERDICT_REFUSED).wait, 0);
	done(next(1, 1), VERDICT_ACCEPTED);
	done(next(2, 2), VERDICT_REFUSED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(done(next(2, 1), VERDICT_REFUSED).dead, 0);
		pass(8000);
	}
	assert_int_equal(done(next(2, 1), VERDICT_REFUSED).dead, 1);
	done(next(3, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 3);
}

static void so_many_at_a_time(void **state)
{
	struct delivery *first;

	(void)state;
	limit(1, 2);
	put(1, "a");
	put(2, "b");
	put(3, "c");
	first = next(1, 1);
	next(2, 1);
	none();
	assert_int_equal(queue_sending(queue), 2);
	done(first, VERDICT_ACCEPTED);
	next(3, 1);
}

/* The hub sends again what was not acknowledged, some of it done already. */
static void what_comes_again_is_known(void **state)
{
	struct delivery *b;

	(void)state;
	put(1, "a");
	put(2, "b");
	put(3, "c");
	next(1, 1);
	b = next(2, 1);
	done(b, VERDICT_ACCEPTED);
	queue_relinked(queue);
	for (uint64_t seq = 1; seq <= 3; seq++)
		assert_int_equal(queue_take(queue, seq, wall), QUEUE_KNOWN);
	put(4, "d");
	assert_int_equal(queue_waiting(queue), 3);
	assert_int_equal(queue_handled(queue), 0);
}

static void what_is_not_wanted_is_dealt_with(void **state)
{
	(void)state;
	assert_int_equal(queue_take(queue, 1, 5), QUEUE_NEW);
	assert_int_equal(queue_handled(queue), 1);
	put(2, "a");
	assert_int_equal(queue_take(queue, 3, 5), QUEUE_NEW);
	assert_int_equal(queue_handled(queue), 1);
	done(next(2, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 3);
}

/* A hub that had forgotten us goes on with numbers that were of other events. */
static void numbers_begin_anew(void **state)
{
	struct delivery *a;

	(void)state;
	put(1, "a");
	put(2, "b");
	a = next(1, 1);
	pass(5000000);
	queue_relinked(queue);
	assert_int_equal(queue_take(queue, 1, wall), QUEUE_ANEW);
	queue_put(queue, SLICE("a"), &(struct body_id){ .seq = 1, .stamp = wall }, SLICE("{}"));
	done(a, VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 0);
	done(next(2, 1), VERDICT_ACCEPTED);
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 1);
	queue_renumber(queue);
	assert_int_equal(queue_handled(queue), 0);
}

/* What is told of what was dropped has no time, and is of events that may be here. */
static void what_is_missed_is_no_other_event(void **state)
{
	(void)state;
	put(1, "a");
	put(2, "b");
	queue_relinked(queue);
	assert_int_equal(queue_take(queue, 2, 0), QUEUE_KNOWN);
	assert_int_equal(queue_last(queue), 2);
	assert_int_equal(queue_take(queue, 5, 0), QUEUE_NEW);
	assert_int_equal(queue_last(queue), 5);
	done(next(1, 1), VERDICT_ACCEPTED);
	done(next(2, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 5);
	assert_int_equal(queue_bytes(queue), 0);
}

/* Two of one number: both have to be delivered. */
static void a_number_may_be_two(void **state)
{
	const struct body_id room = { .seq = 1, .stamp = 1, .of_room = true }, own = { .seq = 1 };

	(void)state;
	assert_int_equal(queue_take(queue, 1, 1), QUEUE_NEW);
	queue_put(queue, SLICE("a"), &room, SLICE("{}"));
	queue_put(queue, SLICE("a"), &own, SLICE("{}"));
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 0);
	done(next(1, 1), VERDICT_ACCEPTED);
	assert_int_equal(queue_handled(queue), 1);
}

/* ---- whatever the endpoint answers, each room gets its events in order ---- */

enum { ROOMS = 5, EVENTS = 400 };

static enum verdict_kind any_verdict(void)
{
	static const enum verdict_kind kinds[] = { VERDICT_ACCEPTED, VERDICT_ACCEPTED,
		VERDICT_FAILED, VERDICT_AWAY, VERDICT_GONE };

	return kinds[rand() % 5];
}

/* The oldest of those under way is answered. */
static void answer_one(struct delivery **under_way, unsigned *count, uint64_t *reached)
{
	struct delivery *delivery = under_way[0];
	enum verdict_kind kind = any_verdict();
	size_t room = (size_t)(delivery->room.ptr[0] - 'a');

	assert_true(delivery->first.seq > reached[room]);
	if (kind == VERDICT_ACCEPTED)
		reached[room] = delivery->first.seq + (delivery->count - 1) * ROOMS;
	done(delivery, kind);
	memmove(under_way, under_way + 1, --*count * sizeof(*under_way));
	if (queue_paused(queue))
		queue_resume(queue);
}

static void in_order_whatever_is_answered(void **state)
{
	struct queue_limits limits = { 10, 100, 0, 1, 3, 4 };
	struct delivery *under_way[4];
	uint64_t reached[ROOMS] = { 0 }, seq = 0, handled = 0;
	unsigned count = 0;

	(void)state;
	srand(10);
	queue_set_limits(queue, &limits);
	while (queue_handled(queue) < EVENTS) {
		if (seq < EVENTS && rand() % 2) {
			char room[] = { (char)('a' + (seq + 1) % ROOMS), '\0' };

			put(++seq, room);
		}
		while (count < 4 && (under_way[count] = queue_next(queue, now)))
			count++;
		if (count && rand() % 3)
			answer_one(under_way, &count, reached);
		assert_true(queue_handled(queue) >= handled);
		handled = queue_handled(queue);
		pass((uint64_t)rand() % 50);
	}
	for (size_t room = 0; room < ROOMS; room++)
		assert_int_equal(reached[room], room ? EVENTS - ROOMS + room : EVENTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_order_in_a_room),
		TEST(a_failure_is_its_rooms_own),
		TEST(all_wait_for_one_that_is_away),
		TEST(what_is_refused_is_given_up),
		TEST(what_is_old_is_given_up),
		TEST(gone_until_it_is_resumed),
		TEST(several_in_a_request),
		TEST(one_of_several_is_refused),
		TEST(so_many_at_a_time),
		TEST(what_comes_again_is_known),
		TEST(what_is_not_wanted_is_dealt_with),
		TEST(numbers_begin_anew),
		TEST(what_is_missed_is_no_other_event),
		TEST(a_number_may_be_two),
		TEST(in_order_whatever_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_patience.c - what has failed, and waits: until when, in what shape, for how many refusals */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/webhook/queue.h"

/*
 * All rooms wait for an endpoint that is away. When that is over there is only one, which rests for
 * longer by itself: it is waited for, and not looked at all the time.
 */
static void only_one_that_rests_for_longer(void **state)
{
	struct delivery *a, *b;
	struct mono when, due;

	(void)state;
	put(1, "b");
	pass(usual.give_up);
	put(2, "a");
	b = next(1, 1);
	a = next(2, 1);
	asked(a, VERDICT_FAILED, 60000);
	due = mono_after(now, 60000);
	assert_int_equal(done(b, VERDICT_AWAY).dead, 1);
	assert_true(queue_wake(queue, &when));
	assert_int_equal(when.ns, due.ns);
	pass(10000);
	none();
	assert_true(queue_wake(queue, &when));
	assert_int_equal(when.ns, due.ns);
	pass(50000);
	done(next(2, 1), VERDICT_ACCEPTED);
}

/* The same events come again as they came, whatever the settings say by then. */
static void several_that_failed_while_there_may_be_several(void **state)
{
	_cleanup_(buf_done) struct buf body = { .cap = 0 };
	struct delivery *both;

	(void)state;
	limit(10, 4);
	put(1, "a");
	put(2, "a");
	done(next(1, 2), VERDICT_FAILED);
	limit(1, 4);
	pass(500);
	both = next(1, 2);
	queue_put_body(queue, both, &body);
	assert_string_equal(buf_cstr(&body), "{\"events\":[{},{}]}");
	done(both, VERDICT_ACCEPTED);
}

/* What one event was refused is nothing to the next. */
static void refusals_of_one_that_is_old(void **state)
{
	(void)state;
	put(1, "a");
	pass(usual.give_up - 600);
	put(2, "a");
	assert_int_equal(done(next(1, 1), VERDICT_REFUSED).dead, 0);
	pass(600);
	assert_int_equal(done(next(1, 1), VERDICT_REFUSED).dead, 1); /* the second; but it is old */
	for (unsigned refused = 1; refused <= usual.refusals; refused++) {
		pass(usual.retry_most);
		assert_int_equal(done(next(2, 1), VERDICT_REFUSED).dead, refused == usual.refusals);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_one_that_rests_for_longer),
		TEST(several_that_failed_while_there_may_be_several),
		TEST(refusals_of_one_that_is_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

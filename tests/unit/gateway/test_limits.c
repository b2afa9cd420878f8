/* test_limits.c - connections, rooms and slots to come back */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/limits.h"

static void sockets(void **state)
{
	struct limits limits = { .sockets = 0 };
	size_t n = 0;

	(void)state;
	while (limits_take_socket(&limits, 10))
		n++;
	assert_true(n > 10 && n < 1000);
	assert_int_equal(limits.sockets, n);
	limits_give_socket(&limits);
	assert_true(limits_take_socket(&limits, 10));
	assert_false(limits_take_socket(&limits, 10));
	assert_true(limits_take_socket(&limits, 11));
}

static void rooms(void **state)
{
	(void)state;
	assert_true(limits_may_join(0, 0, 1));
	assert_false(limits_may_join(1, 0, 1));
	assert_false(limits_may_join(0, 1, 1));
	assert_true(limits_may_join(100, 27, 128));
	assert_false(limits_may_join(100, 28, 128));
}

static void joins_in_flight(void **state)
{
	struct joins joins = { .seqs = { .cap = 0 } };

	(void)state;
	assert_int_equal(joins_pending(&joins, 0), 0);
	joins_add(&joins, 5);
	joins_add(&joins, 9);
	joins_add(&joins, 10);
	assert_int_equal(joins_pending(&joins, 4), 3);
	assert_int_equal(joins_pending(&joins, 5), 2);
	assert_int_equal(joins_pending(&joins, 8), 2);
	assert_int_equal(joins_pending(&joins, 10), 0);
	assert_null(joins.seqs.data);
	joins_add(&joins, 11);
	assert_int_equal(joins_pending(&joins, 10), 1);
	joins_done(&joins);
}

/* Slots do not overlap, and fill the time. */
static void slots(void **state)
{
	enum { COUNT = 100, SPREAD = 5000 };
	uint32_t before = 0;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		uint32_t earliest = limits_retry_ms(i, COUNT, SPREAD, 0);
		uint32_t latest = limits_retry_ms(i, COUNT, SPREAD, SPREAD / COUNT);

		assert_true(earliest >= before);
		assert_int_equal(latest - earliest, SPREAD / COUNT);
		before = latest;
	}
	assert_true(before >= SPREAD && before <= SPREAD + 1000);
	assert_int_equal(limits_retry_ms(0, 1, 0, 12345), limits_retry_ms(0, 1, 4000, 0));
	for (uint64_t random = 0; random < 20000; random += 7)
		assert_true(limits_retry_ms(99999, 100000, SPREAD, random) <= SPREAD + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets),
		cmocka_unit_test(rooms),
		cmocka_unit_test(joins_in_flight),
		cmocka_unit_test(slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_backlog.c - what waits for a gateway: order, bound, what a new link does not need */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/backlog.h"

struct taker {
	uint64_t seqs[16];
	unsigned count;
	unsigned most; /* it takes so many */
};

static int take(void *arg, const struct msg *msg)
{
	struct taker *taker = arg;

	if (taker->count == taker->most)
		return -EAGAIN;
	taker->seqs[taker->count++] = msg_seq(msg);
	return 0;
}

static bool add(struct backlog *backlog, uint64_t seq)
{
	struct msg msg = { .type = MSG_DELIVER, .deliver = { .seq = seq, .body = SLICE("text") } };

	return backlog_add(backlog, &msg, 1000);
}

static void test_in_order(void **state)
{
	struct backlog backlog = { .count = 0 };
	struct taker taker = { .most = 2 };

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_true(add(&backlog, seq));
	assert_int_equal(backlog_drain(&backlog, take, &taker), -EAGAIN);
	assert_int_equal(backlog.count, 3);
	assert_true(add(&backlog, 6));
	taker.most = 16;
	assert_int_equal(backlog_drain(&backlog, take, &taker), 0);
	assert_int_equal(backlog.count, 0);
	assert_int_equal(taker.count, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(taker.seqs[i], i + 1);
	assert_int_equal(backlog_drain(&backlog, take, &taker), 0);
	assert_int_equal(taker.count, 6);
	backlog_clear(&backlog);
}

static void test_bound(void **state)
{
	struct backlog backlog = { .count = 0 };
	struct taker taker = { .most = 16 };
	unsigned count = 0;

	(void)state;
	while (add(&backlog, count + 1))
		count++;
	assert_in_range(count, 5, 15);
	assert_true(backlog.bytes.len <= 1000);
	assert_false(add(&backlog, 99));
	assert_int_equal(backlog_drain(&backlog, take, &taker), 0);
	assert_int_equal(taker.count, count);
	assert_int_equal(taker.seqs[count - 1], count);
	assert_true(add(&backlog, 1));
	assert_int_equal(backlog_clear(&backlog), 1);
	assert_int_equal(backlog_clear(&backlog), 0);
}

static void test_new_link(void **state)
{
	struct backlog backlog = { .count = 0 };
	struct taker taker = { .most = 16 };
	struct msg ack = { .type = MSG_ACK, .ack = { .applied = 7 } };
	struct msg settled = { .type = MSG_SETTLED };

	(void)state;
	backlog_drop_unnumbered(&backlog);
	assert_true(backlog_add(&backlog, &settled, 1000));
	assert_true(add(&backlog, 1));
	assert_true(backlog_add(&backlog, &ack, 1000));
	assert_true(add(&backlog, 2));
	backlog_drop_unnumbered(&backlog);
	assert_int_equal(backlog.count, 2);
	assert_int_equal(backlog_first(&backlog), 1);
	assert_int_equal(backlog_drain(&backlog, take, &taker), 0);
	assert_int_equal(taker.count, 2);
	assert_int_equal(taker.seqs[0], 1);
	assert_int_equal(taker.seqs[1], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_new_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

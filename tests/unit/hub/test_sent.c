/* test_sent.c - what a broken link may have lost: after which number, in which order, how much */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/sent.h"

struct taker {
	uint64_t seqs[64];
	unsigned count;
};

static int take(void *arg, const struct msg *msg)
{
	struct taker *taker = arg;

	taker->seqs[taker->count++] = msg_seq(msg);
	return 0;
}

static struct msg deliver(uint64_t seq)
{
	return (struct msg){ .type = MSG_DELIVER,
		.deliver = { .seq = seq, .body = SLICE("text") } };
}

static void add(struct sent *sent, uint64_t first, uint64_t last, size_t max)
{
	for (uint64_t seq = first; seq <= last; seq++) {
		struct msg msg = deliver(seq);

		sent_add(sent, &msg, max);
	}
}

static void expect(struct backlog *backlog, uint64_t first, uint64_t last)
{
	struct taker taker = { .count = 0 };

	assert_int_equal(backlog->count, last + 1 - first);
	assert_int_equal(backlog_drain(backlog, take, &taker), 0);
	assert_int_equal(taker.count, last + 1 - first);
	for (unsigned i = 0; i < taker.count; i++)
		assert_int_equal(taker.seqs[i], first + i);
	backlog_clear(backlog);
}

static void test_after_what_was_seen(void **state)
{
	struct sent sent = { .older = { .cap = 0 } };
	struct backlog backlog = { .count = 0 };

	(void)state;
	add(&sent, 1, 10, SENT_MAX);
	assert_int_equal(sent_again(&sent, 7, &backlog), 3);
	expect(&backlog, 8, 10);
	assert_int_equal(sent_again(&sent, 0, &backlog), 0);
	add(&sent, 11, 12, SENT_MAX);
	assert_int_equal(sent_again(&sent, 12, &backlog), 0);
	expect(&backlog, 1, 0);
}

static void test_before_what_waits(void **state)
{
	struct sent sent = { .older = { .cap = 0 } };
	struct backlog backlog = { .count = 0 };

	(void)state;
	add(&sent, 1, 5, SENT_MAX);
	for (uint64_t seq = 6; seq <= 9; seq++) {
		struct msg msg = deliver(seq);

		assert_true(backlog_add(&backlog, &msg, BACKLOG_MAX));
	}
	assert_int_equal(sent_again(&sent, 3, &backlog), 2);
	expect(&backlog, 4, 9);
}

static void test_the_newest_half_is_kept(void **state)
{
	struct sent sent = { .older = { .cap = 0 } };
	struct backlog backlog = { .count = 0 };
	unsigned kept;

	(void)state;
	add(&sent, 1, 1000, 1024);
	assert_true(sent.older.len + sent.newer.len <= 1024 + 200);
	kept = sent_again(&sent, 0, &backlog);
	assert_in_range(kept, 4, 32);
	expect(&backlog, 1001 - kept, 1000);
}

static void test_only_what_is_numbered(void **state)
{
	struct sent sent = { .older = { .cap = 0 } };
	struct backlog backlog = { .count = 0 };
	struct msg msg = { .type = MSG_ACK, .ack = { .applied = 5 } };

	(void)state;
	sent_add(&sent, &msg, SENT_MAX);
	assert_int_equal(sent_again(&sent, 0, &backlog), 0);
	sent_clear(&sent);
	backlog_clear(&backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_what_was_seen),
		cmocka_unit_test(test_before_what_waits),
		cmocka_unit_test(test_the_newest_half_is_kept),
		cmocka_unit_test(test_only_what_is_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_unacked.c - numbers, order, acknowledgement and resending */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "gateway/unacked.h"
#include "proto/counters.h"

enum { MAX = 4096 };

static uint64_t push(struct unacked *unacked, uint64_t conn, size_t len)
{
	static char body[MAX];
	struct msg msg = { .type = MSG_PUBLISH,
		.publish = { .conn = conn, .room = SLICE("r"), .body = { body, len } } };

	return unacked_push(unacked, &msg);
}

/* What was pushed last, with nothing unsent before it, is there as it is said. */
static void newest(void **state)
{
	struct unacked unacked = { .max = MAX };
	struct msg msg;

	(void)state;
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct slice bytes;

		assert_int_equal(push(&unacked, seq * 10, 5), seq);
		bytes = unacked_newest(&unacked);
		assert_int_equal(msg_decode(&bytes, &msg), 0);
		assert_int_equal(bytes.len, 0);
		assert_int_equal(msg.publish.seq, seq);
		assert_int_equal(msg.publish.conn, seq * 10);
		unacked_sent(&unacked);
	}
	unacked_done(&unacked);
}

/* All that is not sent, in order; says the first and last number. */
static unsigned drain(struct unacked *unacked, uint64_t *ret_first, uint64_t *ret_last)
{
	unsigned count = 0;
	struct msg msg;

	while (unacked_peek(unacked, &msg)) {
		assert_int_equal(msg.type, MSG_PUBLISH);
		assert_int_equal(msg.publish.conn, msg.publish.seq * 10);
		if (count++ == 0)
			*ret_first = msg.publish.seq;
		else
			assert_int_equal(msg.publish.seq, *ret_last + 1);
		*ret_last = msg.publish.seq;
		unacked_sent(unacked);
	}
	return count;
}

static void numbers(void **state)
{
	struct unacked unacked = { .max = MAX };
	struct msg msg = { .type = MSG_LEAVE, .leave = { .room = SLICE("x") } };
	uint64_t first, last;

	(void)state;
	assert_false(unacked_peek(&unacked, &msg));
	assert_int_equal(push(&unacked, 10, 5), 1);
	assert_int_equal(push(&unacked, 20, 0), 2);
	assert_int_equal(push(&unacked, 30, 9), 3);
	assert_int_equal(drain(&unacked, &first, &last), 3);
	assert_int_equal(first, 1);
	assert_int_equal(last, 3);
	assert_int_equal(unacked_push(&unacked, &msg), 4);
	assert_int_equal(msg.leave.seq, 4);
	unacked_done(&unacked);
	assert_int_equal(counter_get(COUNTER_GATEWAY_UNACKED_BYTES), 0);
}

static void sent_again(void **state)
{
	struct unacked unacked = { .max = MAX };
	uint64_t first = 0, last = 0;

	(void)state;
	for (uint64_t i = 1; i <= 5; i++)
		push(&unacked, i * 10, 3);
	drain(&unacked, &first, &last);
	assert_int_equal(unacked_ack(&unacked, 2), 0);
	push(&unacked, 60, 3);
	unacked_rewind(&unacked);
	assert_int_equal(drain(&unacked, &first, &last), 4);
	assert_int_equal(first, 3);
	assert_int_equal(last, 6);
	/* a hub that has applied what this link has not carried yet */
	push(&unacked, 70, 3);
	push(&unacked, 80, 3);
	assert_int_equal(unacked_ack(&unacked, 7), 0);
	assert_int_equal(drain(&unacked, &first, &last), 1);
	assert_int_equal(first, 8);
	unacked_done(&unacked);
}

static void bad_acks(void **state)
{
	struct unacked unacked = { .max = MAX };

	(void)state;
	push(&unacked, 10, 3);
	push(&unacked, 20, 3);
	assert_int_equal(unacked_ack(&unacked, 3), -EINVAL);
	assert_int_equal(unacked.acked, 0);
	assert_int_equal(unacked_ack(&unacked, 2), 0);
	assert_int_equal(unacked_ack(&unacked, 1), 0);
	assert_int_equal(unacked.acked, 2);
	assert_int_equal(unacked_bytes(&unacked), 0);
	assert_int_equal(counter_get(COUNTER_GATEWAY_UNACKED_BYTES), 0);
	unacked_done(&unacked);
}

/* What was refused is not said again; its number is. */
/* What was once given to the link may have been applied, whatever has become of the link since. */
static void withdrawn(void **state)
{
	struct unacked unacked = { .max = MAX };
	uint64_t first, last;
	struct msg msg;

	(void)state;
	push(&unacked, 10, 5);
	push(&unacked, 20, 5);
	assert_true(unacked_withdraw(&unacked, 2));
	assert_true(unacked_peek(&unacked, &msg));
	unacked_sent(&unacked);
	assert_false(unacked_withdraw(&unacked, 1));
	unacked_rewind(&unacked);
	assert_false(unacked_withdraw(&unacked, 1));
	assert_true(unacked_peek(&unacked, &msg));
	assert_int_equal(msg.type, MSG_PUBLISH);
	unacked_sent(&unacked);
	assert_true(unacked_peek(&unacked, &msg));
	assert_int_equal(msg.type, MSG_DISCONNECT);
	assert_int_equal(msg.disconnect.seq, 2);
	unacked_sent(&unacked);
	assert_int_equal(unacked_ack(&unacked, 2), 0);
	assert_false(unacked_withdraw(&unacked, 2));
	push(&unacked, 30, 5);
	assert_int_equal(drain(&unacked, &first, &last), 1);
	assert_int_equal(first, 3);
	unacked_done(&unacked);
}

static void voided(void **state)
{
	static const uint64_t refused[] = { 6, 2, 5, 2, 6 };
	struct unacked unacked = { .max = MAX };
	uint64_t first, last;
	struct msg msg;

	(void)state;
	for (uint64_t i = 1; i <= 6; i++)
		push(&unacked, i * 10, 3);
	assert_int_equal(drain(&unacked, &first, &last), 6);
	assert_int_equal(unacked_void(&unacked, 7), -EINVAL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_int_equal(unacked_void(&unacked, refused[i]), 0);
	assert_int_equal(unacked_ack(&unacked, 1), 0);
	assert_int_equal(unacked_void(&unacked, 1), 0);
	assert_int_equal(unacked.voided.len, 3 * sizeof(uint64_t));
	unacked_rewind(&unacked);
	for (uint64_t i = 2; i <= 6; i++) {
		bool published = i == 3 || i == 4;

		assert_true(unacked_peek(&unacked, &msg));
		assert_int_equal(msg_seq(&msg), i);
		assert_int_equal(msg.type, published ? MSG_PUBLISH : MSG_DISCONNECT);
		unacked_sent(&unacked);
	}
	assert_int_equal(unacked_ack(&unacked, 5), 0);
	assert_int_equal(unacked.voided.len, sizeof(uint64_t));
	assert_int_equal(unacked_ack(&unacked, 6), 0);
	assert_int_equal(unacked.voided.len, 0);
	unacked_done(&unacked);
}

/* Full at the mark, and until half of it is acknowledged. */
static void full(void **state)
{
	struct unacked unacked = { .max = MAX };
	uint64_t first, last, n = 0;

	(void)state;
	while (!unacked.full) {
		n++;
		push(&unacked, n * 10, 100);
		assert_int_equal(unacked.full, unacked_bytes(&unacked) >= MAX);
	}
	drain(&unacked, &first, &last);
	for (uint64_t i = 1; i <= n; i++) {
		unacked_ack(&unacked, i);
		assert_int_equal(unacked.full, unacked_bytes(&unacked) > MAX / 2);
		assert_int_equal(
			counter_get(COUNTER_GATEWAY_UNACKED_BYTES), unacked_bytes(&unacked));
	}
	assert_int_equal(unacked_bytes(&unacked), 0);
	unacked_done(&unacked);
}

/*
 * Random pushes, sends, acks and breaks: what is sent is always the next, and memory is given back.
 */
static void long_life(void **state)
{
	struct unacked unacked = { .max = MAX };
	uint64_t sent = 0, acked = 0, last = 0;
	uint32_t random = 7;
	struct msg msg;

	(void)state;
	for (int step = 0; step < 50000; step++) {
		random = random * 1664525 + 1013904223;
		switch (random >> 29) {
		case 0:
		case 1:
		case 2:
			last = push(&unacked, (last + 1) * 10, (random >> 8) % 300);
			break;
		case 3:
		case 4:
		case 5:
			if (!unacked_peek(&unacked, &msg))
				break;
			assert_int_equal(msg.publish.seq, ++sent);
			unacked_sent(&unacked);
			break;
		case 6:
			acked += (random >> 8) % (sent - acked + 1);
			assert_int_equal(unacked_ack(&unacked, acked), 0);
			break;
		default:
			if ((random >> 8) % 16 == 0) {
				unacked_rewind(&unacked);
				sent = acked;
			}
		}
		assert_int_equal(unacked.sent, sent);
		assert_int_equal(unacked.last, last);
		assert_true(unacked.head <= unacked.bytes.len / 2 || unacked.bytes.len == 0);
	}
	unacked_done(&unacked);
	assert_int_equal(counter_get(COUNTER_GATEWAY_UNACKED_BYTES), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(newest),
		cmocka_unit_test(sent_again),
		cmocka_unit_test(bad_acks),
		cmocka_unit_test(voided),
		cmocka_unit_test(withdrawn),
		cmocka_unit_test(full),
		cmocka_unit_test(long_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

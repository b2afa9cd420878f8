/* queue.h - a queue of a webhook's events, and the time that passes for it */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_WEBHOOK_QUEUE_H
#define TESTS_UNIT_WEBHOOK_QUEUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/base/mem.h"
#include "webhook/queue.h"

static const struct queue_limits usual = { .retry_first = 1000,
	.retry_most = 8000,
	.give_up = 100000,
	.refusals = 3,
	.batch = 1,
	.concurrency = 4 };

static struct queue *queue;
static struct mono now;
static uint64_t wall;

static inline int setup(void **state)
{
	(void)state;
	queue = queue_new(&usual);
	now = (struct mono){ 1000000000000 };
	wall = 1700000000000;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	queue_free(queue);
	return 0;
}

static inline void pass(uint64_t ms)
{
	now = mono_after(now, ms);
	wall += ms;
}

static inline void limit(unsigned batch, unsigned concurrency)
{
	struct queue_limits limits = usual;

	limits.batch = batch;
	limits.concurrency = concurrency;
	queue_set_limits(queue, &limits);
}

static inline void put(uint64_t seq, const char *room)
{
	const struct body_id id = { .seq = seq, .stamp = wall };

	assert_int_equal(queue_take(queue, seq, wall), QUEUE_NEW);
	queue_put(queue, slice_of(room), &id, SLICE("{}"));
}

static inline struct delivery *next(uint64_t seq, unsigned count)
{
	struct delivery *delivery = queue_next(queue, now);

	assert_non_null(delivery);
	assert_int_equal(delivery->first.seq, seq);
	assert_int_equal(delivery->count, count);
	return delivery;
}

static inline void none(void)
{
	assert_null(queue_next(queue, now));
}

static inline struct queue_result asked(
	struct delivery *delivery, enum verdict_kind kind, uint64_t ms)
{
	const struct queue_answer answer = {
		.kind = kind, .asked = ms, .now = now, .wall = wall, .random = 0
	};
	struct queue_result result;

	queue_done(queue, delivery, &answer, &result);
	return result;
}

static inline struct queue_result done(struct delivery *delivery, enum verdict_kind kind)
{
	return asked(delivery, kind, 0);
}

#endif

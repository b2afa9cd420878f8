/* test_latest.c - a client that is behind: what is dropped for it, and what never is */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/latest.h"
#include "proto/base/buf.h"
#include "proto/counters.h"

static struct outbox outbox;

static int begin(void **state)
{
	(void)state;
	outbox = (struct outbox){ .count = 0 };
	memset(counter_values, 0, sizeof(counter_values));
	return 0;
}

static int end(void **state)
{
	(void)state;
	outbox_clear(&outbox);
	assert_null(outbox.latest);
	assert_int_equal(outbox.bytes, 0);
	assert_int_equal(outbox.empty, 0);
	assert_int_equal(counter_get(COUNTER_GATEWAY_QUEUE_BYTES), 0);
	return 0;
}

static void push(const char *text, uint64_t key, bool behind)
{
	struct frame *frame = frame_new(FRAME_TEXT, slice_of(text));

	frame->key = key;
	if (key && behind)
		latest_push(&outbox, frame);
	else
		outbox_push(&outbox, frame);
	frame_unref(frame);
}

/* The texts that wait, each of one byte. */
static void assert_waits(const char *texts)
{
	struct iovec iov[64];
	size_t bytes;
	int count = outbox_peek(&outbox, iov, 64, &bytes);

	assert_int_equal(count, strlen(texts));
	for (int i = 0; i < count; i++)
		assert_int_equal(((const char *)iov[i].iov_base)[iov[i].iov_len - 1], texts[i]);
	assert_int_equal(outbox.bytes, bytes);
	assert_int_equal(counter_get(COUNTER_GATEWAY_QUEUE_BYTES), bytes);
}

static void test_in_its_place(void **state)
{
	(void)state;
	push("x", 0, true);
	push("a", 2, true);
	push("b", 4, true);
	push("c", 6, true);
	push("B", 4, true);
	push("A", 2, true);
	assert_waits("xABc");
	assert_int_equal(counter_get(COUNTER_GATEWAY_CONFLATED), 2);
}

static void test_none_overtakes_one_with_an_order(void **state)
{
	(void)state;
	push("x", 0, true);
	push("a", 2, true);
	push("b", 4, true);
	push("y", 0, true);
	push("c", 6, true);
	push("A", 2, true); /* not before y */
	push("C", 6, true);
	assert_waits("xbyCA");
	push("n", 9, true); /* has an offset */
	push("D", 6, true);
	push("N", 9, true);
	assert_waits("xbyAND");
	push("M", 9, true); /* none behind it */
	assert_waits("xbyAMD");
}

/* What came before it was behind counts as well; the first may be on its way. */
static void test_a_burst_before(void **state)
{
	(void)state;
	push("1", 2, false);
	push("2", 2, false);
	push("a", 4, false);
	push("3", 2, false);
	push("b", 4, false);
	assert_waits("12a3b");
	push("c", 6, true);
	assert_waits("13bc");
	push("4", 2, true);
	assert_waits("14bc");
	push("5", 2, false); /* it was not behind for a moment */
	push("B", 4, true);
	assert_waits("1Bc5");
}

static void test_a_cut_frame_is_finished(void **state)
{
	(void)state;
	push("a", 2, true);
	push("b", 2, true);
	outbox_written(&outbox, 1);
	push("c", 2, true);
	assert_waits("ac");
	outbox_written(&outbox, 2);
	assert_waits("c");
	outbox_written(&outbox, 1);
	push("d", 2, true);
	assert_waits("cd");
	outbox_written(&outbox, 2 + 3);
	assert_null(outbox.latest);
	assert_null(outbox.many);
	push("e", 2, true);
	assert_waits("e");
}

static void test_what_is_empty_is_passed_over(void **state)
{
	(void)state;
	push("x", 0, true);
	push("a", 2, true);
	push("y", 0, true);
	push("A", 2, true);
	push("z", 0, true);
	push("B", 2, true);
	assert_waits("xyzB");
	outbox_written(&outbox, 3);
	assert_waits("yzB");
	outbox_written(&outbox, 3 + 1);
	outbox_drop_whole(&outbox);
	assert_waits("z");
}

/* However much is said: as many frames as there are keys, and no more places than twice that. */
static void test_bounded(void **state)
{
	enum { SENDERS = 1000, ROUNDS = 200 };

	(void)state;
	push("x", 0, true);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (uint64_t sender = 1; sender <= SENDERS; sender++)
			push("a", sender * 2 + round / (ROUNDS / 2), true);
		assert_true(outbox.count - outbox.empty <= 1 + 2 * SENDERS);
		assert_true(outbox.count <= 2 * (2 * SENDERS + 64));
	}
	assert_int_equal(counter_get(COUNTER_GATEWAY_CONFLATED), (ROUNDS - 2) * SENDERS);
	assert_int_equal(outbox.bytes, (1 + 2 * SENDERS) * 3);
}

/* ---- anything, in any order, written in any pieces ---- */

enum { KEYS = 12 };

static struct {
	struct buf stream; /* what was written */
	uint32_t pushed; /* numbers of messages, from 1 */
	uint32_t ordered[20000], ordered_count; /* those of them that have no key */
	uint32_t last[KEYS]; /* by key: the last that was pushed */
} world;

static void push_any(bool behind)
{
	char text[32];
	uint32_t number = ++world.pushed, pick = (uint32_t)rand() % (KEYS + 3);

	snprintf(text, sizeof(text), "%08x-%02x%*s", number, pick, rand() % 9, "");
	if (pick < KEYS)
		world.last[pick] = number;
	else
		world.ordered[world.ordered_count++] = number;
	/* three of four keys are of messages that have no order */
	push(text, pick < KEYS ? (pick + 1) * 8 + (pick % 4 == 0) : 0, behind);
}

static void write_any(size_t most)
{
	struct iovec iov[5];
	size_t bytes, want;
	int count = outbox_peek(&outbox, iov, 5, &bytes);

	want = bytes < most ? bytes : most;
	outbox_written(&outbox, 0);
	bytes = want;
	for (int i = 0; i < count && want > 0; i++) {
		size_t len = iov[i].iov_len < want ? iov[i].iov_len : want;

		buf_add(&world.stream, iov[i].iov_base, len);
		want -= len;
	}
	outbox_written(&outbox, bytes);
}

static void check_stream(void)
{
	uint32_t newest = 0, at_ordered = 0, seen[KEYS] = { 0 };

	for (size_t at = 0; at < world.stream.len;) {
		const char *frame = world.stream.data + at;
		unsigned number, pick;

		assert_int_equal((unsigned char)frame[0], 0x81);
		assert_true(sscanf(frame + 2, "%8x-%2x", &number, &pick) == 2);
		if (pick >= KEYS)
			assert_int_equal(number, world.ordered[at_ordered++]);
		else if (number <= seen[pick])
			fail_msg("key %u went back", pick);
		else
			seen[pick] = number;
		if (pick >= KEYS || pick % 4 == 0)
			assert_true(number > newest);
		if (number > newest)
			newest = number;
		at += 2 + (size_t)frame[1];
	}
	assert_int_equal(at_ordered, world.ordered_count);
	assert_memory_equal(seen, world.last, sizeof(seen));
}

static void test_any(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		buf_clear(&world.stream);
		world.pushed = world.ordered_count = 0;
		memset(world.last, 0, sizeof(world.last));
		srand(seed);
		for (int i = 0; i < 3000; i++) {
			if (rand() % 16 < (int)(seed % 15))
				write_any((size_t)rand() % 70);
			push_any(rand() % 8 > 0);
		}
		while (outbox.count)
			write_any((size_t)rand() % 70);
		check_stream();
		assert_null(outbox.latest);
	}
	buf_done(&world.stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_its_place, begin, end),
		cmocka_unit_test_setup_teardown(test_none_overtakes_one_with_an_order, begin, end),
		cmocka_unit_test_setup_teardown(test_a_burst_before, begin, end),
		cmocka_unit_test_setup_teardown(test_a_cut_frame_is_finished, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_empty_is_passed_over, begin, end),
		cmocka_unit_test_setup_teardown(test_bounded, begin, end),
		cmocka_unit_test_setup_teardown(test_any, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

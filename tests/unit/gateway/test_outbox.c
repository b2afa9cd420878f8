/* test_outbox.c - the queue of one client's frames */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/outbox.h"
#include "proto/counters.h"

static void push(struct outbox *outbox, const char *text)
{
	struct frame *frame = frame_new(FRAME_TEXT, slice_of(text));

	outbox_push(outbox, frame);
	frame_unref(frame);
}

static void assert_empty(const struct outbox *outbox)
{
	assert_int_equal(outbox->count, 0);
	assert_int_equal(outbox->bytes, 0);
	assert_null(outbox->many);
	assert_int_equal(counter_get(COUNTER_GATEWAY_QUEUE_BYTES), 0);
	assert_int_equal(counter_get(COUNTER_GATEWAY_MEMORY_BYTES), 0);
}

static void in_order(void **state)
{
	struct outbox outbox = { .count = 0 };
	struct iovec iov[8];
	size_t bytes;

	(void)state;
	push(&outbox, "a");
	push(&outbox, "bb");
	push(&outbox, "ccc");
	assert_int_equal(outbox.bytes, 3 + 4 + 5);
	assert_int_equal(counter_get(COUNTER_GATEWAY_QUEUE_BYTES), 12);
	assert_int_equal(outbox_peek(&outbox, iov, 2, &bytes), 2);
	assert_int_equal(bytes, 7);
	assert_int_equal(outbox_peek(&outbox, iov, 8, &bytes), 3);
	assert_int_equal(bytes, 12);
	assert_memory_equal(iov[2].iov_base,
		"\x81\x03"
		"ccc",
		5);
	outbox_written(&outbox, 0);
	outbox_written(&outbox, 3);
	assert_int_equal(outbox_peek(&outbox, iov, 8, &bytes), 2);
	assert_memory_equal(iov[0].iov_base,
		"\x81\x02"
		"bb",
		4);
	outbox_written(&outbox, 9);
	assert_empty(&outbox);
}

/* However the socket cuts a frame, its rest is what comes next, whatever is dropped behind it. */
static void cut_frames(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 6; cut++) {
		struct outbox outbox = { .count = 0 };
		struct iovec iov[4];
		size_t bytes;

		push(&outbox, "1");
		push(&outbox, "abcd");
		push(&outbox, "2");
		outbox_written(&outbox, 3 + cut);
		assert_int_equal(outbox.bytes, 6 - cut + 3);
		assert_int_equal(counter_get(COUNTER_GATEWAY_QUEUE_BYTES), outbox.bytes);
		assert_int_equal(outbox_peek(&outbox, iov, 4, &bytes), 2);
		assert_int_equal(bytes, outbox.bytes);
		assert_int_equal(iov[0].iov_len, 6 - cut);
		assert_memory_equal(iov[0].iov_base,
			&"\x81\x04"
			 "abcd"[cut],
			6 - cut);
		outbox_drop_whole(&outbox);
		assert_int_equal(outbox.count, 1);
		assert_int_equal(outbox.bytes, 6 - cut);
		push(&outbox, "3");
		if (cut % 2)
			outbox_written(&outbox, 6 - cut + 3);
		else
			outbox_clear(&outbox);
		assert_empty(&outbox);
	}
}

static void dropped(void **state)
{
	struct outbox outbox = { .count = 0 };

	(void)state;
	outbox_drop_whole(&outbox);
	for (int i = 0; i < 20; i++)
		push(&outbox, "x");
	outbox_written(&outbox, 6);
	outbox_drop_whole(&outbox);
	assert_empty(&outbox);
}

/* The ring turns, grows and comes back to the small one without losing the order. */
static void ring(void **state)
{
	struct outbox outbox = { .count = 0 };
	unsigned in = 0, out = 0;
	char text[8];

	(void)state;
	for (unsigned round = 1; round < 40; round++) {
		for (unsigned i = 0; i < round; i++) {
			snprintf(text, sizeof(text), "%05u", in++);
			push(&outbox, text);
		}
		for (unsigned i = 0; i < round - (round % 3 == 0); i++) {
			struct iovec iov;
			size_t bytes;

			assert_int_equal(outbox_peek(&outbox, &iov, 1, &bytes), 1);
			snprintf(text, sizeof(text), "%05u", out++);
			assert_memory_equal((char *)iov.iov_base + 2, text, 5);
			outbox_written(&outbox, bytes);
		}
		assert_int_equal(outbox.count, in - out);
		assert_int_equal(outbox.bytes, (in - out) * 7);
	}
	outbox_clear(&outbox);
	assert_empty(&outbox);
}

static void shared(void **state)
{
	struct outbox a = { .count = 0 }, b = { .count = 0 };
	struct frame *frame = frame_new(FRAME_TEXT, SLICE("x"));

	(void)state;
	outbox_push(&a, frame);
	outbox_push(&b, frame);
	assert_int_equal(frame->refs, 3);
	frame_unref(frame);
	outbox_clear(&a);
	assert_int_equal(frame->refs, 1);
	outbox_written(&b, 3);
	assert_empty(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(cut_frames),
		cmocka_unit_test(dropped),
		cmocka_unit_test(ring),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

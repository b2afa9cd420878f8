/* test_deflate.c - what the deflater makes the inflater reads, and no bomb passes its cap */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "gateway/deflater.h"
#include "gateway/inflater.h"
#include "proto/base/mem.h"

enum { MAX = 64 * 1024, HELLO_MAX = 100 };

static int fresh(void **state)
{
	*state = inflater_new();
	return 0;
}

static int stale(void **state)
{
	inflater_free(*state);
	return 0;
}

static void expect(struct inflater *inflater, struct slice compressed, const char *want)
{
	_cleanup_(mem_freep) char *copy = mem_strndup(compressed.ptr, compressed.len);
	struct slice got;

	assert_int_equal(
		inflater_take(inflater, slice_make(copy, compressed.len), HELLO_MAX, &got), 0);
	assert_true(slice_eq(got, slice_of(want)));
}

/* Those of RFC 7692 section 7.2.3. */
static void examples(void **state)
{
	struct inflater *inflater = *state;

	expect(inflater, SLICE("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");
	expect(inflater, SLICE("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello");
	expect(inflater, SLICE("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello");
	expect(inflater, SLICE("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello");
	expect(inflater, SLICE("\x00"), "");
	/* a final block that is the end of the message too */
	expect(inflater, SLICE("\xf3\x48\xcd\xc9\xc9\x07\x00"), "Hello");
	/* and one that others follow, which look back behind it (section 7.2.3.2) */
	expect(inflater, SLICE("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00"), "HelloHello");
}

static void nothing_is_kept_for_the_next(void **state)
{
	struct slice got;

	expect(*state, SLICE("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");
	/* it would be Hello again with the window of the one before */
	assert_int_equal(
		inflater_take(*state, SLICE("\xf2\x00\x11\x00\x00"), HELLO_MAX, &got), -EBADMSG);
	expect(*state, SLICE("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");
}

static void broken(void **state)
{
	static const struct slice texts[] = { SLICE(""), SLICE("\xff"), SLICE("\x06"),
		SLICE("\xf2\x48\xcd"), SLICE("\xf2\x48\xcd\xc9\xc9\x07"),
		SLICE("\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00"),
		SLICE("\x00\x05\x00\xfa\xff\x48\x65"), SLICE("\xf2\x48\xcd\xc9\xc9\x07\x00\xff") };
	struct slice got;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(inflater_take(*state, texts[i], HELLO_MAX, &got), -EBADMSG);
		expect(*state, SLICE("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");
	}
}

/* Every message that is cut short is noticed. */
static void cut_anywhere(void **state)
{
	struct deflater *deflater = deflater_new();
	struct slice text = SLICE(
		"{\"a\":1,\"b\":1,\"a\":1,\"b\":1,\"a\":1,\"b\":1,\"c\":\"hello\"}");
	struct slice compressed, got;

	for (int level = 1; level <= 9; level++) {
		assert_true(deflater_take(deflater, text, level, &compressed));
		assert_int_equal(inflater_take(*state, compressed, HELLO_MAX, &got), 0);
		assert_true(slice_eq(got, text));
		for (size_t i = 0; i < compressed.len; i++)
			assert_int_equal(inflater_take(*state, slice_make(compressed.ptr, i),
						 HELLO_MAX, &got),
				-EBADMSG);
	}
	deflater_free(deflater);
}

static void caps(void **state)
{
	_cleanup_(buf_done) struct buf zeros = { .cap = 0 };
	struct deflater *deflater = deflater_new();
	struct slice compressed, got;

	memset(buf_reserve(&zeros, 8 << 20), 0, 8 << 20);
	zeros.len = 8 << 20;
	assert_true(deflater_take(deflater, buf_slice(&zeros), 9, &compressed));
	assert_in_range(compressed.len, 1, inflater_most(MAX));
	assert_int_equal(inflater_take(*state, compressed, MAX, &got), -EMSGSIZE);
	assert_int_equal(inflater_take(*state, compressed, (8 << 20) - 1, &got), -EMSGSIZE);
	assert_int_equal(inflater_take(*state, compressed, 8 << 20, &got), 0);
	assert_true(slice_eq(got, buf_slice(&zeros)));
	deflater_free(deflater);
}

/* Text that is like what clients say; every length, so that steps of output end anywhere. */
static void round_trips(void **state)
{
	static const size_t lengths[] = { 64, 255, 256, 257, 4096, 16383, 16384, 16385, 32768,
		32769, MAX };
	struct deflater *deflater = deflater_new();
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	for (unsigned i = 0; text.len < MAX; i++)
		buf_printf(&text, "{\"id\":%u,\"x\":%u},", i, i * 2654435761u);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		for (int level = 1; level <= 9; level += 4) {
			struct slice message = slice_make(text.data, lengths[i]), compressed, got;

			assert_true(deflater_take(deflater, message, level, &compressed));
			assert_int_equal(inflater_take(*state, compressed, lengths[i], &got), 0);
			assert_true(slice_eq(got, message));
		}
	}
	deflater_free(deflater);
}

static void what_does_not_shrink(void **state)
{
	struct deflater *deflater = deflater_new();
	unsigned char noise[1000];
	struct slice compressed;
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
	assert_false(deflater_take(deflater, slice_make(noise, sizeof(noise)), 6, &compressed));
	assert_false(deflater_take(deflater, SLICE("a"), 6, &compressed));
	assert_true(deflater_take(deflater, SLICE("aaaaaaaaaaaaaaaaaaaaaaaaa"), 6, &compressed));
	deflater_free(deflater);
}

static struct frame *text_frame(size_t len, char c)
{
	_cleanup_(mem_freep) char *text = mem_alloc(len);

	memset(text, c, len);
	return frame_new(FRAME_TEXT, slice_make(text, len));
}

/* Made once, shared, and freed with the frame that it is the short form of. */
static void forms(void **state)
{
	const struct deflater_limits limits = { .min = 100, .max = 5000, .level = 1 };
	struct deflater *deflater = deflater_new();
	struct frame *frame = text_frame(5000, 'x'), *form;
	struct slice got;

	frame->key = 7;
	form = deflater_form(deflater, frame, 15, &limits);
	assert_ptr_not_equal(form, frame);
	assert_ptr_equal(deflater_form(deflater, frame, 13, &limits), form);
	/* it looks back further than 4096 bytes, or could */
	assert_ptr_equal(deflater_form(deflater, frame, 12, &limits), frame);
	assert_int_equal((unsigned char)form->bytes[0], 0xc1);
	assert_true(form->len < frame->len);
	assert_int_equal(form->key, 7);
	assert_int_equal(inflater_take(*state, frame_payload(form), MAX, &got), 0);
	assert_true(slice_eq(got, frame_payload(frame)));
	frame_ref(form); /* as an outbox does */
	frame_unref(frame);
	assert_int_equal(form->refs, 1);
	frame_unref(form);
	deflater_free(deflater);
}

static void windows(void **state)
{
	const struct deflater_limits limits = { .min = 1, .max = MAX, .level = 1 };
	struct deflater *deflater = deflater_new();
	struct frame *frame = text_frame(MAX, 'x');

	(void)state;
	assert_ptr_equal(deflater_form(deflater, frame, 14, &limits), frame);
	assert_ptr_not_equal(deflater_form(deflater, frame, 15, &limits), frame);
	frame_unref(frame);
	frame = text_frame(256, 'x');
	assert_ptr_not_equal(deflater_form(deflater, frame, 8, &limits), frame);
	frame_unref(frame);
	deflater_free(deflater);
}

static void plain_forms(void **state)
{
	const struct deflater_limits limits = { .min = 100, .max = 5000, .level = 1 };
	struct deflater *deflater = deflater_new();
	struct frame *frames[] = { text_frame(99, 'x'), text_frame(5001, 'x'),
		frame_new(FRAME_PING, SLICE("x")), frame_new(FRAME_CLOSE, SLICE("")),
		frame_new(FRAME_BINARY,
			SLICE("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "~!@#$%^&*()_+{}|:<>?`-=[];',./\x01\x02\x03\x04\x05\x06\x07\x08\x0e"
			      "\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x80\x81\x82\x83")) };

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		assert_ptr_equal(deflater_form(deflater, frames[i], 15, &limits), frames[i]);
		assert_ptr_equal(deflater_form(deflater, frames[i], 15, &limits), frames[i]);
		frame_unref(frames[i]);
	}
	deflater_free(deflater);
	deflater_free(NULL);
	inflater_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(examples, fresh, stale),
		cmocka_unit_test_setup_teardown(nothing_is_kept_for_the_next, fresh, stale),
		cmocka_unit_test_setup_teardown(broken, fresh, stale),
		cmocka_unit_test_setup_teardown(cut_anywhere, fresh, stale),
		cmocka_unit_test_setup_teardown(caps, fresh, stale),
		cmocka_unit_test_setup_teardown(round_trips, fresh, stale),
		cmocka_unit_test(what_does_not_shrink),
		cmocka_unit_test_setup_teardown(forms, fresh, stale),
		cmocka_unit_test(windows),
		cmocka_unit_test(plain_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

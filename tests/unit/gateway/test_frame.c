/* test_frame.c - headers and references of frames */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/frame.h"
#include "proto/base/mem.h"

static void assert_header(enum frame_opcode opcode, size_t len, const char *want, size_t want_len)
{
	char header[FRAME_HEADER_MAX];

	assert_int_equal(frame_header(header, opcode, len), want_len);
	assert_memory_equal(header, want, want_len);
}

/* RFC 6455 section 5.2: the shortest form that holds the length. */
static void headers(void **state)
{
	(void)state;
	assert_header(FRAME_TEXT, 0, "\x81\x00", 2);
	assert_header(FRAME_TEXT, 1, "\x81\x01", 2);
	assert_header(FRAME_BINARY, 125, "\x82\x7d", 2);
	assert_header(FRAME_TEXT, 126, "\x81\x7e\x00\x7e", 4);
	assert_header(FRAME_TEXT, 127, "\x81\x7e\x00\x7f", 4);
	assert_header(FRAME_TEXT, 256, "\x81\x7e\x01\x00", 4);
	assert_header(FRAME_TEXT, 65535, "\x81\x7e\xff\xff", 4);
	assert_header(FRAME_TEXT, 65536, "\x81\x7f\0\0\0\0\0\x01\0\0", 10);
	assert_header(FRAME_TEXT, 0x0102030405, "\x81\x7f\0\0\0\x01\x02\x03\x04\x05", 10);
	assert_header(FRAME_CLOSE, 2, "\x88\x02", 2);
	assert_header(FRAME_PING, 6, "\x89\x06", 2);
}

static void whole(size_t len)
{
	_cleanup_(mem_freep) char *payload = mem_alloc(len + 1);
	char header[FRAME_HEADER_MAX];
	size_t header_len = frame_header(header, FRAME_TEXT, len);
	struct frame *frame;

	memset(payload, 'x', len);
	frame = frame_new(FRAME_TEXT, slice_make(payload, len));
	assert_int_equal(frame->len, header_len + len);
	assert_memory_equal(frame->bytes, header, header_len);
	if (len)
		assert_memory_equal(frame->bytes + header_len, payload, len);
	frame_unref(frame);
}

static void payloads(void **state)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 65535, 65536 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		whole(lengths[i]);
}

static void parts(void **state)
{
	static const size_t lengths[] = { 0, 125, 126, 65535, 65536 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		_cleanup_(mem_freep) char *payload = mem_alloc(lengths[i] + 1);
		struct frame *frame = frame_new_compressed(
			FRAME_BINARY, slice_make(payload, lengths[i]));

		assert_int_equal((unsigned char)frame->bytes[0], 0xc2);
		assert_int_equal(frame_opcode(frame), FRAME_BINARY);
		assert_false(frame_is_control(frame));
		assert_true(slice_eq(frame_payload(frame), slice_make(payload, lengths[i])));
		frame_unref(frame);
	}
}

/* The answer to a handshake goes out among frames, as it is. */
static void raw(void **state)
{
	struct frame *frame = frame_new_raw(SLICE("HTTP/1.1 101"));

	(void)state;
	assert_int_equal(frame->refs, 1);
	assert_true(slice_eq(slice_make(frame->bytes, frame->len), SLICE("HTTP/1.1 101")));
	frame_unref(frame);
	frame = frame_new_raw(SLICE(""));
	assert_int_equal(frame->len, 0);
	frame_unref(frame);
}

static void references(void **state)
{
	struct frame *frame = frame_new(FRAME_TEXT, SLICE("hi"));

	(void)state;
	assert_int_equal(frame->refs, 1);
	assert_ptr_equal(frame_ref(frame), frame);
	assert_int_equal(frame->refs, 2);
	frame_unref(frame);
	assert_int_equal(frame->refs, 1);
	frame_unref(frame);
	frame_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(payloads),
		cmocka_unit_test(parts),
		cmocka_unit_test(raw),
		cmocka_unit_test(references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_wsproto.c - frames of clients, at every split */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/wsproto.h"
#include "proto/base/mem.h"

enum { MAX = 1000 };

static struct inflater *inflater; /* of the tests in which compression is agreed on */

/* A frame as a client sends it, masked. */
static void put(struct buf *out, int first, const void *payload, size_t len)
{
	static const unsigned char mask[4] = { 0x12, 0xfe, 0x00, 0x81 };
	size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

	buf_putc(out, (char)first);
	buf_putc(out, (char)(0x80 | (bytes == 0 ? len : bytes == 2 ? 126 : 127)));
	for (size_t i = bytes; i-- > 0;)
		buf_putc(out, (char)(len >> (8 * i)));
	buf_add(out, mask, sizeof(mask));
	for (size_t i = 0; i < len; i++)
		buf_putc(out, (char)(((const unsigned char *)payload)[i] ^ mask[i % 4]));
}

static void put_text(struct buf *out, int first, const char *text)
{
	put(out, first, text, strlen(text));
}

/* Every event as a word: M message, P ping, O pong, C close, F and its code failed. */
static void note(struct buf *out, const struct ws_event *event)
{
	static const char letters[] = " MPOC";

	if (event->type == WS_FAILED) {
		buf_printf(out, "F%u;", close_row(event->reason)->code);
		return;
	}
	buf_putc(out, letters[event->type]);
	if (event->binary)
		buf_putc(out, 'b');
	buf_put(out, event->payload);
	buf_putc(out, ';');
}

/* What comes of a stream that is cut at two places. */
static void run(struct slice stream, size_t cut1, size_t cut2, bool binary, struct buf *out)
{
	const struct ws_limits limits = {
		.max_message = MAX, .binary = binary, .inflater = inflater
	};
	size_t ends[] = { cut1, cut2, stream.len }, begin = 0;
	struct wsproto ws = { .header_len = 0 };
	struct ws_event event;

	for (size_t i = 0; i < 3; i++) {
		_cleanup_(mem_freep) char *copy = mem_strndup(stream.ptr + begin, ends[i] - begin);
		size_t len = ends[i] - begin;
		char *at = copy;

		do {
			wsproto_next(&ws, &limits, &at, &len, &event);
			if (event.type != WS_NOTHING)
				note(out, &event);
		} while (event.type != WS_NOTHING);
		assert_true(ws.over || len == 0);
		begin = ends[i];
	}
	wsproto_done(&ws);
}

static void expect_at(const struct buf *stream, size_t cut1, size_t cut2, const char *want)
{
	_cleanup_(buf_done) struct buf got = { .cap = 0 };

	run(buf_slice(stream), cut1, cut2, false, &got);
	assert_string_equal(buf_cstr(&got), want);
}

static void expect(const struct buf *stream, bool binary, const char *want)
{
	for (size_t i = 0; i <= stream->len; i++) {
		for (size_t j = i; j <= stream->len; j += stream->len > 100 ? 7 : 1) {
			_cleanup_(buf_done) struct buf got = { .cap = 0 };

			run(buf_slice(stream), i, j, binary, &got);
			assert_string_equal(buf_cstr(&got), want);
		}
	}
}

static void messages(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	(void)state;
	put_text(&stream, 0x81, "hello");
	put_text(&stream, 0x81, "");
	put_text(&stream, 0x01, "a");
	put_text(&stream, 0x89, "ping");
	put_text(&stream, 0x00, "");
	put_text(&stream, 0x8a, "");
	put_text(&stream, 0x80, "b\xc3\xa4");
	put_text(&stream, 0x88, "");
	put_text(&stream, 0x81, "not heard");
	expect(&stream, false, "Mhello;M;Pping;O;Mab\xc3\xa4;C;");
}

static void lengths(void **state)
{
	static const size_t sizes[] = { 125, 126, 127, 255, 256, MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		_cleanup_(buf_done) struct buf stream = { .cap = 0 }, got = { .cap = 0 };
		char text[MAX];

		memset(text, 'x', sizeof(text));
		put(&stream, 0x81, text, sizes[i]);
		run(buf_slice(&stream), stream.len / 3, stream.len / 2, false, &got);
		assert_int_equal(got.len, sizes[i] + 2);
	}
}

static void binary(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	(void)state;
	put_text(&stream, 0x82, "\xff\xfe");
	put_text(&stream, 0x02, "\xff");
	put_text(&stream, 0x80, "\xfe");
	put_text(&stream, 0x81, "t");
	expect(&stream, true, "Mb\xff\xfe;Mb\xff\xfe;Mt;");
	expect(&stream, false, "F1003;");
}

static void one(int first, const void *payload, size_t len, const char *want)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	put(&stream, first, payload, len);
	put_text(&stream, 0x81, "more");
	expect(&stream, false, want);
}

static void broken_rules(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };
	char big[126] = { 0 };

	(void)state;
	for (int op = 3; op < 16; op++)
		if (op < 8 || op > 10)
			one(0x80 | op, "", 0, "F1002;");
	one(0xc1, "x", 1, "F1002;");
	one(0xa1, "x", 1, "F1002;");
	one(0x91, "x", 1, "F1002;");
	one(0x09, "x", 1, "F1002;");
	one(0x08, "", 0, "F1002;");
	one(0x80, "x", 1, "F1002;");
	one(0x89, big, 126, "F1002;");
	one(0x88, big, 126, "F1002;");
	one(0xc9, "x", 1, "F1002;");
	put_text(&stream, 0x01, "a");
	put_text(&stream, 0x81, "b");
	expect(&stream, false, "F1002;");
	buf_clear(&stream);
	put_text(&stream, 0x01, "a");
	put_text(&stream, 0xc0, "b");
	expect(&stream, false, "F1002;");
	buf_clear(&stream);
	buf_put(&stream, SLICE("\x81\x02hi"));
	expect(&stream, false, "F1002;");
	buf_clear(&stream);
	buf_put(&stream, SLICE("\x81\xff\x80\0\0\0\0\0\0\0mask"));
	expect(&stream, false, "F1002;");
}

/* Section 5.2: the shortest form that holds a length. */
static void longer_lengths(void **state)
{
	static const struct slice headers[] = { SLICE("\x81\xfe\0\x7d"), SLICE("\x81\xfe\0\0"),
		SLICE("\x81\xff\0\0\0\0\0\0\xff\xff"), SLICE("\x82\xff\0\0\0\0\0\0\0\x01"),
		SLICE("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff") };

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		_cleanup_(buf_done) struct buf stream = { .cap = 0 };

		buf_put(&stream, headers[i]);
		buf_put(&stream, SLICE("mask and more"));
		expect(&stream, false, "F1002;");
	}
}

/* "Hello", as in RFC 7692 section 7.2.3.1. */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07"

static void compressed(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	inflater = *state;
	put(&stream, 0xc1, HELLO "\0", 7);
	put_text(&stream, 0x81, "plain");
	put(&stream, 0x41, HELLO, 3);
	put_text(&stream, 0x89, "ping");
	put(&stream, 0x00, HELLO, 0);
	put(&stream, 0x80, &HELLO "\0"[3], 4);
	put(&stream, 0xc1, "\0", 1);
	put(&stream, 0x01, "not ", 4);
	put(&stream, 0x80, "compressed", 10);
	expect(&stream, false, "MHello;Mplain;Pping;MHello;M;Mnot compressed;");
	inflater = NULL;
	expect(&stream, false, "F1002;");
}

static void compressed_wrongly(void **state)
{
	static const int firsts[] = { 0xc8, 0xc9, 0xca, 0xc0, 0xe1, 0xd1, 0xa1 };
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	inflater = *state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(*firsts); i++)
		one(firsts[i], "", 0, "F1002;");
	one(0xc2, HELLO "\0", 7, "F1003;");
	one(0xc1, "\xff\xff", 2, "F1007;");
	one(0xc1, "", 0, "F1007;");
	one(0xc1, HELLO, 6, "F1007;");
	/* inflated it is ff */
	one(0xc1, "\0\x01\0\xfe\xff\xff\0", 7, "F1007;");
	put(&stream, 0x41, HELLO, 3);
	put(&stream, 0xc0, &HELLO "\0"[3], 4);
	expect(&stream, false, "F1002;");
	inflater = NULL;
}

/* A thousand zeros more than there may be. */
static void bombs(void **state)
{
	static const char bomb[] =
		"\x62\x60\x18\x05\xa3\x60\x14\x8c\x82\x51\x30\x0a\x46\xc1\x50\x07\x00";
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };
	char text[2 * MAX] = { 0 };

	inflater = *state;
	one(0xc1, bomb, sizeof(bomb), "F1009;");
	/* a little more than MAX may be needed for what is not; not any more */
	put(&stream, 0x41, text, inflater_most(MAX));
	put(&stream, 0x00, text, 1);
	expect_at(&stream, 100, 200, "F1009;");
	buf_clear(&stream);
	put(&stream, 0xc1, text, inflater_most(MAX) + 1);
	stream.len = 8;
	expect(&stream, false, "F1009;");
	inflater = NULL;
}

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

static void limits(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };
	char text[MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	put(&stream, 0x81, text, sizeof(text));
	stream.len = 8; /* the header is enough */
	expect(&stream, false, "F1009;");
	buf_clear(&stream);
	put(&stream, 0x01, text, MAX);
	put(&stream, 0x80, text, 1);
	expect_at(&stream, 500, 600, "F1009;");
}

static void texts(void **state)
{
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };

	(void)state;
	one(0x81, "\xff", 1, "F1007;");
	one(0x81, "\xe2\x82", 2, "F1007;");
	put_text(&stream, 0x01, "\xe2");
	put_text(&stream, 0x00, "\x82");
	put_text(&stream, 0x80, "\xac");
	expect(&stream, false, "M\xe2\x82\xac;");
}

static void closes(void **state)
{
	static const struct {
		unsigned code;
		bool valid;
	} codes[] = { { 0, false }, { 999, false }, { 1000, true }, { 1003, true }, { 1004, false },
		{ 1005, false }, { 1006, false }, { 1007, true }, { 1014, true }, { 1015, false },
		{ 2999, false }, { 3000, true }, { 4999, true }, { 5000, false },
		{ 65535, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		char payload[] = { (char)(codes[i].code >> 8), (char)codes[i].code, 'x', 0 };

		/* a code may have a NUL in it: only what kind of event it is */
		_cleanup_(buf_done) struct buf stream = { .cap = 0 }, got = { .cap = 0 };

		put(&stream, 0x88, payload, 3);
		run(buf_slice(&stream), 1, 7, false, &got);
		assert_int_equal(got.data[0], codes[i].valid ? 'C' : 'F');
	}
	one(0x88, "\x03", 1, "F1002;");
	one(0x88, "\x03\xe8\xff", 3, "F1007;");
	one(0x88, "\x03\xe9", 2, "C\x03\xe9;");
	assert_true(wsproto_is_clean(SLICE("")));
	assert_true(wsproto_is_clean(SLICE("\x03\xe8")));
	assert_true(wsproto_is_clean(SLICE("\x03\xe8"
					   "bye")));
	assert_false(wsproto_is_clean(SLICE("\x03\xe9")));
}

/* What a message in pieces was put together in is not kept until the next one. */
static void memory(void **state)
{
	const struct ws_limits limits = { .max_message = 65536 };
	_cleanup_(buf_done) struct buf stream = { .cap = 0 };
	struct wsproto ws = { .remaining = 0 };
	char *text = mem_alloc(50000), *at;
	struct ws_event event;
	size_t len = 30000;

	(void)state;
	memset(text, 'x', 50000);
	put(&stream, 0x81, text, 50000);
	at = stream.data;
	wsproto_next(&ws, &limits, &at, &len, &event);
	assert_int_equal(event.type, WS_NOTHING);
	len = stream.len - 30000;
	wsproto_next(&ws, &limits, &at, &len, &event);
	assert_int_equal(event.type, WS_MESSAGE);
	assert_int_equal(event.payload.len, 50000);
	wsproto_next(&ws, &limits, &at, &len, &event);
	assert_int_equal(event.type, WS_NOTHING);
	assert_in_range(wsproto_memory(&ws), 0, 1024);
	wsproto_done(&ws);
	mem_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(lengths),
		cmocka_unit_test(binary),
		cmocka_unit_test(broken_rules),
		cmocka_unit_test(longer_lengths),
		cmocka_unit_test_setup_teardown(compressed, fresh, stale),
		cmocka_unit_test_setup_teardown(compressed_wrongly, fresh, stale),
		cmocka_unit_test_setup_teardown(bombs, fresh, stale),
		cmocka_unit_test(limits),
		cmocka_unit_test(texts),
		cmocka_unit_test(closes),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_assembly.c - messages put together, at every split */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "gateway/assembly.h"
#include "proto/base/utf8.h"

static struct piece piece(struct slice bytes, size_t remaining, bool first, bool last)
{
	return (struct piece){
		.bytes = bytes, .remaining = remaining, .first = first, .last = last
	};
}

static int feed(struct assembly *assembly, struct piece p, size_t max, struct slice *ret_message)
{
	return assembly_add(assembly, &p, max, ret_message);
}

/* Every way to cut a text in three: as frames of their own, and as parts of one frame. */
static void every_split(void **state)
{
	struct slice text = SLICE("{\"a\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}"), message;
	struct assembly assembly = { .buf = { .cap = 0 } };

	(void)state;
	for (size_t one_frame = 0; one_frame < 2; one_frame++) {
		for (size_t i = 0; i <= text.len; i++) {
			for (size_t j = i; j <= text.len; j++) {
				size_t left = one_frame * (text.len - i),
				       end = one_frame * (text.len - j);

				assert_int_equal(
					feed(&assembly,
						piece(slice_make(text.ptr, i), left, true, false),
						text.len, &message),
					0);
				assert_int_equal(feed(&assembly,
							 piece(slice_make(text.ptr + i, j - i), end,
								 false, false),
							 text.len, &message),
					0);
				assert_int_equal(
					feed(&assembly,
						piece(slice_make(text.ptr + j, text.len - j), 0,
							false, true),
						text.len, &message),
					1);
				assert_true(slice_eq(message, text));
			}
		}
	}
	assembly_done(&assembly);
}

static void one_piece_is_not_copied(void **state)
{
	struct assembly assembly = { .buf = { .cap = 0 } };
	struct slice text = SLICE("{}"), message;

	(void)state;
	assert_int_equal(feed(&assembly, piece(text, 0, true, true), 2, &message), 1);
	assert_ptr_equal(message.ptr, text.ptr);
	assert_int_equal(assembly.buf.cap, 0);
	assert_int_equal(feed(&assembly, piece(SLICE(""), 0, true, true), 2, &message), 1);
	assert_int_equal(message.len, 0);
}

/* As soon as it is known, and whatever a peer says that is still to come. */
static void too_big(void **state)
{
	struct assembly assembly = { .buf = { .cap = 0 } };
	struct slice message;

	(void)state;
	assert_int_equal(feed(&assembly, piece(SLICE("abc"), 0, true, true), 3, &message), 1);
	assert_int_equal(
		feed(&assembly, piece(SLICE("abcd"), 0, true, true), 3, &message), -EMSGSIZE);
	assert_int_equal(feed(&assembly, piece(SLICE(""), 4, true, false), 3, &message), -EMSGSIZE);
	assert_int_equal(
		feed(&assembly, piece(SLICE("a"), SIZE_MAX, true, false), 3, &message), -EMSGSIZE);
	assert_int_equal(
		feed(&assembly, piece(SLICE("a"), SIZE_MAX - 1, true, false), SIZE_MAX, &message),
		0);
	assert_int_equal(feed(&assembly, piece(SLICE("ab"), 0, true, false), 3, &message), 0);
	assert_int_equal(
		feed(&assembly, piece(SLICE("c"), 1, false, false), 3, &message), -EMSGSIZE);
	assert_int_equal(assembly.buf.cap, 0);
}

static bool in_pieces(struct slice text, size_t cut)
{
	struct utf8_stream stream = { .want = 0 };

	return utf8_stream_feed(&stream, slice_make(text.ptr, cut)) &&
		utf8_stream_feed(&stream, slice_make(text.ptr + cut, text.len - cut)) &&
		utf8_stream_end(&stream);
}

/*
 * Every sequence of up to three bytes of the interesting ones: the same verdict as for the whole,
 * wherever it is cut.
 */
static void utf8_like_the_whole(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1,
		0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5,
		0xff };
	enum { N = sizeof(bytes) };

	(void)state;
	for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
		char text[4] = { (char)bytes[i % N], (char)bytes[i / N % N],
			(char)bytes[i / N / N % N], (char)bytes[i / N / N / N] };

		for (size_t len = 3; len <= 4; len++) {
			bool whole = utf8_valid(slice_make(text, len));

			for (size_t cut = 0; cut <= len; cut++)
				assert_int_equal(in_pieces(slice_make(text, len), cut), whole);
		}
	}
}

static void bad_utf8(void **state)
{
	struct assembly assembly = { .buf = { .cap = 0 } };
	struct piece binary = piece(SLICE("\xff"), 0, true, true);
	struct slice message;

	(void)state;
	assert_int_equal(
		feed(&assembly, piece(SLICE("\xff"), 0, true, true), 9, &message), -EILSEQ);
	/* at once, though the message is not whole */
	assert_int_equal(feed(&assembly, piece(SLICE("a"), 3, true, false), 9, &message), 0);
	assert_int_equal(
		feed(&assembly, piece(SLICE("\xed\xa0"), 1, false, false), 9, &message), -EILSEQ);
	/* cut at its end */
	assert_int_equal(feed(&assembly, piece(SLICE("\xe2"), 1, true, false), 9, &message), 0);
	assert_int_equal(
		feed(&assembly, piece(SLICE("\x82"), 0, false, true), 9, &message), -EILSEQ);
	/* the next message begins anew */
	assert_int_equal(feed(&assembly, piece(SLICE("a"), 0, true, false), 9, &message), 0);
	assert_int_equal(feed(&assembly, piece(SLICE("b"), 0, false, true), 9, &message), 1);
	assert_true(slice_eq(message, SLICE("ab")));
	binary.binary = true;
	assert_int_equal(feed(&assembly, binary, 9, &message), 1);
	assembly_done(&assembly);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split),
		cmocka_unit_test(one_piece_is_not_copied),
		cmocka_unit_test(too_big),
		cmocka_unit_test(utf8_like_the_whole),
		cmocka_unit_test(bad_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_utf8.c - well-formed UTF-8, and what is not */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"

static struct slice slice(const char *text)
{
	return slice_of(text);
}

/* Each scalar value is written, valid, read back; each prefix of it is not valid. */
static void every_code_point(void **state)
{
	_cleanup_(buf_done) struct buf buf = { 0 };
	uint32_t read;
	size_t put;

	(void)state;
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		if (code == 0xD800)
			code = 0xE000;
		buf_clear(&buf);
		put = utf8_put(&buf, code);
		assert_int_equal(put, buf.len);
		assert_int_equal(utf8_get(buf_slice(&buf), &read), buf.len);
		assert_int_equal(read, code);
		assert_true(utf8_valid(buf_slice(&buf)));
		assert_int_equal(utf8_printable(buf_slice(&buf)),
			!(code < 0x20 || (code >= 0x7F && code < 0xA0)));
		for (size_t len = 1; len < buf.len; len++)
			assert_false(utf8_valid(slice_make(buf.data, len)));
	}
}

static void ill_formed(void **state)
{
	static const char *const texts[] = {
		"\x80",
		"\xBF",
		"\xC0\x80",
		"\xC1\xBF",
		"\xC2",
		"\xC2\x20",
		"\xE0\x80\x80",
		"\xE0\x9F\xBF",
		"\xED\xA0\x80",
		"\xED\xBF\xBF",
		"\xE2\x82",
		"\xE2\x28\xA1",
		"\xE2\x82\x28",
		"\xF0\x80\x80\x80",
		"\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80",
		"\xF8\x88\x80\x80\x80",
		"\xFE",
		"\xFF",
		"\xF0\x90\x80",
		"\xF0\x28\x80\x80",
		"\xC3\xA9\xA9",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(utf8_valid(slice(texts[i])));
		assert_false(utf8_printable(slice(texts[i])));
		/* at every place of the eight-byte steps */
		for (int before = 0; before < 20; before++) {
			snprintf(text, sizeof(text), "%.*s%sabcdefghij", before,
				"ABCDEFGHIJKLMNOPQRST", texts[i]);
			assert_false(utf8_valid(slice(text)));
		}
	}
}

static void well_formed(void **state)
{
	(void)state;
	assert_true(utf8_valid(SLICE("")));
	assert_true(utf8_valid(slice_of(NULL)));
	assert_true(utf8_valid(SLICE("plain text that is longer than eight bytes")));
	assert_true(utf8_valid(SLICE("Gr\xC3\xBC\xC3\x9F"
				     "e \xE2\x82\xAC \xF0\x9F\x98\x80")));
	assert_true(utf8_valid(SLICE("a\0b\x7F")));
	assert_false(utf8_printable(SLICE("a\0b")));
	assert_false(utf8_printable(SLICE("a\nb")));
	assert_false(utf8_printable(SLICE("\x7F")));
	assert_false(utf8_printable(SLICE("\xC2\x85")));
	assert_true(utf8_printable(SLICE("\xC2\xA0 ok")));
	assert_true(utf8_printable(SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(ill_formed),
		cmocka_unit_test(well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

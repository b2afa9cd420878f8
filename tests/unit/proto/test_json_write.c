/* test_json_write.c - the writer: escapes, commas, numbers */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/json.h"

static void string_escapes(void **state)
{
	static const struct {
		struct slice plain;
		const char *text;
	} pairs[] = {
		{ SLICE(""), "\"\"" },
		{ SLICE("abc"), "\"abc\"" },
		{ SLICE("\"\\/"), "\"\\\"\\\\/\"" },
		{ SLICE("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
		{ SLICE("\x01\x1F\x7F"), "\"\\u0001\\u001f\x7F\"" },
		{ SLICE("a\0b"), "\"a\\u0000b\"" },
		{ SLICE("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
			"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
		{ SLICE("a\xE2\x80\xA8z\xE2\x80\xA9\xE2\x80\xAA"),
			"\"a\\u2028z\\u2029\xE2\x80\xAA\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		_cleanup_(buf_done) struct buf out = { 0 };

		json_put_string(&out, pairs[i].plain);
		assert_string_equal(buf_cstr(&out), pairs[i].text);
	}
}

/* Every character but NUL is written as a string that reads back as the same. */
static void every_character_reads_back(void **state)
{
	_cleanup_(buf_done) struct buf plain = { 0 }, text = { 0 }, again = { 0 };
	struct json_value value;
	struct json_walk walk;

	(void)state;
	for (uint32_t code = 1; code < 0x3000; code++)
		if (code < 0xD800 || code > 0xDFFF)
			utf8_put(&plain, code);
	json_begin(&text, '[');
	json_put_string(&text, buf_slice(&plain));
	json_end(&text, ']');
	assert_int_equal(json_check(buf_slice(&text), 1, &value), 0);
	json_walk_init(&walk, value.text);
	assert_true(json_next_element(&walk, &value));
	json_string_decode(&again, value.text);
	assert_true(slice_eq(buf_slice(&again), buf_slice(&plain)));
}

/* Bytes are looked at several at a time: each is what it is at each place. */
static void every_byte_at_every_place(void **state)
{
	char bytes[20];

	(void)state;
	for (size_t at = 0; at < sizeof(bytes); at++)
		for (unsigned code = 0; code < 256; code++) {
			_cleanup_(buf_done) struct buf out = { 0 }, alone = { 0 }, want = { 0 };
			char c = (char)code;

			memset(bytes, 'x', sizeof(bytes));
			bytes[at] = c;
			json_put_string(&alone, slice_make(&c, 1));
			buf_putc(&want, '"');
			buf_add(&want, bytes, at);
			buf_add(&want, alone.data + 1, alone.len - 2);
			buf_add(&want, bytes + at + 1, sizeof(bytes) - at - 1);
			buf_putc(&want, '"');
			json_put_string(&out, slice_make(bytes, sizeof(bytes)));
			assert_true(slice_eq(buf_slice(&out), buf_slice(&want)));
		}
}

static void members(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	(void)state;
	json_begin(&out, '{');
	json_add_string(&out, "s", SLICE("x,"));
	json_add_i64(&out, "i", INT64_MIN);
	json_add_u64(&out, "u", UINT64_MAX);
	json_add_hex(&out, "h", 0xABC);
	json_add_bool(&out, "t", true);
	json_add_bool(&out, "f", false);
	json_add_null(&out, "n");
	json_add_raw(&out, "r", SLICE("[1, 2]"));
	json_add_members(&out, SLICE(""));
	json_add_members(&out, SLICE("\"m\":1,\"k\":{}"));
	json_add_string(&out, "q", SLICE("{"));
	json_add_i64(&out, "z", 0);
	json_end(&out, '}');
	assert_string_equal(buf_cstr(&out),
		"{\"s\":\"x,\",\"i\":-9223372036854775808,\"u\":18446744073709551615,"
		"\"h\":\"0000000000000abc\",\"t\":true,\"f\":false,\"n\":null,\"r\":[1, 2],"
		"\"m\":1,\"k\":{},\"q\":\"{\",\"z\":0}");
}

static void doubles(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	(void)state;
	json_begin(&out, '{');
	json_add_double(&out, "a", 1.005, 2);
	json_add_double(&out, "b", -0.5, 0);
	json_add_double(&out, "c", NAN, 2);
	json_add_double(&out, "d", (double)INFINITY, 2);
	json_add_double(&out, "e", 12345.678, 1);
	json_end(&out, '}');
	assert_string_equal(
		buf_cstr(&out), "{\"a\":1.00,\"b\":-0,\"c\":null,\"d\":null,\"e\":12345.7}");
}

static void nested(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	struct json_value value;

	(void)state;
	json_begin(&out, '{');
	json_key(&out, "list");
	json_begin(&out, '[');
	for (int i = 0; i < 3; i++) {
		json_comma(&out);
		json_begin(&out, '{');
		json_add_i64(&out, "i", i);
		json_end(&out, '}');
	}
	json_comma(&out);
	json_put_string(&out, SLICE("x"));
	json_end(&out, ']');
	json_key(&out, "empty");
	json_begin(&out, '[');
	json_end(&out, ']');
	json_add_members(&out, SLICE("\"last\":1"));
	json_end(&out, '}');
	assert_string_equal(buf_cstr(&out),
		"{\"list\":[{\"i\":0},{\"i\":1},{\"i\":2},\"x\"],\"empty\":[],\"last\":1}");
	assert_int_equal(json_check(buf_slice(&out), 3, &value), 0);
}

static void members_without_braces(void **state)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	(void)state;
	json_add_i64(&out, "a", 1);
	json_add_i64(&out, "b", 2);
	assert_string_equal(buf_cstr(&out), "\"a\":1,\"b\":2");
	buf_clear(&out);
	json_begin(&out, '{');
	json_add_members(&out, SLICE("\"a\":1"));
	json_add_members(&out, slice_of(NULL));
	json_end(&out, '}');
	assert_string_equal(buf_cstr(&out), "{\"a\":1}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(string_escapes),
		cmocka_unit_test(every_character_reads_back),
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(members),
		cmocka_unit_test(doubles),
		cmocka_unit_test(nested),
		cmocka_unit_test(members_without_braces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

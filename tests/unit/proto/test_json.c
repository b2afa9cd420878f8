/* test_json.c - the reader: what is JSON and what is not, walking, strings, numbers */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "proto/base/mem.h"
#include "proto/json.h"

/* In memory of exactly this size, so that the sanitizer sees a byte read too many. */
static int check(struct slice text, unsigned depth)
{
	_cleanup_(mem_freep) char *copy = text.len ? mem_alloc(text.len) : NULL;
	struct json_value value = { 0 };
	int result;

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	result = json_check(slice_make(copy, text.len), depth, &value);
	if (result)
		assert_null(value.text.ptr); /* untouched */
	return result;
}

static void assert_slice(struct slice got, const char *want)
{
	if (!slice_eq(got, slice_of(want)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)got.len, got.ptr, want);
}

#define EVERY_KIND \
	"{\"type\":\"chat\",\"esc\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"," \
	"\"utf\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 and more text behind it\"," \
	"\"n\":[0,-0,1.5,-12.25e+10,1E-2,3e7],\"w\":[true,false,null],\"o\":{\"a\":{},\"b\":[]}}"

static void accepts(void **state)
{
	static const char *const texts[] = { "{}", "[]", " {} ", "\t\r\n[\n]\n", EVERY_KIND,
		"[1,[2,[3,[]]]]", "{\"\":0}", "{\"a\":1,\"a\":2}", "[\"\x7F\"]",
		"[\"\\ud800\\udc00\"]", "[\"\\uDBFF\\uDFFF\"]",
		"[\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\"]", "[1e999,123456789012345678901234567890]",
		"[\"\\u0001\"]", "[0 , 1]", "{ \"a\" : 1 , \"b\" : 2 }" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (check(slice_of(texts[i]), 32))
			fail_msg("refused: %s", texts[i]);
}

static void refuses(void **state)
{
	static const char *const texts[] = { "", " ", "1", "\"a\"", "true", "null", "{", "[", "}",
		"{]", "[}", "{}}", "{}{}", "[] x", "[1,]", "[,1]", "[,]", "[1 2]", "{,}", "{\"a\"}",
		"{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\" 1}", "{\"a\"::1}",
		"[01]", "[-]", "[+1]", "[.5]", "[1.]", "[1.e5]", "[1e]", "[1e+]", "[0x1]", "[-a]",
		"[00]", "[1.5.5]", "[NaN]", "[Infinity]", "[tru]", "[truex]", "[True]", "[nul]",
		"[\"a]", "[\"\\\"]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12g4\"]", "[\"\\u0000\"]",
		"[\"\\ud800\"]", "[\"\\udc00\"]", "[\"\\ud800\\ud800\"]", "[\"\\ud800x\"]",
		"[\"\\ud800\\n\"]", "[\"\\ud800\\u0041\"]", "[\"a\nb\"]", "[\"a\tb\"]",
		"[\"\x01\"]", "[\"1234567\x1F\"]", "[\"\x80\"]", "[\"\xC0\x80\"]",
		"[\"\xED\xA0\x80\"]", "[\"\xF4\x90\x80\x80\"]", "[\"\xC3\"]", "[\"\xE2\x82\"]",
		"\xEF\xBB\xBF{}", "[1]\xC3\xA9", "// c\n{}", "{}/**/", "[1\x0B]", "[\xC2\xA0]" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (check(slice_of(texts[i]), 32) != -EINVAL)
			fail_msg("accepted: %s", texts[i]);
	assert_int_equal(check(SLICE("[\"\0\"]"), 32), -EINVAL);
	assert_int_equal(check(SLICE("[1\0]"), 32), -EINVAL);
	assert_int_equal(check(SLICE("{}\0"), 32), -EINVAL);
}

static void every_truncation(void **state)
{
	static const char text[] = EVERY_KIND;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(check(slice_make(text, len), 32), -EINVAL);
	assert_int_equal(check(slice_make(text, sizeof(text) - 1), 32), 0);
	for (size_t start = 1; start < sizeof(text) - 1; start++) /* and each tail: no crash */
		check(slice_make(text + start, sizeof(text) - 1 - start), 32);
}

/* Each special byte of a string at each place of the eight-byte steps. */
static void special_bytes_everywhere(void **state)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (int before = 0; before < 24; before++) {
		for (int c = 1; c < 256; c++) {
			_cleanup_(buf_done) struct buf text = { 0 };
			bool good = c >= 0x20 && c != '\\' && c != '"' && c < 0x80;

			buf_printf(&text, "[\"%.*s%c%.10s\"]", before, plain, c, plain);
			assert_int_equal(check(buf_slice(&text), 32), good ? 0 : -EINVAL);
		}
	}
}

static void depth(void **state)
{
	_cleanup_(buf_done) struct buf text = { 0 };

	(void)state;
	assert_int_equal(check(SLICE("{}"), 0), -EMLINK);
	assert_int_equal(check(SLICE("{\"a\":1}"), 1), 0);
	assert_int_equal(check(SLICE("{\"a\":[]}"), 1), -EMLINK);
	assert_int_equal(check(SLICE("{\"a\":[],\"b\":[{}]}"), 2), -EMLINK);
	assert_int_equal(check(SLICE("[[],[],[],{},{\"a\":1}]"), 2), 0);
	for (size_t i = 0; i < JSON_DEPTH_MAX; i++)
		buf_putc(&text, '[');
	for (size_t i = 0; i < JSON_DEPTH_MAX; i++)
		buf_putc(&text, ']');
	assert_int_equal(check(buf_slice(&text), JSON_DEPTH_MAX), 0);
	assert_int_equal(check(buf_slice(&text), JSON_DEPTH_MAX - 1), -EMLINK);
	buf_clear(&text);
	for (size_t i = 0; i < 100000; i++)
		buf_putc(&text, '[');
	assert_int_equal(check(buf_slice(&text), 4000000000u), -EMLINK);
}

static void walks_an_object(void **state)
{
	struct json_member member;
	struct json_value value;
	struct json_walk walk;
	static const struct {
		const char *key, *value, *text;
		enum json_type type;
	} want[] = {
		{ "\"a\"", "1.50", "\"a\" : 1.50", JSON_TYPE_NUMBER },
		{ "\"b}\\\"\"", "\"x,]\\\\\"", "\"b}\\\"\":\"x,]\\\\\"", JSON_TYPE_STRING },
		{ "\"c\"", "{\"}\":[\"]\\\"\", {}]}", "\"c\":{\"}\":[\"]\\\"\", {}]}",
			JSON_TYPE_OBJECT },
		{ "\"d\"", "[ ]", "\"d\":[ ]", JSON_TYPE_ARRAY },
		{ "\"e\"", "true", "\"e\":true", JSON_TYPE_TRUE },
		{ "\"f\"", "false", "\"f\":false", JSON_TYPE_FALSE },
		{ "\"\"", "null", "\"\":null", JSON_TYPE_NULL },
	};

	(void)state;
	assert_int_equal(json_check(SLICE(" { \"a\" : 1.50 , \"b}\\\"\":\"x,]\\\\\",\"c\":{\"}\":"
					  "[\"]\\\"\", {}]},\n\"d\":[ ]\t,\"e\":true, \"f\":false"
					  ",\"\":null\r\n} "),
				 4, &value),
		0);
	assert_int_equal(value.type, JSON_TYPE_OBJECT);
	json_walk_init(&walk, value.text);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(json_next_member(&walk, &member));
		assert_slice(member.key, want[i].key);
		assert_slice(member.value.text, want[i].value);
		assert_slice(member.text, want[i].text);
		assert_int_equal(member.value.type, want[i].type);
	}
	assert_false(json_next_member(&walk, &member));
	assert_false(json_next_member(&walk, &member));
}

static void walks_an_array(void **state)
{
	static const char *const want[] = { "1", "\"a\"", "[2,[3]]", "{\"b\":[]}", "-0.5e1",
		"null" };
	struct json_value value, element;
	struct json_walk walk;

	(void)state;
	assert_int_equal(
		json_check(SLICE("[1, \"a\",[2,[3]],{\"b\":[]} ,-0.5e1,null]"), 4, &value), 0);
	assert_int_equal(value.type, JSON_TYPE_ARRAY);
	json_walk_init(&walk, value.text);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(json_next_element(&walk, &element));
		assert_slice(element.text, want[i]);
	}
	assert_false(json_next_element(&walk, &element));
	json_walk_init(&walk, SLICE("[ ]"));
	assert_false(json_next_element(&walk, &element));
	json_walk_init(&walk, SLICE("{}"));
	assert_false(json_next_member(&walk, &(struct json_member){ 0 }));
}

static void strings(void **state)
{
	static const struct {
		const char *text, *plain;
	} pairs[] = {
		{ "\"\"", "" },
		{ "\"abc\"", "abc" },
		{ "\"\\u0061b\\u0063\"", "abc" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u00e9\\u20AC\\ud83d\\ude00x\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x" },
		{ "\"\xC3\xA9\"", "\xC3\xA9" },
		{ "\"a\\\\u0061\"", "a\\u0061" },
	};
	_cleanup_(buf_done) struct buf scratch = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct slice text = slice_of(pairs[i].text), plain = slice_of(pairs[i].plain);

		assert_slice(json_string_plain(text, &scratch), pairs[i].plain);
		assert_true(json_string_eq(text, plain));
		assert_false(json_string_eq(text, SLICE("other")));
		assert_false(json_string_eq(text, SLICE("something that is longer than all")));
		buf_clear(&scratch);
		buf_put(&scratch, SLICE("before "));
		json_string_decode(&scratch, text);
		buf_drop(&scratch, strlen("before "));
		assert_slice(buf_slice(&scratch), pairs[i].plain);
	}
	assert_true(json_string_eq(SLICE("\"\""), slice_of(NULL)));
}

static void plain_strings_are_not_copied(void **state)
{
	struct slice text = SLICE("\"abc\"");
	struct buf scratch = { 0 };

	(void)state;
	assert_ptr_equal(json_string_plain(text, &scratch).ptr, text.ptr + 1);
	assert_null(scratch.data);
}

static void numbers(void **state)
{
	static const char *const others[] = { "1.0", "1e2", "1E2", "-", "", "9223372036854775808",
		"-9223372036854775809", "123456789012345678901", "0.5" };
	int64_t number = 42;

	(void)state;
	assert_true(json_number_i64(SLICE("0"), &number));
	assert_int_equal(number, 0);
	assert_true(json_number_i64(SLICE("-0"), &number));
	assert_int_equal(number, 0);
	assert_true(json_number_i64(SLICE("9223372036854775807"), &number));
	assert_true(number == INT64_MAX);
	assert_true(json_number_i64(SLICE("-9223372036854775808"), &number));
	assert_true(number == INT64_MIN);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(json_number_i64(slice_of(others[i]), &number));
	assert_true(number == INT64_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(special_bytes_everywhere),
		cmocka_unit_test(depth),
		cmocka_unit_test(walks_an_object),
		cmocka_unit_test(walks_an_array),
		cmocka_unit_test(strings),
		cmocka_unit_test(plain_strings_are_not_copied),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

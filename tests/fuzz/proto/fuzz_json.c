/* fuzz_json.c - the reader against jansson: both accept or both reject; the walk misses nothing */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <jansson.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/json.h"

enum { DEPTH = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_value(struct buf *out, const struct json_value *value);

static void check_string(struct slice text, const json_t *want)
{
	_cleanup_(buf_done) struct buf decoded = { 0 }, scratch = { 0 };
	struct slice plain;

	json_string_decode(&decoded, text);
	plain = buf_slice(&decoded);
	assert(utf8_valid(plain));
	assert(json_string_eq(text, plain));
	assert(slice_eq(json_string_plain(text, &scratch), plain));
	if (want)
		assert(slice_eq(
			plain, slice_make(json_string_value(want), json_string_length(want))));
	buf_putc(&decoded, 'x');
	assert(!json_string_eq(text, buf_slice(&decoded)));
}

static void copy_string(struct buf *out, struct slice text)
{
	_cleanup_(buf_done) struct buf decoded = { 0 };

	json_string_decode(&decoded, text);
	json_put_string(out, buf_slice(&decoded));
}

/* Blanks and commas are all that may stand between what the walk yields. */
static void check_between(const char *from, const char *to)
{
	for (; from < to; from++)
		assert(memchr(" \t\r\n,", *from, 5));
}

static void copy_object(struct buf *out, struct slice text)
{
	const char *seen = text.ptr + 1;
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, text);
	json_begin(out, '{');
	while (json_next_member(&walk, &member)) {
		check_between(seen, member.text.ptr);
		seen = member.text.ptr + member.text.len;
		assert(member.key.ptr == member.text.ptr);
		assert(member.value.text.ptr + member.value.text.len == seen);
		check_string(member.key, NULL);
		json_comma(out);
		copy_string(out, member.key);
		buf_putc(out, ':');
		copy_value(out, &member.value);
	}
	check_between(seen, text.ptr + text.len - 1);
	json_end(out, '}');
}

static void copy_array(struct buf *out, struct slice text)
{
	const char *seen = text.ptr + 1;
	struct json_value element;
	struct json_walk walk;

	json_walk_init(&walk, text);
	json_begin(out, '[');
	while (json_next_element(&walk, &element)) {
		check_between(seen, element.text.ptr);
		seen = element.text.ptr + element.text.len;
		json_comma(out);
		copy_value(out, &element);
	}
	check_between(seen, text.ptr + text.len - 1);
	json_end(out, ']');
}

static void check_number(struct slice text, const json_t *want)
{
	int64_t number;
	bool integer = json_number_i64(text, &number);

	if (want && json_is_integer(want))
		assert(integer && number == json_integer_value(want));
	else if (want)
		assert(!integer);
}

/* Writes the value anew through the writer, and holds scalars against jansson's. */
static void copy_value(struct buf *out, const struct json_value *value)
{
	json_t *want = NULL;

	if (value->type == JSON_TYPE_OBJECT) {
		copy_object(out, value->text);
		return;
	}
	if (value->type == JSON_TYPE_ARRAY) {
		copy_array(out, value->text);
		return;
	}
	want = json_loadb(value->text.ptr, value->text.len, JSON_DECODE_ANY, NULL);
	if (value->type == JSON_TYPE_STRING) {
		assert(json_is_string(want));
		check_string(value->text, want);
		copy_string(out, value->text);
	} else {
		assert(want || value->type == JSON_TYPE_NUMBER);
		assert(!json_is_true(want) == (value->type != JSON_TYPE_TRUE));
		assert(!json_is_false(want) == (value->type != JSON_TYPE_FALSE));
		assert(!json_is_null(want) == (value->type != JSON_TYPE_NULL));
		if (value->type == JSON_TYPE_NUMBER)
			check_number(value->text, want);
		buf_put(out, value->text);
	}
	json_decref(want);
}

/* jansson refuses numbers that do not fit, which we pass on as they are. */
static bool is_number_limit(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	return code == json_error_numeric_overflow;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	_cleanup_(buf_done) struct buf copy = { 0 };
	struct json_value value, again;
	json_error_t error;
	json_t *want, *got;
	int result = json_check(text, DEPTH, &value);

	if (result == -EMLINK)
		return 0;
	if (size && memchr(data, '\0', size)) {
		assert(result == -EINVAL); /* jansson overlooks a NUL byte after a number */
		return 0;
	}
	want = json_loadb(text.ptr ? text.ptr : "", text.len, 0, &error);
	if (result) {
		assert(result == -EINVAL && !want);
		return 0;
	}
	assert(want || is_number_limit(&error));
	assert(value.type == (value.text.ptr[0] == '{' ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY));
	copy_value(&copy, &value);
	assert(json_check(buf_slice(&copy), DEPTH, &again) == 0);
	assert(slice_eq(again.text, buf_slice(&copy)));
	if (want) {
		got = json_loadb(copy.data, copy.len, 0, NULL);
		assert(got && json_equal(want, got));
		json_decref(got);
	}
	json_decref(want);
	return 0;
}

/* json_walk.c - walks JSON that json_check() has accepted: members, elements, strings, numbers */
/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "proto/base/utf8.h"
#include "proto/json.h"
#include "proto/json_scan.h"

static enum json_type type_of(char first)
{
	switch (first) {
	case '{':
		return JSON_TYPE_OBJECT;
	case '[':
		return JSON_TYPE_ARRAY;
	case '"':
		return JSON_TYPE_STRING;
	case 't':
		return JSON_TYPE_TRUE;
	case 'f':
		return JSON_TYPE_FALSE;
	case 'n':
		return JSON_TYPE_NULL;
	default:
		return JSON_TYPE_NUMBER;
	}
}

/* p is at the opening quote, the result after the closing one. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++;; p++) {
		while (end - p >= 8) {
			unsigned n = json_quote_at(p);

			p += n;
			if (n < 8)
				break;
		}
		assert(p < end);
		if (*p == '"')
			return p + 1;
		p += *p == '\\'; /* over what is escaped */
	}
}

static const char *skip_container(const char *p, const char *end)
{
	unsigned depth = 0;

	for (;;) {
		assert(p < end);
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (--depth == 0)
				return p + 1;
			break;
		default:
			break;
		}
		p++;
	}
}

static const char *take_value(const char *p, const char *end, struct json_value *ret_value)
{
	const char *start = p;

	assert(p < end);
	ret_value->type = type_of(*p);
	switch (ret_value->type) {
	case JSON_TYPE_STRING:
		p = skip_string(p, end);
		break;
	case JSON_TYPE_OBJECT:
	case JSON_TYPE_ARRAY:
		p = skip_container(p, end);
		break;
	default:
		while (p<end && * p> ' ' && *p != ',' && *p != ']' && *p != '}')
			p++;
	}
	ret_value->text = slice_make(start, (size_t)(p - start));
	return p;
}

void json_walk_init(struct json_walk *walk, struct slice text)
{
	assert(text.len >= 2);
	walk->at = text.ptr + 1;
	walk->end = text.ptr + text.len - 1;
}

/* To the next key or element, over the comma before it. */
static bool to_next(struct json_walk *walk)
{
	walk->at = json_skip_space(walk->at, walk->end);
	if (walk->at < walk->end && *walk->at == ',')
		walk->at = json_skip_space(walk->at + 1, walk->end);
	return walk->at < walk->end;
}

bool json_next_member(struct json_walk *walk, struct json_member *ret_member)
{
	const char *key, *p;

	if (!to_next(walk))
		return false;
	key = walk->at;
	assert(*key == '"');
	p = skip_string(key, walk->end);
	ret_member->key = slice_make(key, (size_t)(p - key));
	p = json_skip_space(p, walk->end);
	assert(p < walk->end && *p == ':');
	p = json_skip_space(p + 1, walk->end);
	walk->at = take_value(p, walk->end, &ret_member->value);
	ret_member->text = slice_make(key, (size_t)(walk->at - key));
	return true;
}

bool json_next_element(struct json_walk *walk, struct json_value *ret_value)
{
	if (!to_next(walk))
		return false;
	walk->at = take_value(walk->at, walk->end, ret_value);
	return true;
}

/* ---- strings and numbers ---- */

static struct slice unquoted(struct slice text)
{
	assert(text.len >= 2 && text.ptr[0] == '"');
	return slice_make(text.ptr + 1, text.len - 2);
}

static uint32_t read_hex4(const char *p, const char *end)
{
	int32_t code = json_hex4(p, end);

	assert(code > 0);
	return (uint32_t)code;
}

/* The character of an escape; *at is after the backslash, and moves behind the escape. */
static uint32_t read_escape(const char **at, const char *end)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *p = *at, *name;
	uint32_t code;

	assert(p < end);
	if (*p != 'u') {
		name = memchr(names, *p, sizeof(names) - 1);
		assert(name);
		*at = p + 1;
		return (unsigned char)means[name - names];
	}
	code = read_hex4(p + 1, end);
	*at = p + 5;
	if (code < 0xD800 || code > 0xDFFF)
		return code;
	*at = p + 11;
	return 0x10000 + ((code - 0xD800) << 10) + (read_hex4(p + 7, end) - 0xDC00);
}

bool json_string_eq(struct slice text, struct slice plain)
{
	struct slice inside = unquoted(text);
	struct buf decoded = { 0 };
	bool equal;

	if (!inside.len || !memchr(inside.ptr, '\\', inside.len))
		return slice_eq(inside, plain);
	if (inside.len < plain.len)
		return false; /* an escape is never shorter than what it means */
	json_string_decode(&decoded, text);
	equal = slice_eq(buf_slice(&decoded), plain);
	buf_done(&decoded);
	return equal;
}

void json_string_decode(struct buf *out, struct slice text)
{
	struct slice inside = unquoted(text);
	const char *p = inside.ptr, *end = p + inside.len, *escape;

	while (p < end) {
		escape = memchr(p, '\\', (size_t)(end - p));
		if (!escape)
			escape = end;
		buf_add(out, p, (size_t)(escape - p));
		p = escape;
		if (p < end) {
			p++;
			utf8_put(out, read_escape(&p, end));
		}
	}
}

struct slice json_string_plain(struct slice text, struct buf *scratch)
{
	struct slice inside = unquoted(text);

	if (!inside.len || !memchr(inside.ptr, '\\', inside.len))
		return inside;
	buf_clear(scratch);
	json_string_decode(scratch, text);
	return buf_slice(scratch);
}

bool json_number_i64(struct slice text, int64_t *ret_number)
{
	bool negative = text.len && text.ptr[0] == '-';
	int64_t number = 0;

	if (text.len == negative)
		return false;
	for (size_t i = negative; i < text.len; i++) {
		int64_t digit = text.ptr[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, negative ? -digit : digit, &number))
			return false;
	}
	*ret_number = number;
	return true;
}

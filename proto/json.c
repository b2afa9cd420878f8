/* json.c - the validating reader: is it JSON, and how deep? */
/* SPDX-License-Identifier: MIT */
#include "proto/json.h"

#include <assert.h>
#include <errno.h>

#include "proto/base/utf8.h"
#include "proto/json_scan.h"

/* ---- scanning text that nobody has looked at yet; NULL: it is not JSON ---- */

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* One escape; p is after the backslash. */
static const char *scan_escape(const char *p, const char *end)
{
	int32_t code;

	if (p == end)
		return NULL;
	if (*p != 'u')
		return memchr("\"\\/bfnrt", *p, 8) ? p + 1 : NULL;
	code = json_hex4(p + 1, end);
	if (code <= 0 || (code >= 0xDC00 && code <= 0xDFFF))
		return NULL;
	p += 5;
	if (code < 0xD800 || code > 0xDBFF)
		return p;
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return NULL;
	code = json_hex4(p + 2, end);
	return code >= 0xDC00 && code <= 0xDFFF ? p + 6 : NULL;
}

/* Characters of more than one byte, as many as follow each other. */
static const char *scan_wide(const char *p, const char *end)
{
	uint32_t code;

	while (p < end && (unsigned char)*p >= 0x80) {
		size_t n = utf8_get(slice_make(p, (size_t)(end - p)), &code);

		if (n == 0)
			return NULL;
		p += n;
	}
	return p;
}

/* A string; p is after the opening quote, the result after the closing one. */
static const char *scan_string(const char *p, const char *end)
{
	while (p) {
		while (end - p >= 8) {
			unsigned n = json_plain_bytes(p);

			p += n;
			if (n < 8)
				break;
		}
		if (p == end)
			return NULL;
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p = scan_escape(p + 1, end);
		else if ((unsigned char)*p >= 0x80)
			p = scan_wide(p, end);
		else if ((unsigned char)*p >= 0x20)
			p++; /* one of the last bytes of the text */
		else
			return NULL;
	}
	return NULL;
}

static const char *scan_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (!is_digit(p, end))
		return NULL;
	if (*p == '0')
		p++;
	else
		while (is_digit(p, end))
			p++;
	if (p < end && *p == '.') {
		p++;
		if (!is_digit(p, end))
			return NULL;
		while (is_digit(p, end))
			p++;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_digit(p, end))
			return NULL;
		while (is_digit(p, end))
			p++;
	}
	return p;
}

static const char *scan_word(const char *p, const char *end, const char *word, size_t len)
{
	return (size_t)(end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

static const char *scan_scalar(const char *p, const char *end)
{
	if (p == end)
		return NULL;
	switch (*p) {
	case '"':
		return scan_string(p + 1, end);
	case 't':
		return scan_word(p, end, "true", 4);
	case 'f':
		return scan_word(p, end, "false", 5);
	case 'n':
		return scan_word(p, end, "null", 4);
	default:
		return scan_number(p, end);
	}
}

/* `"key" :` and the blanks after it */
static const char *scan_key(const char *p, const char *end)
{
	p = json_skip_space(p, end);
	if (p == end || *p != '"')
		return NULL;
	p = scan_string(p + 1, end);
	if (!p)
		return NULL;
	p = json_skip_space(p, end);
	if (p == end || *p != ':')
		return NULL;
	return json_skip_space(p + 1, end);
}

/* ---- checking ---- */

struct checker {
	const char *p, *end;
	unsigned depth, max_depth;
	char closing[JSON_DEPTH_MAX]; /* of what is open: '}' or ']'; only [0, depth) is set */
};

/* From an opening bracket to its first value (true), or past the closing one if it is empty. */
static int open_container(struct checker *c, bool *ret_value)
{
	bool object = *c->p == '{';

	if (c->depth == c->max_depth)
		return -EMLINK;
	c->closing[c->depth] = object ? '}' : ']';
	c->p = json_skip_space(c->p + 1, c->end);
	*ret_value = c->p == c->end || *c->p != c->closing[c->depth];
	c->depth++;
	if (!*ret_value) {
		c->p++;
		c->depth--;
	} else if (object) {
		c->p = scan_key(c->p, c->end);
	}
	return c->p ? 0 : -EINVAL;
}

/* From behind a value to the next one (true), or to the end of the outermost container. */
static int after_value(struct checker *c, bool *ret_value)
{
	while (c->depth) {
		char closing = c->closing[c->depth - 1];

		c->p = json_skip_space(c->p, c->end);
		if (c->p == c->end)
			return -EINVAL;
		if (*c->p == ',') {
			c->p = closing == '}' ? scan_key(c->p + 1, c->end)
					      : json_skip_space(c->p + 1, c->end);
			*ret_value = true;
			return c->p ? 0 : -EINVAL;
		}
		if (*c->p != closing)
			return -EINVAL;
		c->p++;
		c->depth--;
	}
	*ret_value = false;
	return 0;
}

int json_check(struct slice text, unsigned max_depth, struct json_value *ret_value)
{
	const char *start, *end = text.len ? text.ptr + text.len : text.ptr;
	struct checker c;
	bool value = true;
	int error = 0;

	start = json_skip_space(text.ptr, end);
	if (start == end || (*start != '{' && *start != '['))
		return -EINVAL;
	c.p = start;
	c.end = end;
	c.depth = 0;
	c.max_depth = max_depth < JSON_DEPTH_MAX ? max_depth : JSON_DEPTH_MAX;
	while (value && !error) {
		if (c.p < end && (*c.p == '{' || *c.p == '[')) {
			error = open_container(&c, &value);
			if (error || value)
				continue;
		} else {
			c.p = scan_scalar(c.p, end);
			if (!c.p)
				return -EINVAL;
		}
		error = after_value(&c, &value);
	}
	if (error)
		return error;
	if (json_skip_space(c.p, end) != end)
		return -EINVAL;
	ret_value->type = *start == '{' ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY;
	ret_value->text = slice_make(start, (size_t)(c.p - start));
	return 0;
}

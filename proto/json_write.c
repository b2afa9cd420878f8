/* json_write.c - writes JSON text into a buffer */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "proto/json.h"

/* ---- strings ---- */

/* Does a string's byte stand for itself? 0xE2 begins U+2028 and U+2029, among others. */
static inline bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0xE2;
}

/* Do these eight bytes? If one is not ASCII it is looked at one by one. */
static inline bool are_plain(uint64_t word)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
	uint64_t quote = word ^ ('"' * ones), slash = word ^ ('\\' * ones);

	/* a top bit is set: not ASCII, a control character, or one of the two */
	return !((word | (word - 0x20 * ones) | (quote - ones) | (slash - ones)) & tops);
}

/* How many bytes at the begin stand for themselves; eight at a time. */
static size_t count_plain(struct slice text)
{
	size_t at = 0;
	uint64_t word = ' ' * (UINT64_MAX / 255);

	if (text.len < sizeof(word)) {
		if (text.len)
			memcpy(&word, text.ptr, text.len);
		if (are_plain(word))
			return text.len;
	}
	for (; at + sizeof(word) <= text.len; at += sizeof(word)) {
		memcpy(&word, text.ptr + at, sizeof(word));
		if (!are_plain(word))
			break;
	}
	while (at < text.len && is_plain((unsigned char)text.ptr[at]))
		at++;
	return at;
}

static void put_escaped(struct buf *out, unsigned char c)
{
	static const char controls[] = "\b\f\n\r\t", names[] = "bfnrt";
	const char *control = memchr(controls, c, sizeof(controls) - 1);

	buf_putc(out, '\\');
	if (c == '"' || c == '\\')
		buf_putc(out, (char)c);
	else if (control)
		buf_putc(out, names[control - controls]);
	else
		buf_printf(out, "u%04x", c);
}

/* U+2028 and U+2029 end a line in older JavaScript. */
static bool is_line_separator(struct slice text)
{
	return text.len >= 3 && memcmp(text.ptr, "\xE2\x80", 2) == 0 &&
		((unsigned char)text.ptr[2] | 1) == 0xA9;
}

void json_put_string(struct buf *out, struct slice plain)
{
	size_t run = 0, at = count_plain(plain);
	char *to = buf_reserve(out, plain.len + 2);

	*to = '"';
	if (at == plain.len) { /* nearly always */
		if (at)
			memcpy(to + 1, plain.ptr, at);
		to[at + 1] = '"';
		out->len += at + 2;
		return;
	}
	out->len++;
	while (at < plain.len) {
		unsigned char c = (unsigned char)plain.ptr[at];

		if (is_plain(c)) {
			at++;
			continue;
		}
		if (c == 0xE2 && !is_line_separator(slice_make(plain.ptr + at, plain.len - at))) {
			at++;
			continue;
		}
		buf_add(out, plain.ptr + run, at - run);
		if (c == 0xE2) {
			buf_printf(out, "\\u202%c", plain.ptr[at + 2] & 1 ? '9' : '8');
			at += 3;
		} else {
			put_escaped(out, c);
			at++;
		}
		run = at;
	}
	if (at > run)
		buf_add(out, plain.ptr + run, at - run);
	buf_putc(out, '"');
}

/* ---- containers ---- */

void json_begin(struct buf *out, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	buf_putc(out, bracket);
}

void json_end(struct buf *out, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	buf_putc(out, bracket);
}

static bool needs_comma(const struct buf *out)
{
	char last = out->len ? out->data[out->len - 1] : '{';

	return last != '{' && last != '[' && last != ':' && last != ',';
}

void json_comma(struct buf *out)
{
	if (needs_comma(out))
		buf_putc(out, ',');
}

void json_put_key(struct buf *out, struct slice key)
{
	char *to = buf_reserve(out, key.len + 4); /* `,"":` */

	if (needs_comma(out))
		*to++ = ',';
	*to++ = '"';
	memcpy(to, key.ptr, key.len);
	to += key.len;
	*to++ = '"';
	*to++ = ':';
	out->len = (size_t)(to - out->data);
}

/* ---- members ---- */

void json_add_i64(struct buf *out, const char *key, int64_t number)
{
	json_key(out, key);
	buf_printf(out, "%" PRId64, number);
}

void json_add_u64(struct buf *out, const char *key, uint64_t number)
{
	json_key(out, key);
	buf_put_u64(out, number);
}

void json_add_double(struct buf *out, const char *key, double number, int decimals)
{
	json_key(out, key);
	if (isfinite(number))
		buf_printf(out, "%.*f", decimals, number);
	else
		buf_put(out, SLICE("null"));
}

void json_add_hex(struct buf *out, const char *key, uint64_t number)
{
	json_key(out, key);
	buf_putc(out, '"');
	buf_put_hex(out, number);
	buf_putc(out, '"');
}

void json_add_bool(struct buf *out, const char *key, bool value)
{
	json_add_raw(out, key, value ? SLICE("true") : SLICE("false"));
}

void json_add_null(struct buf *out, const char *key)
{
	json_add_raw(out, key, SLICE("null"));
}

void json_add_raw(struct buf *out, const char *key, struct slice text)
{
	json_key(out, key);
	buf_put(out, text);
}

void json_add_members(struct buf *out, struct slice members)
{
	if (members.len == 0)
		return;
	json_comma(out);
	buf_put(out, members);
}

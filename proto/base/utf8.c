/* utf8.c - is it well-formed UTF-8 (RFC 3629)? */
/* SPDX-License-Identifier: MIT */
#include "proto/base/utf8.h"

#include <assert.h>

/* How many bytes at p begin with ASCII only: eight at a time, then one by one. */
static size_t ascii_run(const unsigned char *p, size_t len)
{
	size_t n = 0;
	uint64_t word;

	while (len - n >= sizeof(word)) {
		memcpy(&word, p + n, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
		n += sizeof(word);
	}
	while (n < len && p[n] < 0x80)
		n++;
	return n;
}

size_t utf8_get(struct slice text, uint32_t *ret_code_point)
{
	/* smallest code point that needs so many bytes: less is an overlong form */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text.ptr;
	uint32_t code;
	size_t need;

	if (text.len == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_code_point = p[0];
		return 1;
	}
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	need = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (text.len < need)
		return 0;
	code = p[0] & (0x7Fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3Fu);
	}
	if (code < smallest[need] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return 0;
	*ret_code_point = code;
	return need;
}

bool utf8_valid(struct slice text)
{
	uint32_t code;
	size_t n;

	while (text.len) {
		n = ascii_run((const unsigned char *)text.ptr, text.len);
		if (n == 0)
			n = utf8_get(text, &code);
		if (n == 0)
			return false;
		text.ptr += n;
		text.len -= n;
	}
	return true;
}

bool utf8_printable(struct slice text)
{
	uint32_t code;
	size_t n;

	while (text.len) {
		n = utf8_get(text, &code);
		if (n == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0))
			return false;
		text.ptr += n;
		text.len -= n;
	}
	return true;
}

size_t utf8_put(struct buf *out, uint32_t code_point)
{
	size_t need = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	unsigned char *to = (unsigned char *)buf_reserve(out, 4);

	assert(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF));
	for (size_t i = need; i-- > 1; code_point >>= 6)
		to[i] = (unsigned char)(0x80 | (code_point & 0x3F));
	to[0] = (unsigned char)(lead[need] | code_point);
	out->len += need;
	return need;
}

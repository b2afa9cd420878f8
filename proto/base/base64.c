/* base64.c - bytes as text (RFC 4648 section 4) */
/* SPDX-License-Identifier: MIT */
#include "proto/base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, struct slice bytes)
{
	size_t len = (bytes.len + 2) / 3 * 4;
	char *to = buf_reserve(out, len);

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t bits = 0;

		for (size_t n = 0; n < 3; n++)
			bits = bits << 8 | (n < have ? (uint8_t)bytes.ptr[i + n] : 0);
		*to++ = alphabet[bits >> 18];
		*to++ = alphabet[bits >> 12 & 63];
		*to++ = have > 1 ? alphabet[bits >> 6 & 63] : '=';
		*to++ = have > 2 ? alphabet[bits & 63] : '=';
	}
	out->len += len;
}

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, the last `pad` of which are `=`; what the others have too much is 0. */
static bool put_group(struct buf *out, const char *group, size_t pad)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int digit = i < 4 - pad ? digit_of(group[i]) : 0;

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
	}
	for (size_t i = 0; i < 3 - pad; i++)
		buf_putc(out, (char)(bits >> (16 - 8 * i)));
	return (bits & ((1u << 8 * pad) - 1)) == 0;
}

bool base64_get(struct buf *out, struct slice text)
{
	size_t start = out->len, pad = 0;

	if (text.len % 4)
		return false;
	buf_reserve(out, text.len / 4 * 3);
	while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.len; i += 4) {
		if (put_group(out, text.ptr + i, i + 4 == text.len ? pad : 0))
			continue;
		out->len = start;
		return false;
	}
	return true;
}

/* base64.c - bytes as text (RFC 4648 section 4) */
/* SPDX-License-Identifier: MIT */
#include "gateway/base64.h"

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

/* base64url.c - RFC 4648 section 5 without padding, as JWTs write it; strict */
/* SPDX-License-Identifier: MIT */
#include "auth/base64url.h"

#include <errno.h>
#include <stdint.h>

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

int base64url_decode(struct buf *out, struct slice text)
{
	size_t before = out->len;
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < text.len; i++) {
		int value = value_of(text.ptr[i]);

		if (value < 0)
			goto fail;
		bits = (bits << 6) | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_putc(out, (char)(bits >> count));
			bits &= (1u << count) - 1;
		}
	}
	/* One character alone is 6 bits: never a byte. */
	if (count == 6 || bits != 0)
		goto fail;
	return 0;
fail:
	out->len = before;
	return -EINVAL;
}

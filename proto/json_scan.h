/* json_scan.h - what the checking and the walking half of the JSON reader share */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_JSON_SCAN_H
#define PROTO_JSON_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline const char *json_skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static inline int json_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Four hex digits at p, or -1. */
static inline int32_t json_hex4(const char *p, const char *end)
{
	int32_t code = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = json_hex_digit(p[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* How many of the next 8 bytes are before a control character, quote, backslash or wide one. */
static inline unsigned json_plain_bytes(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t word, quote, backslash, special;

	memcpy(&word, p, sizeof(word));
	word = le64toh(word); /* the first byte is the lowest, wherever we run */
	quote = word ^ ones * '"';
	backslash = word ^ ones * '\\';
	/* the top bit of each byte that is special; a borrow may set only higher ones wrongly */
	special = (word - ones * 0x20) | (quote - ones) | (backslash - ones) | word;
	special &= tops;
	return special ? (unsigned)__builtin_ctzll(special) / 8 : 8;
}

/* How many of the next 8 bytes are before a quote or a backslash. */
static inline unsigned json_quote_at(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t word, quote, backslash, special;

	memcpy(&word, p, sizeof(word));
	word = le64toh(word);
	quote = word ^ ones * '"';
	backslash = word ^ ones * '\\';
	special = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
	special &= tops;
	return special ? (unsigned)__builtin_ctzll(special) / 8 : 8;
}

#endif

/* buf.c - slices (borrowed bytes) and buffers (owned bytes that grow) */
/* SPDX-License-Identifier: MIT */
#include "proto/base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/mem.h"

enum { BUF_FIRST = 64 };

bool slice_starts(struct slice text, struct slice prefix)
{
	return text.len >= prefix.len &&
		(prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

char *slice_dup(struct slice text)
{
	return mem_strndup(text.ptr, text.len);
}

void buf_done(struct buf *buf)
{
	mem_free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
}

void buf_shrink(struct buf *buf, size_t keep)
{
	if (buf->cap <= keep)
		return;
	if (buf->len == 0) {
		buf_done(buf);
		return;
	}
	buf->data = mem_realloc(buf->data, buf->len, 1);
	buf->cap = buf->len;
}

char *buf_grow(struct buf *buf, size_t more)
{
	size_t need, cap;

	if (__builtin_add_overflow(buf->len, more, &need) || need > SIZE_MAX / 2)
		abort(); /* no limit was checked before */
	cap = buf->cap ? buf->cap : BUF_FIRST;
	while (cap < need)
		cap *= 2;
	buf->data = mem_realloc(buf->data, cap, 1);
	buf->cap = cap;
	return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *ptr, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_reserve(buf, len), ptr, len);
	buf->len += len;
}

void buf_put(struct buf *buf, struct slice text)
{
	buf_add(buf, text.ptr, text.len);
}

void buf_put_u64(struct buf *buf, uint64_t number)
{
	char digits[20]; /* as many as UINT64_MAX has */
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_put_hex(struct buf *buf, uint64_t number)
{
	char *to = buf_reserve(buf, 16);

	for (int i = 0; i < 16; i++)
		to[i] = "0123456789abcdef"[(number >> (60 - 4 * i)) & 15];
	buf->len += 16;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	size_t room;
	int len;

	va_copy(again, args);
	buf_reserve(buf, 1);
	room = buf->cap - buf->len;
	len = vsnprintf(buf->data + buf->len, room, format, args);
	assert(len >= 0);
	if ((size_t)len >= room)
		vsnprintf(buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, format, again);
	va_end(again);
	buf->len += (size_t)len;
}

void buf_drop(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	buf->len -= len;
	if (len && buf->len)
		memmove(buf->data, buf->data + len, buf->len);
}

const char *buf_cstr(struct buf *buf)
{
	*buf_reserve(buf, 1) = '\0';
	return buf->data;
}

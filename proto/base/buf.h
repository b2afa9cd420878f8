/* buf.h - slices (borrowed bytes) and buffers (owned bytes that grow) */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_BUF_H
#define PROTO_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Bytes that belong to someone else. A slice that a callback is given lives until the
 * callback returns; who keeps it copies it. `ptr` may be NULL only when `len` is 0.
 */
struct slice {
	const char *ptr;
	size_t len;
};

/* clang-format off */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
/* clang-format on */

static inline struct slice slice_of(const char *text) /* NULL gives the empty slice */
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

static inline struct slice slice_make(const void *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_starts(struct slice text, struct slice prefix);
/* a C string of the heap; NUL bytes inside are the caller's business */
char *slice_dup(struct slice text);

/* Bytes of our own. All-zero is a valid empty buffer. */
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_done(struct buf *buf); /* frees; the buffer is empty and usable again */
void buf_clear(struct buf *buf); /* empties and keeps the memory */
void buf_shrink(struct buf *buf, size_t keep); /* frees the memory if it is more than keep bytes */
char *buf_grow(struct buf *buf, size_t more); /* buf_reserve() where there is not enough */
void buf_add(struct buf *buf, const void *ptr, size_t len);
void buf_put(struct buf *buf, struct slice text);
void buf_put_u64(struct buf *buf, uint64_t number);
void buf_put_hex(struct buf *buf, uint64_t number); /* 16 digits */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
void buf_drop(struct buf *buf, size_t len); /* removes len bytes from the front */
const char *buf_cstr(struct buf *buf); /* NUL-terminated; the NUL is not counted in len */

/* Room for more bytes after len; where they go. */
static inline char *buf_reserve(struct buf *buf, size_t more)
{
	return buf->cap - buf->len >= more && buf->data ? buf->data + buf->len
							: buf_grow(buf, more);
}

static inline void buf_putc(struct buf *buf, char c)
{
	if (buf->len == buf->cap)
		buf_reserve(buf, 1);
	buf->data[buf->len++] = c;
}

static inline struct slice buf_slice(const struct buf *buf)
{
	return (struct slice){ buf->data, buf->len };
}

#endif

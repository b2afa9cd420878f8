/* store.c - memory that may run out: buffers, and the strings of one event or result */
/* SPDX-License-Identifier: MIT */
#include "handler/store.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/event.h"

enum { BLOCK_FIRST = 256, BLOCK_MAX = 8192 }; /* bytes; each is twice as large as the one before */

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

int store_room(struct buf *buf, size_t more)
{
	size_t need, cap = buf->cap ? buf->cap : 64;
	char *data;

	if (buf->data && buf->cap - buf->len >= more)
		return 0;
	if (__builtin_add_overflow(buf->len, more, &need) || need > SIZE_MAX / 2)
		return -ENOMEM;
	while (cap < need)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->cap = cap;
	return 0;
}

char *store_text(struct slice text)
{
	char *copy = malloc(text.len + 1);

	if (!copy)
		return NULL;
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return copy;
}

/* Thousands of events may be kept, most of them small. */
static size_t block_size(const struct arena *arena, size_t need)
{
	size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_FIRST;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	return size > need ? size : need;
}

static bool add_block(struct arena *arena, size_t need)
{
	size_t size = block_size(arena, need);
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		arena->failed = true;
		return false;
	}
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return true;
}

void *arena_take(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	void *taken;

	if (arena->failed || size > SIZE_MAX / 2) {
		arena->failed = true;
		return NULL;
	}
	size = (size + align - 1) / align * align;
	if ((!arena->blocks || arena->blocks->size - arena->blocks->used < size) &&
		!add_block(arena, size))
		return NULL;
	taken = arena->blocks->bytes + arena->blocks->used;
	arena->blocks->used += size;
	return taken;
}

const char *arena_text(struct arena *arena, struct slice text)
{
	char *copy;

	if (text.len == 0)
		return "";
	copy = arena_take(arena, text.len + 1);
	if (copy)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

const char *arena_body(struct arena *arena, unsigned format, struct slice body, size_t *ret_len)
{
	bool braces = format == EVENT_MEMBERS || format == EVENT_PARAM;
	size_t len = body.len + (braces ? 2 : 0);
	char *copy = arena_take(arena, len + 1);

	if (!copy)
		return NULL;
	if (body.len)
		memcpy(copy + (braces ? 1 : 0), body.ptr, body.len);
	if (braces) {
		copy[0] = '{';
		copy[len - 1] = '}';
	}
	*ret_len = len;
	return copy;
}

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	arena->failed = false;
}

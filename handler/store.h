/* store.h - memory that may run out: buffers, and the strings of one event or result */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_STORE_H
#define HANDLER_STORE_H

#include "proto/base/buf.h"

/*
 * The rest of the tree ends the process when there is no memory; a library must not. So what is
 * written with buf_put() and msg_encode() has its room made here before.
 */

/* Room for `more` bytes after those there are: 0, or -ENOMEM and nothing has changed. */
int store_room(struct buf *buf, size_t more);

/* A copy that ends with a NUL; NULL: no memory. */
char *store_text(struct slice text);

/*
 * Memory that is freed at once. After the first failure all that is taken is NULL, so it is enough
 * to look at `failed` at the end.
 */
struct arena {
	struct arena_block *blocks;
	bool failed;
};

void *arena_take(struct arena *arena, size_t size); /* zeroed */
const char *arena_text(struct arena *arena, struct slice text); /* with a NUL */
/* A body as the wire has it, as users get it: members with their braces. */
const char *arena_body(struct arena *arena, unsigned format, struct slice body, size_t *ret_len);
void arena_done(struct arena *arena);

#endif

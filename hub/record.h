/* record.h - a kept message as bytes, as the journal has them one after the other */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_RECORD_H
#define HUB_RECORD_H

#include "proto/event.h"

/*
 * The room's id, offset, time; the length of the body; those of the type, id, nickname and user;
 * the format; then the texts in this order and the body. Numbers are little-endian.
 */
enum { RECORD_HEAD = 8 + 8 + 8 + 4 + 4 * 2 + 1 };

static inline size_t record_size(size_t texts) /* `texts`: bytes of type, id, ..., and body */
{
	return RECORD_HEAD + texts;
}

void record_put(struct buf *out, uint64_t room, const struct event *event);

/*
 * Takes one off the front of `in`; slices of ret_event point into it. Returns 1; 0 at the end; or
 * -EBADMSG if it is cut, or says what cannot be.
 */
int record_next(struct slice *in, uint64_t *ret_room, struct event *ret_event);

#endif

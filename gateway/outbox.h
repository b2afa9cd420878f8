/* outbox.h - the frames that wait for one client; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include <stdint.h>
#include <sys/uio.h>

#include "gateway/frame.h"

enum { OUTBOX_FEW = 4 };

struct latest;

/* A ring of references. All-zero is a valid empty outbox. */
struct outbox {
	struct frame *few[OUTBOX_FEW]; /* the ring, until it is outgrown; */
	struct frame **many; /* then this one; NULL otherwise */
	struct latest *latest; /* where the frames with keys are; NULL until it is needed */
	uint32_t cap; /* of `many` */
	uint32_t head; /* the place of the first: places are counted on, and taken modulo the cap */
	uint32_t count; /* of places; */
	uint32_t empty; /* so many of them are, for a newer frame was pushed; never the first */
	uint32_t cut; /* bytes of the first that are written */
	size_t bytes; /* that wait, also in the gauge gateway_queue_bytes */
};

void outbox_clear(struct outbox *outbox); /* drops all, and frees what it has */
/* all but a frame that was cut: its rest must follow */
void outbox_drop_whole(struct outbox *outbox);
void outbox_push(struct outbox *outbox, struct frame *frame); /* with a reference of its own */

/* What waits of the first frames, at most `max` of them: how many, and how many bytes in all. */
int outbox_peek(const struct outbox *outbox, struct iovec *ret_iov, int max, size_t *ret_bytes);

/* The first `len` bytes of what outbox_peek() gave are written. */
void outbox_written(struct outbox *outbox, size_t len);

/* For latest.c: the i-th place. NULL in it: it is empty. */
static inline struct frame **outbox_slot(const struct outbox *outbox, uint32_t i)
{
	uint32_t cap = outbox->many ? outbox->cap : OUTBOX_FEW;
	struct frame *const *ring = outbox->many ? outbox->many : outbox->few;

	return (struct frame **)&ring[(outbox->head + i) & (cap - 1)];
}
/* What is there is dropped for `frame`, or, if that is NULL, for nothing. Not the first. */
void outbox_replace(struct outbox *outbox, uint32_t i, struct frame *frame);

#endif

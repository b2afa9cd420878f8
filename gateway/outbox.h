/* outbox.h - the frames that wait for one client; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_OUTBOX_H
#define GATEWAY_OUTBOX_H

#include <stdint.h>
#include <sys/uio.h>

#include "gateway/frame.h"

enum { OUTBOX_FEW = 4 };

/* A ring of references. All-zero is a valid empty outbox. */
struct outbox {
	struct frame *few[OUTBOX_FEW]; /* the ring, until it is outgrown; */
	struct frame **many; /* then this one; NULL otherwise */
	uint32_t cap; /* of `many` */
	uint32_t head;
	uint32_t count;
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

#endif

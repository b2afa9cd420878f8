/* unacked.h - what was said to the hub and is not acknowledged; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_UNACKED_H
#define GATEWAY_UNACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/msg.h"

/*
 * Messages with the numbers acked+1 ... last. Those up to `sent` were given to the link since it
 * was last up. All-zero, with a limit, is a valid empty one.
 */
struct unacked {
	uint64_t acked, sent, last;
	uint64_t said; /* the last that was ever given to the link */
	struct buf bytes; /* each with its length before it */
	size_t head; /* of the first that is not acknowledged */
	size_t unsent; /* of the first that is not sent */
	size_t max; /* bytes: at this mark clients are not read any more */
	bool full; /* the mark was reached, and not yet left by half */
	struct buf voided; /* numbers (uint64_t) that were refused, in order */
};

void unacked_done(struct unacked *unacked);

/*
 * Gives the message the next number (its first field) and keeps it. Always succeeds: look at
 * `full`.
 */
uint64_t unacked_push(struct unacked *unacked, struct msg *msg);

/*
 * The first that is not sent; slices point into the ring and live until the next push or ack.
 * False: all are sent.
 */
bool unacked_peek(const struct unacked *unacked, struct msg *ret_msg);
/* One that was just pushed, as it is said, if all before it are sent. */
struct slice unacked_newest(const struct unacked *unacked);
void unacked_sent(struct unacked *unacked); /* that one is sent now */
void unacked_rewind(struct unacked *unacked); /* the link broke: none of them is sent */

/*
 * This one was refused, and who asked for it knows: if it has to be said again, something without
 * effect is said under its number. -EINVAL: no such number was given yet.
 */
int unacked_void(struct unacked *unacked, uint64_t seq);

/* It was never given to the link: then no hub knows of it, and none will. False: it may be done. */
bool unacked_withdraw(struct unacked *unacked, uint64_t seq);

/* All up to `seq` is applied. -EINVAL: no such number was given yet; nothing changes then. */
int unacked_ack(struct unacked *unacked, uint64_t seq);

size_t unacked_bytes(const struct unacked *unacked);

#endif

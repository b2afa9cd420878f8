/* closed.h - the last connections that ended, and how; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_CLOSED_H
#define HUB_CLOSED_H

#include "proto/base/buf.h"
#include "proto/event.h"

enum { CLOSED_TEXT_MAX = 123 }; /* bytes: what a close frame has room for */

/* How it ended; `text` is borrowed. */
struct ending {
	enum ender by;
	uint16_t code;
	struct slice text;
	uint64_t queued; /* bytes that waited for it */
};

/* One that ended. Times are ms since 1970. */
struct closed {
	uint64_t serial;
	struct slice id, nickname, user, address, gateway; /* owned, once they are in the ring */
	uint8_t dialect;
	uint64_t since, at;
	unsigned rooms;
	struct ending ending; /* with a text that is owned, too */
};

/* A ring. All-zero keeps none. */
struct closed_ring {
	struct closed *places;
	size_t cap, count;
	uint64_t last; /* serial; each gets the next number, whether or not it is kept */
};

void closed_resize(struct closed_ring *ring, size_t cap); /* what has no room is forgotten */
void closed_done(struct closed_ring *ring);

/* Keeps a copy, and forgets the oldest. Returns its serial. */
uint64_t closed_add(struct closed_ring *ring, const struct closed *closed);
/* How it really ended is known only now. Nothing, if it is not there any more. */
void closed_amend(struct closed_ring *ring, uint64_t serial, const struct ending *ending);

/* The latest of those before this serial (0: of all), or NULL. */
const struct closed *closed_before(const struct closed_ring *ring, uint64_t serial);
uint64_t closed_forgotten(const struct closed_ring *ring);

#endif

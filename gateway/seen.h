/* seen.h - which of the hub's numbered messages have come; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_SEEN_H
#define GATEWAY_SEEN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEEN_LATE_MS = 50, /* most that the hub waits to be told, while little is said */
	SEEN_MANY = 64, /* messages after which it is told at the end of the turn */
};

/* All-zero: there was no hub yet. */
struct seen {
	uint64_t epoch; /* of the hub that gave the numbers */
	uint64_t last; /* all up to this one have come */
	uint64_t told; /* and the hub knows of those up to this one */
};

enum seen_verdict {
	SEEN_NEW, /* the next one */
	SEEN_AGAIN, /* it came before, over a link that broke */
	SEEN_GAP, /* there are others before it that did not come */
};

/* A hub is linked, which was told `last` by HELLO. Another than before begins at 1. */
void seen_begin(struct seen *seen, uint64_t epoch);

enum seen_verdict seen_take(struct seen *seen, uint64_t seq);

/* How many there are of which the hub is to be told. */
static inline uint64_t seen_untold(const struct seen *seen)
{
	return seen->last - seen->told;
}

#endif

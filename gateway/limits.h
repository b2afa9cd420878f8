/* limits.h - what a client may have, and when it may come back */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

/* Connections in all: sockets that are open, whatever they are used for. */
struct limits {
	size_t sockets;
};

/* False: one more would be too many; nothing is counted then. */
bool limits_take_socket(struct limits *limits, int64_t max_connections);
void limits_give_socket(struct limits *limits);

/*
 * Numbers of a client's JOINs that the hub has not acknowledged: of those that it has, the rooms
 * are in the roster, or were refused.
 */
struct joins {
	struct buf seqs;
};

void joins_done(struct joins *joins);
void joins_add(struct joins *joins, uint64_t seq);
size_t joins_pending(struct joins *joins, uint64_t acked);

/* JOINs that are pending count as if they had been granted. */
bool limits_may_join(size_t rooms, size_t pending, int64_t max_rooms);

/*
 * {"retry_ms":n} of the index-th of `count` clients who are sent away together: a slot of its own,
 * spread evenly, with a jitter within the slot made from `random`.
 */
uint32_t limits_retry_ms(size_t index, size_t count, uint64_t spread_ms, uint64_t random);

#endif

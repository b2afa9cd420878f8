/* limits.h - what a client may have, and when it may come back */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connections in all: sockets that are open, whatever they are used for. */
struct limits {
	size_t sockets;
};

/* False: one more would be too many; nothing is counted then. */
bool limits_take_socket(struct limits *limits, int64_t max_connections);
void limits_give_socket(struct limits *limits);

/* JOINs that the hub has not acknowledged count as if they had been granted. */
bool limits_may_join(size_t rooms, size_t asked, int64_t max_rooms);

/*
 * {"retry_ms":n} of the index-th of `count` clients who are sent away together: a slot of its own,
 * spread evenly, with a jitter within the slot made from `random`.
 */
uint32_t limits_retry_ms(size_t index, size_t count, uint64_t spread_ms, uint64_t random);

#endif

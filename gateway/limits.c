/* limits.c - what a client may have, and when it may come back */
/* SPDX-License-Identifier: MIT */
#include "gateway/limits.h"

#include <assert.h>

/* Beside the WebSockets there are those who ask for files, or are still in their handshake. */
enum { SPARE_SOCKETS = 256, RETRY_MIN_MS = 500 };

bool limits_take_socket(struct limits *limits, int64_t max_connections)
{
	if (limits->sockets >= (size_t)max_connections + SPARE_SOCKETS)
		return false;
	limits->sockets++;
	return true;
}

void limits_give_socket(struct limits *limits)
{
	assert(limits->sockets > 0);
	limits->sockets--;
}

void joins_done(struct joins *joins)
{
	buf_done(&joins->seqs);
}

void joins_add(struct joins *joins, uint64_t seq)
{
	buf_add(&joins->seqs, &seq, sizeof(seq));
}

size_t joins_pending(struct joins *joins, uint64_t acked)
{
	size_t done = 0;

	for (uint64_t seq; done < joins->seqs.len; done += sizeof(seq)) {
		memcpy(&seq, joins->seqs.data + done, sizeof(seq));
		if (seq > acked)
			break;
	}
	buf_drop(&joins->seqs, done);
	buf_shrink(&joins->seqs, 0);
	return joins->seqs.len / sizeof(uint64_t);
}

bool limits_may_join(size_t rooms, size_t pending, int64_t max_rooms)
{
	return rooms + pending < (size_t)max_rooms;
}

uint32_t limits_retry_ms(size_t index, size_t count, uint64_t spread_ms, uint64_t random)
{
	uint64_t slot;

	assert(index < count);
	if (spread_ms == 0)
		return RETRY_MIN_MS;
	slot = spread_ms / count;
	return (uint32_t)(RETRY_MIN_MS + spread_ms * index / count + random % (slot + 1));
}

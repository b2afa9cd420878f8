/* closed.c - the last connections that ended, and how; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/closed.h"

#include "proto/base/mem.h"
#include "proto/counters.h"

static void own(struct slice *slice)
{
	*slice = slice_make(slice->len ? slice_dup(*slice) : NULL, slice->len);
}

static void clear(struct closed *closed)
{
	const struct slice owned[] = { closed->id, closed->nickname, closed->user, closed->address,
		closed->gateway, closed->ending.text };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		mem_free((void *)owned[i].ptr);
	*closed = (struct closed){ .serial = 0 };
}

static struct closed *place_of(const struct closed_ring *ring, uint64_t serial)
{
	return &ring->places[serial % ring->cap];
}

static bool is_kept(const struct closed_ring *ring, uint64_t serial)
{
	return serial && serial <= ring->last && ring->last - serial < ring->count;
}

uint64_t closed_forgotten(const struct closed_ring *ring)
{
	return ring->last - ring->count;
}

static void forget_oldest(struct closed_ring *ring)
{
	clear(place_of(ring, closed_forgotten(ring) + 1));
	ring->count--;
	counter_add(COUNTER_HUB_CLOSES_FORGOTTEN, 1);
}

void closed_resize(struct closed_ring *ring, size_t cap)
{
	struct closed_ring next = { .cap = cap, .last = ring->last };

	if (cap == ring->cap)
		return;
	while (ring->count > cap)
		forget_oldest(ring);
	next.places = mem_array(cap, sizeof(*next.places));
	next.count = ring->count;
	for (size_t i = 0; i < ring->count; i++)
		*place_of(&next, ring->last - i) = *place_of(ring, ring->last - i);
	mem_free(ring->places);
	*ring = next;
}

void closed_done(struct closed_ring *ring)
{
	for (size_t i = 0; i < ring->cap; i++)
		clear(&ring->places[i]);
	mem_free(ring->places);
	*ring = (struct closed_ring){ .cap = 0 };
}

uint64_t closed_add(struct closed_ring *ring, const struct closed *closed)
{
	struct closed *place;

	if (ring->count > 0 && ring->count == ring->cap)
		forget_oldest(ring);
	ring->last++;
	if (ring->cap == 0) {
		counter_add(COUNTER_HUB_CLOSES_FORGOTTEN, 1);
		return ring->last;
	}
	place = place_of(ring, ring->last);
	*place = *closed;
	place->serial = ring->last;
	own(&place->id);
	own(&place->nickname);
	own(&place->user);
	own(&place->address);
	own(&place->gateway);
	own(&place->ending.text);
	ring->count++;
	return ring->last;
}

void closed_amend(struct closed_ring *ring, uint64_t serial, const struct ending *ending)
{
	struct closed *place;

	if (!is_kept(ring, serial))
		return;
	place = place_of(ring, serial);
	mem_free((void *)place->ending.text.ptr);
	place->ending = *ending;
	own(&place->ending.text);
}

const struct closed *closed_before(const struct closed_ring *ring, uint64_t serial)
{
	uint64_t at = serial == 0 || serial > ring->last ? ring->last : serial - 1;

	return is_kept(ring, at) ? place_of(ring, at) : NULL;
}

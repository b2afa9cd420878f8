/* latest.c - of some frames only the latest is kept for a client that is behind */
/* SPDX-License-Identifier: MIT */
#include "gateway/latest.h"

#include "proto/base/mem.h"
#include "proto/counters.h"

enum { SIZE_MIN = 32 };

/*
 * A table of places, by key: open addressing, where 0 is free and others are a place + 1. Nothing
 * is taken out of it when a frame is written: a place that is not in the ring any more, or has
 * another key, is passed over. It is made anew when it is full of such.
 */
struct latest {
	uint32_t *places;
	uint32_t size; /* a power of two */
	uint32_t used;
	uint32_t known; /* all before this place is in the table */
	uint32_t ordered; /* the last place of a frame that has an order */
};

void latest_free(struct latest *latest)
{
	if (!latest)
		return;
	mem_free(latest->places);
	mem_free(latest);
}

/* Where the frame with this key stands, or would. */
static uint32_t *find(const struct outbox *outbox, uint64_t key, uint32_t *ret_i)
{
	const struct latest *latest = outbox->latest;
	uint32_t mask = latest->size - 1, at = (uint32_t)(key >> 1) & mask;

	for (; latest->places[at]; at = (at + 1) & mask) {
		uint32_t i = latest->places[at] - 1 - outbox->head;
		const struct frame *frame = i < outbox->count ? *outbox_slot(outbox, i) : NULL;

		if (frame && frame->key == key) {
			*ret_i = i;
			break;
		}
	}
	return &latest->places[at];
}

/* The frame at `i` is the latest of its key. */
static void note(struct outbox *outbox, uint32_t i)
{
	uint32_t older = 0, *place = find(outbox, (*outbox_slot(outbox, i))->key, &older);

	if (*place && older > 0) {
		outbox_replace(outbox, older, NULL);
		counter_add(COUNTER_GATEWAY_CONFLATED, 1);
	}
	outbox->latest->used += *place == 0;
	*place = outbox->head + i + 1;
}

/* What was pushed since the last time. */
static void learn(struct outbox *outbox)
{
	struct latest *latest = outbox->latest;
	uint32_t i = latest->known - outbox->head;

	if (i > outbox->count)
		i = 0; /* that place has been written */
	for (; i < outbox->count; i++) {
		const struct frame *frame = *outbox_slot(outbox, i);

		if (frame && frame->key)
			note(outbox, i);
		if (frame && frame_has_order(frame))
			latest->ordered = outbox->head + i;
	}
	latest->known = outbox->head + outbox->count;
}

static void squeeze(struct outbox *outbox)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < outbox->count; i++) {
		struct frame *frame = *outbox_slot(outbox, i);

		if (frame)
			*outbox_slot(outbox, to++) = frame;
	}
	outbox->count = to;
	outbox->empty = 0;
}

static void renew(struct outbox *outbox)
{
	struct latest *latest = outbox->latest;

	squeeze(outbox);
	latest->size = SIZE_MIN;
	while (latest->size < 2 * outbox->count)
		latest->size *= 2;
	mem_free(latest->places);
	latest->places = mem_array(latest->size, sizeof(*latest->places));
	latest->used = 0;
	latest->known = outbox->head;
	latest->ordered = outbox->head - 1;
}

/* Each costs as much as the queue is long, after at least a quarter as many pushes. */
static bool worn(const struct outbox *outbox)
{
	const struct latest *latest = outbox->latest;
	uint32_t fresh = outbox->head + outbox->count - latest->known;

	if (fresh > outbox->count)
		fresh = outbox->count;
	return latest->used + fresh + 1 > latest->size / 4 * 3 ||
		(outbox->empty > SIZE_MIN && outbox->empty > outbox->count / 2);
}

void latest_push(struct outbox *outbox, struct frame *frame)
{
	struct latest *latest = outbox->latest;
	uint32_t i = 0;

	if (!latest)
		latest = outbox->latest = mem_alloc(sizeof(*latest));
	if (worn(outbox))
		renew(outbox);
	learn(outbox);
	if (*find(outbox, frame->key, &i) && i > 0 &&
		(int32_t)(latest->ordered - (outbox->head + i)) <= 0) {
		outbox_replace(outbox, i, frame);
		if (frame_has_order(frame))
			latest->ordered = outbox->head + i;
		counter_add(COUNTER_GATEWAY_CONFLATED, 1);
		return;
	}
	outbox_push(outbox, frame);
	learn(outbox);
}

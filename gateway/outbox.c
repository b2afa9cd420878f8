/* outbox.c - the frames that wait for one client; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/outbox.h"

#include <assert.h>

#include "gateway/latest.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

/* A frame's place stays the same, so what latest.c knows is still right. */
static void grow(struct outbox *outbox)
{
	uint32_t cap = outbox->many ? outbox->cap * 2 : OUTBOX_FEW * 4;
	struct frame **ring = mem_array(cap, sizeof(*ring));

	for (uint32_t i = 0; i < outbox->count; i++)
		ring[(outbox->head + i) & (cap - 1)] = *outbox_slot(outbox, i);
	counter_add(COUNTER_GATEWAY_MEMORY_BYTES,
		(cap - (outbox->many ? outbox->cap : 0)) * sizeof(*ring));
	mem_free(outbox->many);
	outbox->many = ring;
	outbox->cap = cap;
}

static void shrink(struct outbox *outbox)
{
	if (outbox->count)
		return;
	if (outbox->many)
		counter_sub(COUNTER_GATEWAY_MEMORY_BYTES, outbox->cap * sizeof(*outbox->many));
	mem_free(outbox->many);
	outbox->many = NULL;
	latest_free(outbox->latest);
	outbox->latest = NULL;
	outbox->head = 0;
}

static void account(struct outbox *outbox, size_t len)
{
	outbox->bytes -= len;
	counter_sub(COUNTER_GATEWAY_QUEUE_BYTES, len);
}

/* The last `count` of the ring. */
static void drop_last(struct outbox *outbox, uint32_t count)
{
	while (count-- > 0) {
		struct frame *frame = *outbox_slot(outbox, --outbox->count);

		if (!frame) {
			outbox->empty--;
			continue;
		}
		account(outbox, frame->len - (outbox->count ? 0 : outbox->cut));
		frame_unref(frame);
	}
	if (outbox->count == 0)
		outbox->cut = 0;
	shrink(outbox);
}

void outbox_clear(struct outbox *outbox)
{
	drop_last(outbox, outbox->count);
}

void outbox_drop_whole(struct outbox *outbox)
{
	drop_last(outbox, outbox->count - (outbox->cut > 0));
}

void outbox_push(struct outbox *outbox, struct frame *frame)
{
	if (outbox->count == (outbox->many ? outbox->cap : OUTBOX_FEW))
		grow(outbox);
	*outbox_slot(outbox, outbox->count++) = frame_ref(frame);
	outbox->bytes += frame->len;
	counter_add(COUNTER_GATEWAY_QUEUE_BYTES, frame->len);
}

void outbox_replace(struct outbox *outbox, uint32_t i, struct frame *frame)
{
	struct frame **slot = outbox_slot(outbox, i);

	assert(i > 0 && i < outbox->count && *slot);
	account(outbox, (*slot)->len);
	frame_unref(*slot);
	*slot = frame ? frame_ref(frame) : NULL;
	if (frame) {
		outbox->bytes += frame->len;
		counter_add(COUNTER_GATEWAY_QUEUE_BYTES, frame->len);
	} else {
		outbox->empty++;
	}
}

int outbox_peek(const struct outbox *outbox, struct iovec *ret_iov, int max, size_t *ret_bytes)
{
	int count = 0;

	*ret_bytes = 0;
	for (uint32_t i = 0; i < outbox->count && count < max; i++) {
		struct frame *frame = *outbox_slot(outbox, i);
		uint32_t cut = i ? 0 : outbox->cut;

		if (!frame)
			continue;
		ret_iov[count++] = (struct iovec){ frame->bytes + cut, frame->len - cut };
		*ret_bytes += frame->len - cut;
	}
	return count;
}

/* The first goes, and with it what is empty behind it. */
static void drop_first(struct outbox *outbox)
{
	frame_unref(*outbox_slot(outbox, 0));
	outbox->cut = 0;
	outbox->head++;
	outbox->count--;
	while (outbox->empty && outbox->count && !*outbox_slot(outbox, 0)) {
		outbox->head++;
		outbox->count--;
		outbox->empty--;
	}
}

void outbox_written(struct outbox *outbox, size_t len)
{
	account(outbox, len);
	while (len > 0) {
		struct frame *frame;

		assert(outbox->count > 0);
		frame = *outbox_slot(outbox, 0);
		if (frame->len - outbox->cut > len) {
			outbox->cut += (uint32_t)len;
			return;
		}
		len -= frame->len - outbox->cut;
		drop_first(outbox);
	}
	shrink(outbox);
}

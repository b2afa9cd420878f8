/* outbox.c - the frames that wait for one client; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/outbox.h"

#include <assert.h>

#include "proto/base/mem.h"
#include "proto/counters.h"

static struct frame **slot(const struct outbox *outbox, uint32_t i)
{
	uint32_t cap = outbox->many ? outbox->cap : OUTBOX_FEW;
	struct frame *const *ring = outbox->many ? outbox->many : outbox->few;

	return (struct frame **)&ring[(outbox->head + i) & (cap - 1)];
}

static void grow(struct outbox *outbox)
{
	uint32_t cap = outbox->many ? outbox->cap * 2 : OUTBOX_FEW * 4;
	struct frame **ring = mem_array(cap, sizeof(*ring));

	for (uint32_t i = 0; i < outbox->count; i++)
		ring[i] = *slot(outbox, i);
	counter_add(COUNTER_GATEWAY_MEMORY_BYTES,
		(cap - (outbox->many ? outbox->cap : 0)) * sizeof(*ring));
	mem_free(outbox->many);
	outbox->many = ring;
	outbox->cap = cap;
	outbox->head = 0;
}

static void shrink(struct outbox *outbox)
{
	if (outbox->count || !outbox->many)
		return;
	counter_sub(COUNTER_GATEWAY_MEMORY_BYTES, outbox->cap * sizeof(*outbox->many));
	mem_free(outbox->many);
	outbox->many = NULL;
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
		struct frame *frame = *slot(outbox, --outbox->count);

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
	*slot(outbox, outbox->count++) = frame_ref(frame);
	outbox->bytes += frame->len;
	counter_add(COUNTER_GATEWAY_QUEUE_BYTES, frame->len);
}

int outbox_peek(const struct outbox *outbox, struct iovec *ret_iov, int max, size_t *ret_bytes)
{
	int count = outbox->count < (uint32_t)max ? (int)outbox->count : max;

	*ret_bytes = 0;
	for (int i = 0; i < count; i++) {
		struct frame *frame = *slot(outbox, (uint32_t)i);
		uint32_t cut = i ? 0 : outbox->cut;

		ret_iov[i] = (struct iovec){ frame->bytes + cut, frame->len - cut };
		*ret_bytes += frame->len - cut;
	}
	return count;
}

void outbox_written(struct outbox *outbox, size_t len)
{
	account(outbox, len);
	while (len > 0) {
		struct frame *frame;

		assert(outbox->count > 0);
		frame = *slot(outbox, 0);
		if (frame->len - outbox->cut > len) {
			outbox->cut += (uint32_t)len;
			return;
		}
		len -= frame->len - outbox->cut;
		outbox->cut = 0;
		outbox->head++;
		outbox->count--;
		frame_unref(frame);
	}
	shrink(outbox);
}

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
	mem_free(outbox->many);
	outbox->many = ring;
	outbox->cap = cap;
	outbox->head = 0;
}

static struct frame *pop(struct outbox *outbox)
{
	struct frame *frame = *slot(outbox, 0);

	outbox->head++;
	outbox->count--;
	outbox->bytes -= frame->len;
	counter_sub(COUNTER_GATEWAY_QUEUE_BYTES, frame->len);
	if (outbox->count == 0 && outbox->many) {
		mem_free(outbox->many);
		outbox->many = NULL;
		outbox->head = 0;
	}
	return frame;
}

void outbox_clear(struct outbox *outbox)
{
	while (outbox->count)
		frame_unref(pop(outbox));
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

		ret_iov[i] = (struct iovec){ frame->bytes, frame->len };
		*ret_bytes += frame->len;
	}
	return count;
}

struct frame *outbox_written(struct outbox *outbox, size_t len, struct slice *ret_tail)
{
	while (len > 0) {
		struct frame *frame;

		assert(outbox->count > 0);
		frame = pop(outbox);
		if (frame->len > len) {
			*ret_tail = slice_make(frame->bytes + len, frame->len - len);
			return frame;
		}
		len -= frame->len;
		frame_unref(frame);
	}
	return NULL;
}

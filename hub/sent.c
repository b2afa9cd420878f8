/* sent.c - what a gateway was sent lately, in case its link broke before it arrived */
/* SPDX-License-Identifier: MIT */
#include "hub/sent.h"

#include <assert.h>

void sent_add(struct sent *sent, const struct msg *msg, size_t max)
{
	if (msg_seq(msg) == 0)
		return;
	if (sent->newer.len >= max / 2) {
		buf_done(&sent->older);
		sent->older = sent->newer;
		sent->newer = (struct buf){ .cap = 0 };
	}
	msg_encode(&sent->newer, msg);
}

void sent_clear(struct sent *sent)
{
	buf_done(&sent->older);
	buf_done(&sent->newer);
}

/* Copies those after `seen`; returns how many. */
static unsigned copy_after(struct buf *to, struct slice bytes, uint64_t seen)
{
	unsigned count = 0;

	while (bytes.len) {
		const char *start = bytes.ptr;
		struct msg msg;
		int r = msg_decode(&bytes, &msg);

		assert(r == 0); /* it was encoded here */
		if (msg_seq(&msg) <= seen)
			continue;
		buf_add(to, start, (size_t)(bytes.ptr - start));
		count++;
	}
	return count;
}

unsigned sent_again(struct sent *sent, uint64_t seen, struct backlog *backlog)
{
	struct buf bytes = { .cap = 0 };
	unsigned count = copy_after(&bytes, buf_slice(&sent->older), seen) +
		copy_after(&bytes, buf_slice(&sent->newer), seen);

	buf_put(&bytes, buf_slice(&backlog->bytes));
	buf_done(&backlog->bytes);
	backlog->bytes = bytes;
	backlog->count += count;
	sent_clear(sent);
	return count;
}

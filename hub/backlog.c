/* backlog.c - messages that a gateway cannot be sent now: bounded, in order */
/* SPDX-License-Identifier: MIT */
#include "hub/backlog.h"

#include <assert.h>

bool backlog_add(struct backlog *backlog, const struct msg *msg, size_t max)
{
	size_t before = backlog->bytes.len;

	msg_encode(&backlog->bytes, msg);
	if (backlog->bytes.len > max) {
		backlog->bytes.len = before;
		return false;
	}
	backlog->count++;
	return true;
}

/* What it holds was encoded here, so it can be decoded. */
static struct msg take(struct slice *bytes)
{
	struct msg msg;
	int r = msg_decode(bytes, &msg);

	assert(r == 0);
	return msg;
}

uint64_t backlog_first(const struct backlog *backlog)
{
	struct slice bytes = buf_slice(&backlog->bytes);
	struct msg msg = take(&bytes);

	return msg_seq(&msg);
}

void backlog_drop_unnumbered(struct backlog *backlog)
{
	struct slice bytes = buf_slice(&backlog->bytes);
	struct buf kept = { .cap = 0 };
	unsigned count = 0;

	while (bytes.len) {
		struct msg msg = take(&bytes);

		if (msg_seq(&msg) == 0)
			continue;
		msg_encode(&kept, &msg);
		count++;
	}
	buf_done(&backlog->bytes);
	backlog->bytes = kept;
	backlog->count = count;
}

unsigned backlog_clear(struct backlog *backlog)
{
	unsigned count = backlog->count;

	buf_done(&backlog->bytes);
	backlog->count = 0;
	return count;
}

int backlog_drain(struct backlog *backlog, int (*send)(void *arg, const struct msg *msg), void *arg)
{
	struct slice bytes = buf_slice(&backlog->bytes);
	size_t sent = 0;
	int r = 0;

	while (r == 0 && bytes.len) {
		struct msg msg = take(&bytes);

		r = send(arg, &msg);
		if (r == 0) {
			sent = backlog->bytes.len - bytes.len;
			backlog->count--;
		}
	}
	if (sent == backlog->bytes.len)
		buf_done(&backlog->bytes);
	else
		buf_drop(&backlog->bytes, sent);
	return r;
}

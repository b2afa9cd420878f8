/* shown.c - the last snapshot of a room's state: what one client was given, others may be too */
/* SPDX-License-Identifier: MIT */
#include "gateway/shown.h"

#include <assert.h>

#include "proto/base/mem.h"

static void drop_frames(struct shown *shown)
{
	for (size_t id = 0; id < DIALECT_MAX; id++) {
		struct frame **frames = (struct frame **)(void *)shown->frames[id].data;

		for (size_t i = 0; i < shown->frames[id].len / sizeof(*frames); i++)
			frame_unref(frames[i]);
		buf_done(&shown->frames[id]);
	}
}

void shown_done(struct shown *shown)
{
	drop_frames(shown);
	buf_done(&shown->parts);
}

void shown_take(struct shown *shown, const struct msg_snapshot *snapshot)
{
	struct msg msg = { .type = MSG_SNAPSHOT, .snapshot = *snapshot };

	if (!snapshot->full || snapshot->ref.len)
		return;
	if (shown->whole) {
		drop_frames(shown);
		buf_done(&shown->parts);
	}
	msg_encode(&shown->parts, &msg);
	shown->whole = !snapshot->more;
}

/* What is kept was encoded here, so it can be decoded. */
static void make_frames(struct shown *shown, const struct dialect *dialect)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct slice parts = buf_slice(&shown->parts);
	struct frame *frame;
	struct msg msg;

	while (parts.len) {
		int r = msg_decode(&parts, &msg);

		assert(r == 0);
		dialect->snapshot(&text, &msg.snapshot);
		frame = frame_new(FRAME_TEXT, buf_slice(&text));
		buf_add(&shown->frames[dialect->id], &frame, sizeof(frame));
		buf_clear(&text);
	}
}

struct frame **shown_frames(struct shown *shown, const struct dialect *dialect, size_t *ret_count)
{
	struct buf *frames = &shown->frames[dialect->id];

	if (shown->whole && frames->len == 0)
		make_frames(shown, dialect);
	*ret_count = frames->len / sizeof(struct frame *);
	return (struct frame **)(void *)frames->data;
}

/* shown.h - the last snapshot of a room's state: what one client was given, others may be too */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_SHOWN_H
#define GATEWAY_SHOWN_H

#include "gateway/dialect.h"
#include "gateway/frame.h"

/* All-zero: there was none. */
struct shown {
	struct buf parts; /* SNAPSHOTs, encoded */
	bool whole; /* these are all */
	struct buf
		frames[DIALECT_MAX]; /* struct frame *; made when the first of a dialect is met */
};

void shown_done(struct shown *shown);

/* Each SNAPSHOT that the hub sends. Kept are those that are full and answer no `ref`. */
void shown_take(struct shown *shown, const struct msg_snapshot *snapshot);

/* All of them, for a dialect that has a word for it; borrowed until the next is taken. */
struct frame **shown_frames(struct shown *shown, const struct dialect *dialect, size_t *ret_count);

#endif

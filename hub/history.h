/* history.h - the last messages of a room: a ring; knows no store */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_HISTORY_H
#define HUB_HISTORY_H

#include "proto/event.h"

/* One that is kept; its slices are its own. */
struct kept {
	uint64_t offset;
	uint64_t time; /* ms since 1970 */
	enum event_format format;
	struct slice type, id, nickname, user, body;
	char bytes[];
};

/* Offsets in the ring follow each other, and the last is `offset`. All-zero is an empty one. */
struct history {
	struct kept **ring;
	unsigned cap, first, count;
	uint64_t offset; /* of the newest message, kept or not any more; 0: there was none */
	uint64_t saved; /* the journal has all up to this one */
	uint64_t *total; /* bytes of all histories, as record_size() has them; NULL: not counted */
};

void history_done(struct history *history);

/* Gives the event the next offset, keeps it, and forgets what is beyond `max` (at least 1). */
void history_add(struct history *history, struct event *event, unsigned max);

/*
 * One that the journal had, in any order; what is not after `offset` is kept no longer. When all
 * are there, those that follow each other up to the newest are of use.
 */
void history_restore(struct history *history, const struct event *event);
void history_restored(struct history *history);

/* Forgets all but the last `max`, and those from before `time`; how many. */
unsigned history_trim(struct history *history, unsigned max, uint64_t time);

static inline uint64_t history_first(const struct history *history)
{
	return history->offset - history->count + 1;
}

/* NULL: there is none */
static inline const struct kept *history_last(const struct history *history)
{
	return history->count ? history->ring[(history->first + history->count - 1) % history->cap]
			      : NULL;
}

/* first <= offset <= history->offset */
const struct kept *history_at(const struct history *history, uint64_t offset);

#endif

/* roomlist.h - which rooms there are: told to every gateway when one appears or goes, coalesced */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_ROOMLIST_H
#define HUB_ROOMLIST_H

#include "hub/room.h"

struct roomlist {
	uint64_t interval; /* ms; set by hub_configure() */
	unsigned max; /* rooms in a list; likewise */
	unsigned announce_max; /* clients are told of no more rooms than these; likewise */
	bool silent; /* there are more, and they have been told that */
	bool resting; /* was told less than the interval ago */
	bool hurried; /* and that before its time */
	struct mono told;
	unsigned changes;
	struct buf raw;
};

void roomlist_init(struct roomlist *roomlist);
void roomlist_done(struct roomlist *roomlist);

void roomlist_appeared(struct roomlist *roomlist, struct room *room);
void roomlist_gone(
	struct roomlist *roomlist, struct room *room); /* before room_close() or room_idle() */

/* The first rooms, for ROOMLIST; lives until the next call. */
struct msg_list roomlist_first(struct roomlist *roomlist, const struct rooms *rooms);

void roomlist_step(
	struct roomlist *roomlist, struct rooms *rooms, struct peers *peers, struct mono now);
struct mono roomlist_deadline(const struct roomlist *roomlist);

#endif

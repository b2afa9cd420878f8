/* presence.h - telling rooms who came, who went and who is there: coalesced, in order */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_PRESENCE_H
#define HUB_PRESENCE_H

#include "hub/room.h"

/*
 * The first change after a quiet time is told by the next presence_step(), those that follow at
 * most once each interval: NOTICEs of who left, PRESENCE, NOTICEs of who joined. Who came and went
 * (or went and came) in between is not mentioned.
 */
struct presence {
	uint64_t interval; /* ms; set by hub_configure() */
	struct list waiting; /* rooms with something to tell */
	struct list resting; /* rooms that were told of lately, the longest ago first */
	struct buf raw;
};

void presence_init(struct presence *presence);
void presence_done(struct presence *presence);

void presence_joined(struct presence *presence, struct member *member);
void presence_left(struct presence *presence, struct member *member); /* before room_leave() */
void presence_changed(struct presence *presence, struct room *room); /* someone is seen otherwise */
void presence_forget(struct room *room); /* before room_close() */

void presence_step(struct presence *presence, struct mono now);
struct mono presence_deadline(const struct presence *presence);

#endif

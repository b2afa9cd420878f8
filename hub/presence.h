/* presence.h - telling rooms who came, who went and who is there: coalesced, in order */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_PRESENCE_H
#define HUB_PRESENCE_H

#include "hub/room.h"

/*
 * The first change after a quiet time is told by the next presence_step(), those that follow at
 * most once each interval: NOTICEs of who left, PRESENCE, NOTICEs of who joined. Who came and went
 * (or went and came) in between is not mentioned. While a room goes on changing its interval
 * grows fourfold each time, up to the longest; after one in which nothing changed it is the first
 * again. While many come and go in all rooms together a room waits for the longest at once.
 */
enum { PRESENCE_STEPS = 9 }; /* from 1 ms to the longest that may be set, a minute */

/* Someone who joined, or (then with a copy of who it was) someone who left. */
struct change {
	struct list link; /* in the room's joined or left */
	struct member *member; /* joined */
	uint64_t serial; /* left: of the connection */
	struct slice id, nickname, user; /* left: owned */
};

struct presence {
	uint64_t interval, interval_max; /* ms; set by hub_configure() */
	uint64_t busy; /* changes a second that are many; 0: never; likewise */
	struct list waiting; /* rooms with something to tell */
	/* Rooms that were told of lately, by how often their interval has grown; the longest ago
	 * first, which is the first that is due. */
	struct list resting[PRESENCE_STEPS];
	struct list put_off; /* likewise: those that were due while many came and went */
	struct {
		struct mono since;
		uint64_t changes;
		bool many; /* before that there were */
	} rush;
	struct buf raw;
};

void presence_init(struct presence *presence);
void presence_done(struct presence *presence);

void presence_joined(struct presence *presence, struct member *member);
void presence_left(struct presence *presence, struct member *member); /* before room_leave() */
void presence_changed(struct presence *presence, struct room *room); /* someone is seen otherwise */
void presence_forget(struct room *room); /* before room_close() or room_idle() */

/* As it was when the journal was written: of someone who left, nothing has been told yet. */
void presence_restore_left(struct presence *presence, struct room *room, uint64_t serial,
	struct slice id, struct slice nickname, struct slice user);
bool presence_pending(const struct room *room); /* it has something to tell */
bool presence_stale(const struct room *room); /* more than who joined and left, one by one */
/* Walks who left and has not been told of: `left` NULL begins; NULL ends. */
const struct change *presence_next_left(const struct room *room, const struct change *left);

void presence_step(struct presence *presence, struct mono now);
struct mono presence_deadline(const struct presence *presence);

#endif

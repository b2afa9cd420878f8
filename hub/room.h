/* room.h - who is in a room and where; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_ROOM_H
#define HUB_ROOM_H

#include "hub/conn.h"
#include "hub/policy.h"

/* A gateway that has members; it gets one copy of what is said in the room. */
struct seat {
	struct gateway *gateway;
	unsigned count;
};

/* What presence.c has to tell of a room. */
struct pending {
	struct list by_presence; /* waiting to be told, or resting after having been */
	struct mono told; /* when it was last */
	bool resting; /* not to be told again before the interval is over */
	bool stale; /* someone has another name now */
	bool crowded; /* too many changes to tell one by one */
	unsigned changes; /* joins and leaves that do not cancel out */
	struct list left, joined; /* struct change */
	unsigned listed; /* in both lists */
	uint64_t window; /* counts from 1 how often it was told */
};

struct room {
	struct slice name; /* owned */
	uint64_t epoch;
	uint64_t offset; /* of the last message that is kept; 0: none is */
	const struct rules *rules;
	struct list members; /* struct member, by_room: in the order of joining */
	unsigned count; /* connections */
	unsigned users; /* the same, but a user's connections count once */
	struct seat *seats;
	size_t seat_count;
	bool listed; /* roomlist.c has told of it */
	struct pending pending;
	struct list by_rooms;
	UT_hash_handle hh;
};

/* A user's connections in a room. */
struct attendance;

struct member_key {
	struct room *room;
	struct conn *conn;
};

struct member {
	struct member_key key;
	struct list by_room, by_conn;
	struct attendance *attendance; /* NULL: not signed in */
	bool seated; /* counted in a seat of its gateway; not so in its grace time */
	uint64_t window; /* of the room, when it joined; 0: there is no join to be told */
	struct change *announced; /* that it joined, not yet told */
	UT_hash_handle hh;
};

struct rooms {
	struct room *by_name;
	struct member *members;
	struct attendance *attendances;
	struct list all; /* struct room, by_rooms: in the order of their making */
	unsigned count;
};

void rooms_init(struct rooms *rooms);
void rooms_done(struct rooms *rooms); /* there are none */

struct room *room_find(struct rooms *rooms, struct slice name);
struct room *room_open(
	struct rooms *rooms, struct slice name, uint64_t epoch, const struct rules *rules);
void room_close(struct rooms *rooms, struct room *room); /* no one is in it */

struct member *member_find(struct rooms *rooms, struct room *room, struct conn *conn);
/* is not in it */
struct member *room_join(struct rooms *rooms, struct room *room, struct conn *conn);
void room_leave(struct rooms *rooms, struct member *member); /* frees it */

/*
 * Around a change of what a connection is: its rooms count it as it was no longer, then as it is
 * now.
 */
void room_unseat(struct conn *conn);
void room_seat(struct conn *conn);
void room_unattend(struct rooms *rooms, struct conn *conn);
void room_attend(struct rooms *rooms, struct conn *conn);

/* The first `max` members, in `raw`, which is cleared first. */
struct msg_list room_list(const struct room *room, unsigned max, struct buf *raw);

#endif

/* room.h - who is in a room and where; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_ROOM_H
#define HUB_ROOM_H

#include "hub/conn.h"
#include "hub/history.h"
#include "hub/meter.h"
#include "hub/policy.h"
#include "hub/state.h"

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
	unsigned interval_step; /* how often the interval has grown */
	bool stale; /* someone has another name now */
	bool crowded; /* too many changes to tell one by one */
	unsigned changes; /* joins and leaves that do not cancel out */
	struct list left, joined; /* struct change */
	unsigned listed; /* in both lists */
	uint64_t window; /* counts from 1 how often it was told */
	uint64_t noted; /* the last window of which the journal has a member who is to be told of */
};

/* What of a room is in its row in the journal, but for its name: see struct journal_room. */
struct room_row {
	uint64_t epoch, offset, time, window;
	bool listed, stale, kept;
	bool known;
};

struct room {
	struct rooms *rooms;
	uint64_t id; /* never used twice */
	struct slice name; /* owned */
	uint64_t epoch;
	struct history history;
	struct state *state; /* NULL: it has none */
	uint64_t time; /* when something was last kept, or someone left it empty; ms since 1970 */
	const struct rules *rules;
	struct list members; /* struct member, by_room: in the order of joining */
	unsigned count; /* connections */
	unsigned users; /* the same, but a user's connections count once */
	struct seat *seats;
	size_t seat_count;
	bool listed; /* roomlist.c has told that someone is in it */
	struct pending pending;
	struct meter meter; /* of messages */
	struct room_handlers *handlers; /* owned; NULL: no one serves it */
	struct list by_rooms;
	struct list by_dirty;
	bool idle; /* no one is in it */
	bool stored; /* in the journal */
	bool parted; /* who left is, or was, in the journal */
	struct room_row row; /* as it is in the journal; if that is known */
	UT_hash_handle hh, by_id;
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
	/* counted in a seat of its gateway; not so in its grace time, nor when it is: */
	bool seated;
	bool awaited; /* its connection was taken over, and has not joined the room again */
	bool restated; /* an earlier hub let it in; it is not told yet of the new epoch */
	uint64_t window; /* of the room, when it joined; 0: there is no join to be told */
	struct change *announced; /* that it joined, not yet told */
	struct list by_dirty;
	bool stored;
};

struct rooms {
	struct room *by_name, *by_id;
	struct attendance *attendances;
	struct list
		all; /* struct room, by_rooms: those with members, in the order of getting some */
	/* those without; unused for the longest time first: */
	struct list idle; /* with a history only, */
	struct list keeping; /* with a state */
	unsigned count; /* of all */
	unsigned idle_count; /* of both */
	uint64_t last_id;
	uint64_t kept; /* bytes of all histories */
	struct list dirty, dirty_members; /* not as the journal has them */
	struct buf removed; /* ids of those that are in the journal and no longer here */
	struct buf removed_members; /* likewise: struct member_row */
	struct buf removed_homes; /* likewise: serials of connections, which have left it */
};

struct member_row {
	uint64_t conn, room;
};

void rooms_init(struct rooms *rooms);
void rooms_done(struct rooms *rooms); /* there are none */

struct room *room_find(struct rooms *rooms, struct slice name);
struct room *room_by_id(struct rooms *rooms, uint64_t id);
struct room *room_open(
	struct rooms *rooms, struct slice name, uint64_t epoch, const struct rules *rules);
void room_restore_id(struct room *room, uint64_t id); /* which it had before; no other has it */
void room_close(struct rooms *rooms, struct room *room); /* no one is in it */
void room_idle(struct rooms *rooms, struct room *room); /* likewise */
/* It is idle, and its state may have come or gone. */
void room_sort(struct rooms *rooms, struct room *room);
void room_touch(struct room *room); /* the journal is to learn of it */
void room_touch_member(struct member *member);

struct member *member_find(const struct room *room, const struct conn *conn);
/* is not in it */
struct member *room_join(struct rooms *rooms, struct room *room, struct conn *conn);
void room_make_home(struct member *member); /* see struct conn */
void room_leave(struct rooms *rooms, struct member *member); /* frees it */

void room_take_seat(struct member *member);
void room_await_member(struct member *member);
void room_await(struct conn *conn); /* none of its rooms counts it until it joins again */

/*
 * Around a change of what a connection is: its rooms count it as it was no longer, then as it is
 * now.
 */
void room_unseat(struct conn *conn);
void room_unattend(struct rooms *rooms, struct conn *conn);
void room_attend(struct rooms *rooms, struct conn *conn);

/* The first `max` members, in `raw`, which is cleared first. */
struct msg_list room_list(const struct room *room, unsigned max, struct buf *raw);

#endif

/* roomstate.h - the states of rooms: what is asked of them, and what members are told */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_ROOMSTATE_H
#define HUB_ROOMSTATE_H

#include "hub/recall.h"

enum {
	ROOMSTATE_CHUNK = 64 * 1024, /* bytes after which a SNAPSHOT is followed by another */
};

/* `conn` is live, ref at most EVENT_REF_MAX bytes, flags are valid. */
void roomstate_change(struct hub *hub, struct conn *conn, const struct msg_state *change);
void roomstate_get(struct hub *hub, struct conn *conn, const struct msg_state_get *get);

/*
 * The change is the room's next, and its members are told; or why not. The sender need not be in
 * the room.
 */
enum error roomstate_apply(
	struct hub *hub, struct conn *conn, struct room *room, const struct msg_state *change);
uint64_t roomstate_rev(const struct room *room); /* 0: there was no change yet */

/* A gateway is not sent another snapshot while it has not taken half of what it may leave. */
bool roomstate_may_send(const struct gateway *gateway);
/* What a member that has joined wanted to be given. */
void roomstate_give(struct hub *hub, const struct member *member, const struct recall *recall);

/* There is something in it that must be kept, also when no one is in the room. */
bool roomstate_keeps(const struct room *room);
/* No one is in the room; a state that is too old is dropped. */
void roomstate_expire(struct hub *hub, struct room *room);
/* The last member has left. */
void roomstate_rest(struct hub *hub, struct room *room);

#endif

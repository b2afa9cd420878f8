/* api_caller.h - who acts in rooms and is in none: the server API, and handlers */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_API_CALLER_H
#define HUB_API_CALLER_H

#include "hub/hub.h"

/*
 * The sender of what the API says: a connection that no gateway has, and no client. Whose the ids
 * of its messages are is in `address` (request.c).
 */
struct caller {
	struct conn conn;
	struct user user;
	struct buf owner;
};

/* `room`: where ids of messages count; empty: they are the user's in all. */
void caller_init(struct caller *caller, struct slice user, struct slice room);
/* A handler; its messages' ids are its own in all rooms. */
void caller_init_handler(struct caller *caller, const struct handler *handler);
void caller_done(struct caller *caller);

/*
 * Says something in a room, once for each `mid`, and not to the connection of the id `except`.
 * Where it is kept, if it is: in ret_epoch and ret_offset.
 */
enum error caller_publish(struct hub *hub, struct caller *caller, const struct msg_publish *said,
	struct slice except, uint64_t *ret_epoch, uint64_t *ret_offset);

struct room_change {
	uint64_t rev;
	struct msg_list
		current; /* with ERROR_CONFLICT: the keys that are in the way; in hub->raw */
};

/* Changes a room's state, likewise. */
enum error caller_change(struct hub *hub, struct caller *caller, const struct msg_state *change,
	struct room_change *ret_change);

/* A room that no one is in is there for what it keeps. NULL: there may be no more. */
struct room *caller_room(struct hub *hub, struct slice name);
void caller_leave(struct hub *hub, struct room *room); /* it may be gone after this */

#endif

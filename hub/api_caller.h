/* api_caller.h - who says something by the server API, and the room that it is for */
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
void caller_done(struct caller *caller);

/* A room that no one is in is there for what it keeps. NULL: there may be no more. */
struct room *caller_room(struct hub *hub, struct slice name);
void caller_leave(struct hub *hub, struct room *room); /* it may be gone after this */

#endif

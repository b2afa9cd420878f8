/* guard.h - guarded rooms: what clients say there a handler passes, changes, or refuses */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_GUARD_H
#define HUB_GUARD_H

#include "hub/hub.h"

/*
 * What `conn` may say in the room, if its guard lets it pass. True: the guard is asked, or it was
 * refused, and it is not to be said now. `room` has handlers.
 */
bool guard_takes(struct hub *hub, struct conn *conn, const struct room *room,
	const struct msg_publish *publish);

/* RULING. Not NULL: what is wrong with it, and nothing was done. */
const char *guard_rule(
	struct hub *hub, const struct handler *handler, const struct msg_ruling *ruling);

/* Rulings that wait for none any more take effect. */
void guard_settle(struct hub *hub);

/* For asking.c: the question's deadline is over. Or the settings may be others. */
void guard_late(struct hub *hub, struct question *question);
void guard_recheck(struct hub *hub, struct question *question);

#endif

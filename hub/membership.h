/* membership.h - coming into rooms and going out of them, with all that hangs on it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_MEMBERSHIP_H
#define HUB_MEMBERSHIP_H

#include "hub/recall.h"

/* Gateways allow fewer. */
enum { MEMBERSHIP_MAX = 1024 };

/*
 * ERROR_NONE: it is in the room from now on (or was already), which was announced and JOINED said
 * so, and what it asked to recover follows.
 */
enum error membership_join(struct hub *hub, struct conn *conn, struct slice room, struct slice ref,
	const struct recall *recall);
/* As a gateway remembers it; no one is told. */
void membership_restore(struct hub *hub, struct conn *conn, struct slice room);
void membership_leave(struct hub *hub, struct member *member);

/* Others see a connection otherwise now. */
void membership_renamed(struct hub *hub, struct conn *conn);

/*
 * Rooms of those who were restated have begun anew: each is told, once all gateways have restated,
 * so that it does not wait for offsets that will not come.
 */
void membership_retell(struct hub *hub);

/* What is not allowed is counted. */
bool membership_may(
	const struct conn *conn, const struct rules *rules, enum right right, struct slice name);
/* It is someone else from now on, or has other grants: it leaves where it may not be. */
void membership_shed(struct hub *hub, struct conn *conn);

#endif

/* request.h - what clients ask for once they are in */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_REQUEST_H
#define HUB_REQUEST_H

#include "hub/hub.h"

/* The id under which the server's own messages come; no client gets it. */
#define REQUEST_ANNOUNCER "metrics"

/* `conn` is live, ref at most EVENT_REF_MAX bytes, format and flags are valid. */
void request_join(struct hub *hub, struct conn *conn, const struct msg_join *join);
void request_leave(struct hub *hub, struct conn *conn, const struct msg_leave *leave);
void request_users(struct hub *hub, struct conn *conn, const struct msg_users *users);
void request_rooms(struct hub *hub, struct conn *conn, const struct msg_rooms *rooms);
void request_history(struct hub *hub, struct conn *conn, const struct msg_history *history);
void request_publish(struct hub *hub, struct conn *conn, const struct msg_publish *publish);
/* direct.c */
void request_direct(struct hub *hub, struct conn *conn, const struct msg_direct *direct);
/*
 * The same, and who has asked is not told. `by`: a handler, for which there are only those that it
 * may reach; NULL: all.
 */
enum error direct_route(struct hub *hub, struct conn *conn, const struct msg_direct *direct,
	const struct handler *by);

/* What the client has sent under this id of its own (which may be empty), or NULL. */
const struct mid *request_known(struct hub *hub, const struct conn *conn, struct slice mid);
void request_remember(
	struct hub *hub, const struct conn *conn, struct slice mid, uint64_t room, uint64_t offset);

/* Room and type are valid. */
void request_announce(struct hub *hub, const struct msg_announce *announce);

/* The message is in the room's order; its offset, or 0. The sender need not be in the room. */
uint64_t request_apply(
	struct hub *hub, struct conn *conn, struct room *room, const struct msg_publish *publish);

/* In broadcast.c: */
void request_broadcast(struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast);
enum error broadcast_route(
	struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast);

#endif

/* reply.h - what is said to one client, through its gateway */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_REPLY_H
#define HUB_REPLY_H

#include "hub/hub.h"

/* `text`: instead of the reason's own, if it is not empty. */
void reply_close(struct hub *hub, struct gateway *gateway, uint64_t number,
	enum close_reason reason, struct slice text);
void reply_connected(const struct conn *conn, bool resumed);
void reply_joined(struct hub *hub, const struct member *member, struct slice ref, bool recovered);
void reply_left(const struct conn *conn, struct slice room, struct slice ref);
void reply_users(struct hub *hub, const struct conn *conn, struct slice room, struct slice ref);
void reply_rooms(struct hub *hub, const struct conn *conn, struct slice ref);
/* no ref: nothing */
void reply_receipt(const struct conn *conn, struct slice ref, struct slice room, uint64_t offset);
void reply_refusal(const struct conn *conn, struct slice ref, enum error error);
/* ERROR_UNAVAILABLE, at once: the journal takes nothing, so what is numbered has to wait. */
void reply_unavailable(const struct conn *conn, struct slice ref, uint64_t request);

#endif

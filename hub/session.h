/* session.h - a connection's life: coming, coming back, being restated, going */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_SESSION_H
#define HUB_SESSION_H

#include "hub/hub.h"

void session_connect(struct hub *hub, struct gateway *gateway, const struct msg_connect *connect);
void session_identify(struct hub *hub, struct conn *conn, const struct msg_identify *identify);
void session_disconnect(
	struct hub *hub, struct conn *conn, bool clean, const struct ending *ending);

/* False: what the gateway says cannot be; nothing was done. */
bool session_restate(struct hub *hub, struct gateway *gateway, const struct msg_restate *restate);

/* Closes a client for a reason of close.def; what else it says is ignored. `number` is free. */
void session_refuse(
	struct hub *hub, struct gateway *gateway, uint64_t number, enum close_reason reason);

/* It leaves its rooms, and its client is closed, if there is one. `text` as of CLOSE. */
void session_kick(struct hub *hub, struct conn *conn, enum close_reason reason, struct slice text);

void session_end_all(struct hub *hub, struct gateway *gateway); /* each leaves its rooms */

/* Ends those whose grace time is over. */
void session_step(struct hub *hub);
struct mono session_deadline(const struct hub *hub);

#endif

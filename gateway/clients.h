/* clients.h - all WebSocket connections */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_CLIENTS_H
#define GATEWAY_CLIENTS_H

#include "gateway/client.h"

struct clients {
	struct gateway *gateway;
	struct list all;
	struct list paused; /* for the hub's sake */
	size_t count;
	int decoy; /* a socket that is not connected: lws gets it for one that is taken from it */
	struct frame *ping; /* the same for everyone */
};

struct clients *clients_new(struct gateway *gateway);
void clients_free(struct clients *clients); /* takes NULL; frees who is still there */

void clients_add(struct clients *clients, struct client *client);
void clients_remove(struct clients *clients, struct client *client);

void clients_resume(struct clients *clients); /* the hub has caught up: read again */
/* Each is given a slot of its own to come back, within spread_ms. */
void clients_close_all(struct clients *clients, enum close_reason reason, uint64_t spread_ms);
void clients_tell_rooms(struct clients *clients, const struct msg_roomlist *roomlist);

#endif

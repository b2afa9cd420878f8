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
void clients_end(struct clients *clients); /* frees who is still there */
void clients_free(struct clients *clients); /* takes NULL; no one is there any more */

void clients_add(struct clients *clients, struct client *client);
void clients_remove(struct clients *clients, struct client *client);

void clients_resume(struct clients *clients); /* the hub has caught up: read again */
/*
 * Those whom the hub does not know any more: if `all` that it acknowledged is lost, everyone of
 * whom that told; else those whose CONNECT was acknowledged and never answered. How many they were.
 */
size_t clients_close_lost(struct clients *clients, uint64_t acked, bool all);

#endif

/* clients.c - all WebSocket connections */
/* SPDX-License-Identifier: MIT */
#include "gateway/clients.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gateway/limits.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

#define PING_PAYLOAD SLICE("atrium")

struct clients *clients_new(struct gateway *gateway)
{
	struct clients *clients = mem_alloc(sizeof(*clients));

	clients->gateway = gateway;
	clients->decoy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	clients->ping = frame_new(FRAME_PING, PING_PAYLOAD);
	list_init(&clients->all);
	list_init(&clients->paused);
	return clients;
}

void clients_end(struct clients *clients)
{
	while (!list_empty(&clients->all))
		client_free(LIST_ENTRY(clients->all.next, struct client, link));
}

void clients_free(struct clients *clients)
{
	if (!clients)
		return;
	frame_unref(clients->ping);
	if (clients->decoy >= 0)
		close(clients->decoy);
	mem_free(clients);
}

void clients_add(struct clients *clients, struct client *client)
{
	list_append(&clients->all, &client->link);
	counter_set(COUNTER_GATEWAY_CONNECTIONS, ++clients->count);
}

void clients_remove(struct clients *clients, struct client *client)
{
	list_remove(&client->link);
	list_remove(&client->paused_link);
	counter_set(COUNTER_GATEWAY_CONNECTIONS, --clients->count);
}

void clients_resume(struct clients *clients)
{
	while (!list_empty(&clients->paused)) {
		struct client *client = LIST_ENTRY(
			clients->paused.next, struct client, paused_link);

		list_remove(&client->paused_link);
		client_unpause(client, PAUSE_UPLINK);
	}
}

static bool is_lost(const struct client *client, uint64_t acked, bool all)
{
	const struct session *session = client->session;

	return session && session->connect_seq <= acked && (all || !session->connected);
}

size_t clients_close_lost(struct clients *clients, uint64_t acked, bool all)
{
	size_t lost = 0;

	for (struct list *at = clients->all.next; at != &clients->all; at = at->next) {
		struct client *client = LIST_ENTRY(at, struct client, link);

		if (!is_lost(client, acked, all))
			continue;
		client_close(client, CLOSE_RESTART);
		lost++;
	}
	return lost;
}

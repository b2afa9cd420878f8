/* memory.c - what is held for all clients together, and who has to go when it is too much */
/* SPDX-License-Identifier: MIT */
#include "gateway/memory.h"

#include <stdlib.h>

#include "gateway/clients.h"
#include "gateway/tls_stream.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

struct memory {
	struct gateway *gateway;
	struct loop_hook *hook;
};

struct burden {
	struct client *client;
	size_t bytes;
};

static uint64_t held_in_all(void)
{
	return counter_get(COUNTER_GATEWAY_MEMORY_BYTES);
}

static uint64_t limit_of(const struct gateway *gateway)
{
	return (uint64_t)gateway->conf->max_memory;
}

void memory_count(struct client *client)
{
	size_t now = client->unread.cap + client->held.cap + wsproto_memory(&client->ws);

	counter_add(COUNTER_GATEWAY_MEMORY_BYTES, now);
	counter_sub(COUNTER_GATEWAY_MEMORY_BYTES, client->counted);
	client->counted = (uint32_t)now;
}

bool memory_is_short(const struct gateway *gateway)
{
	return held_in_all() >= limit_of(gateway) - limit_of(gateway) / 8;
}

/* A shared frame is a burden of each who has not read it: it stays until all of them have gone. */
static size_t burden_of(const struct client *client)
{
	size_t unsent = client->tls ? tls_stream_waits(client->tls) : 0;

	return client->doomed ? 0 : client->outbox.bytes + client->counted + unsent;
}

static int by_bytes(const void *a, const void *b)
{
	const struct burden *left = a, *right = b;

	return left->bytes < right->bytes ? 1 : left->bytes > right->bytes ? -1 : 0;
}

/* Of all who are a burden, the heaviest first; one walk, however many have to go. */
static struct burden *list_burdens(const struct clients *clients, size_t *ret_count)
{
	struct burden *burdens = mem_array(clients->count, sizeof(*burdens));
	size_t count = 0;

	for (struct list *at = clients->all.next; at != &clients->all; at = at->next) {
		struct client *client = LIST_ENTRY(at, struct client, link);
		size_t bytes = burden_of(client);

		if (bytes)
			burdens[count++] = (struct burden){ client, bytes };
	}
	if (count)
		qsort(burdens, count, sizeof(*burdens), by_bytes);
	*ret_count = count;
	return burdens;
}

/* Who is being closed already, and still has more waiting than anyone, is not waited for. */
static void send_away(struct client *client)
{
	if (client->state == CLIENT_CLOSING)
		client_doom(client);
	else
		client_close(client, CLOSE_TOO_SLOW);
	counter_add(COUNTER_GATEWAY_CLOSED_MEMORY, 1);
}

static void on_turn_end(void *arg)
{
	struct memory *memory = arg;
	struct gateway *gateway = memory->gateway;
	_cleanup_(mem_freep) struct burden *burdens = NULL;
	size_t count, gone = 0;

	if (held_in_all() <= limit_of(gateway) || gateway->clients->count == 0)
		return;
	burdens = list_burdens(gateway->clients, &count);
	while (gone < count && held_in_all() > limit_of(gateway))
		send_away(burdens[gone++].client);
	log_warn("memory", "limit=%llu closed=%zu hint=\"[gateway] max_memory\"",
		(unsigned long long)limit_of(gateway), gone);
	if (gone)
		loop_again(gateway->loop); /* their last words are written, and they are freed */
}

struct memory *memory_new(struct gateway *gateway)
{
	struct memory *memory = mem_alloc(sizeof(*memory));

	memory->gateway = gateway;
	memory->hook = loop_hook_new(gateway->loop, LOOP_FLUSH, on_turn_end, memory);
	return memory;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	loop_hook_free(memory->hook);
	mem_free(memory);
}

/* drain.c - the end of a gateway: clients are sent away one after the other */
/* SPDX-License-Identifier: MIT */
#include "gateway/drain.h"

#include "gateway/clients.h"
#include "gateway/limits.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"

enum {
	STEP_MS = 50,
	/* a client has to be back within the grace time; also when its turn comes late */
	RETRY_SPREAD_MS = 3000,
};

struct drain {
	struct gateway *gateway;
	struct timer *timer;
	struct mono start;
	uint64_t spread_ms; /* in which each client has its turn */
	uint64_t last_ms; /* when no one is waited for any more */
	size_t count; /* of clients there were */
	size_t called; /* whose turn has come */
};

static bool is_leaving(const struct client *client)
{
	return client->state == CLIENT_CLOSING || (client->paused & PAUSE_LEAVING);
}

static void call(struct drain *drain, struct client *client)
{
	uint64_t spread = drain->spread_ms < RETRY_SPREAD_MS ? drain->spread_ms : RETRY_SPREAD_MS;
	size_t index = drain->called < drain->count ? drain->called : drain->count - 1;

	client->retry_ms = limits_retry_ms(index, drain->count, spread, service_random());
	client_pause(client, PAUSE_LEAVING);
	drain->called++;
}

/* How many should have had their turn by now. */
static size_t due(const struct drain *drain, uint64_t elapsed_ms)
{
	if (elapsed_ms >= drain->spread_ms)
		return SIZE_MAX;
	return 1 + (size_t)(drain->count * elapsed_ms / drain->spread_ms);
}

static void on_step(void *arg)
{
	struct drain *drain = arg;
	struct clients *clients = drain->gateway->clients;
	uint64_t elapsed = (clock_now().ns - drain->start.ns) / 1000000;
	size_t turns = due(drain, elapsed);

	for (struct list *at = clients->all.next; at != &clients->all; at = at->next) {
		struct client *client = LIST_ENTRY(at, struct client, link);

		if (!is_leaving(client) && drain->called < turns)
			call(drain, client);
		if (client->paused & PAUSE_LEAVING &&
			(client_is_answered(client) || elapsed >= drain->last_ms))
			client_close(client, CLOSE_RESTART);
	}
}

struct drain *drain_new(struct gateway *gateway)
{
	struct drain *drain = mem_alloc(sizeof(*drain));

	drain->gateway = gateway;
	drain->start = clock_now();
	drain->spread_ms = (uint64_t)gateway->conf->drain / 2;
	drain->last_ms = (uint64_t)gateway->conf->drain * 3 / 4;
	drain->count = gateway->clients->count ? gateway->clients->count : 1;
	drain->timer = timer_new(gateway->loop, on_step, drain);
	timer_repeat(drain->timer, STEP_MS);
	on_step(drain);
	return drain;
}

void drain_free(struct drain *drain)
{
	if (!drain)
		return;
	timer_free(drain->timer);
	mem_free(drain);
}

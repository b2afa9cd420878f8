/* hub.c - the process object: all that the hub knows, and what is done with it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/hub.h"

#include "hub/asking.h"
#include "hub/calls.h"
#include "hub/membership.h"
#include "hub/recall.h"
#include "hub/session.h"

struct hub *hub_new(const struct hub_settings *settings, const struct outlet *outlet,
	uint64_t epoch, struct mono now, uint64_t wall_ms)
{
	struct hub *hub = mem_alloc(sizeof(*hub));

	hub->outlet = *outlet;
	peers_init(&hub->peers, &hub->outlet, epoch, mono_after(now, (uint64_t)settings->settle));
	conns_init(&hub->conns);
	rooms_init(&hub->rooms);
	presence_init(&hub->presence);
	roomlist_init(&hub->roomlist);
	mids_init(&hub->mids);
	states_init(&hub->states);
	taps_init(&hub->taps);
	handlers_init(&hub->handlers, &hub->outlet, epoch);
	questions_init(&hub->questions, wall_ms);
	asking_init(hub);
	hub->swept = now;
	hub_configure(hub, settings);
	hub_time(hub, now, wall_ms);
	return hub;
}

static void follow(struct hub *hub, struct list *rooms, const struct policy *policy)
{
	for (struct list *link = rooms->next; link != rooms; link = link->next) {
		struct room *room = LIST_ENTRY(link, struct room, by_rooms);

		recall_change(hub, room, policy_rules(policy, room->name));
	}
}

/* Rooms have their rules by reference, so the old ones go last. */
static void set_policy(struct hub *hub, const struct hub_settings *settings)
{
	struct policy before = hub->policy;
	struct rules defaults = { .ephemeral = settings->ephemeral,
		.conflate = settings->conflate,
		.presence_max = (unsigned)settings->presence_max,
		.history = (unsigned)settings->history,
		.history_ttl = (uint64_t)settings->history_ttl,
		.state = { .bytes = (size_t)settings->state_bytes,
			.keys = (unsigned)settings->state_keys },
		.state_ttl = (uint64_t)settings->state_ttl };

	policy_init(&hub->policy, &defaults, settings->rooms, settings->room_count);
	follow(hub, &hub->rooms.all, &hub->policy);
	follow(hub, &hub->rooms.idle, &hub->policy);
	follow(hub, &hub->rooms.keeping, &hub->policy);
	policy_done(&before);
}

void hub_configure(struct hub *hub, const struct hub_settings *settings)
{
	hub->grace = (uint64_t)settings->grace;
	hub->presence.interval = (uint64_t)settings->presence_interval;
	hub->presence.interval_max = (uint64_t)settings->presence_interval_max;
	hub->presence.busy = (uint64_t)settings->presence_busy;
	hub->roomlist.interval = (uint64_t)settings->rooms_interval;
	hub->roomlist.max = (unsigned)settings->rooms_max;
	hub->roomlist.announce_max = (unsigned)settings->rooms_announced;
	hub->states.max = (size_t)settings->state_memory;
	hub->max_rooms = (uint64_t)settings->max_rooms;
	taps_configure(&hub->taps, settings);
	closed_resize(&hub->closed, (size_t)settings->closed);
	set_policy(hub, settings);
	handlers_configure(hub, settings);
	asking_recheck(hub);
}

void hub_free(struct hub *hub)
{
	if (!hub)
		return;
	questions_done(&hub->questions);
	for (struct list *link = hub->peers.all.next; link != &hub->peers.all; link = link->next)
		session_end_all(hub, LIST_ENTRY(link, struct gateway, all));
	peers_done(&hub->peers);
	handlers_done(&hub->handlers);
	conns_done(&hub->conns);
	rooms_done(&hub->rooms);
	presence_done(&hub->presence);
	roomlist_done(&hub->roomlist);
	mids_done(&hub->mids);
	states_done(&hub->states);
	closed_done(&hub->closed);
	ranking_done(&hub->ranking);
	policy_done(&hub->policy);
	buf_done(&hub->raw);
	mem_free(hub);
}

void hub_time(struct hub *hub, struct mono now, uint64_t wall_ms)
{
	hub->now = now;
	hub->wall_ms = wall_ms;
}

struct gateway *hub_hello(struct hub *hub, uint64_t epoch, struct slice name, uint64_t seen)
{
	struct gateway *gateway = peers_hello(&hub->peers, epoch, name, seen, hub->now);

	if (gateway) {
		gateway->open = false;
		gateway->behind = true;
		outgoing_seen(&gateway->out, seen);
		outgoing_rewind(&gateway->out);
		gateway->owed = true;
	}
	return gateway;
}

void hub_down(struct hub *hub, struct gateway *gateway)
{
	gateway->open = false;
	gateway->behind = true;
	peers_down(gateway, hub->now);
}

static void forget_gateways(struct hub *hub)
{
	struct gateway *gateway;

	while ((gateway = peers_expired(&hub->peers, hub->now, hub->grace)) != NULL) {
		session_end_all(hub, gateway);
		peers_forget(gateway);
	}
}

struct mono hub_step(struct hub *hub)
{
	struct mono due;

	session_step(hub);
	forget_gateways(hub);
	recall_step(hub);
	/* While nothing can go out, changes are gathered rather than messages about them. */
	if (!hub->failing) {
		presence_step(&hub->presence, hub->now);
		roomlist_step(&hub->roomlist, &hub->rooms, &hub->peers, hub->now);
		tap_step(hub);
	}
	peers_step(&hub->peers, hub->now);
	handlers_step(hub);
	ranking_step(hub);
	if (!hub->failing)
		asking_step(hub);
	membership_retell(hub);
	calls_step(hub);
	due = mono_sooner(session_deadline(hub), peers_deadline(&hub->peers, hub->grace));
	due = mono_sooner(due, recall_deadline(hub));
	due = mono_sooner(due, handlers_deadline(hub));
	due = mono_sooner(due, ranking_deadline(hub));
	if (hub->failing)
		return due;
	due = mono_sooner(due, asking_deadline(hub));
	due = mono_sooner(due, presence_deadline(&hub->presence));
	due = mono_sooner(due, tap_deadline(hub));
	return mono_sooner(due, roomlist_deadline(&hub->roomlist));
}

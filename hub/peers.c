/* peers.c - gateways: who is here, what was applied of each, and settling after a start */
/* SPDX-License-Identifier: MIT */
#include "hub/peers.h"

#include <assert.h>

#include "proto/base/mem.h"

static struct gateway *entry(struct list *link)
{
	return LIST_ENTRY(link, struct gateway, all);
}

void peers_init(
	struct peers *peers, const struct outlet *outlet, uint64_t epoch, struct mono settle_at)
{
	*peers = (struct peers){ .outlet = outlet,
		.epoch = epoch,
		.settle_at = settle_at,
		.linked = COUNTER_HUB_GATEWAYS };
	list_init(&peers->all);
}

void peers_done(struct peers *peers)
{
	while (!list_empty(&peers->all))
		peers_forget(entry(peers->all.next));
	buf_done(&peers->removed);
}

void peers_set_state(struct gateway *gateway, enum gateway_state state, struct mono now)
{
	if (gateway->state == GATEWAY_DOWN && state != GATEWAY_DOWN)
		counter_add(gateway->peers->linked, 1);
	if (gateway->state != GATEWAY_DOWN && state == GATEWAY_DOWN)
		counter_sub(gateway->peers->linked, 1);
	gateway->state = state;
	gateway->since = now;
}

struct gateway *peers_add(struct peers *peers, uint64_t epoch, struct slice name, uint64_t sent)
{
	struct gateway *gateway = mem_alloc(sizeof(*gateway));

	gateway->peers = peers;
	gateway->epoch = epoch;
	gateway->name = slice_dup(name);
	gateway->sent = sent;
	gateway->state = GATEWAY_DOWN;
	list_init(&gateway->all);
	list_init(&gateway->conns);
	outgoing_init(&gateway->out);
	list_append(&peers->all, &gateway->all);
	peers->count++;
	return gateway;
}

struct gateway *peers_find(const struct peers *peers, uint64_t epoch)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		if (entry(link)->epoch == epoch)
			return entry(link);
	return NULL;
}

struct gateway *peers_restore(struct peers *peers, uint64_t epoch, struct slice name,
	uint64_t applied, uint64_t sent, struct mono now)
{
	struct gateway *gateway = peers_add(peers, epoch, name, sent);

	gateway->since = now;
	gateway->numbered = applied > 0;
	gateway->applied = gateway->syncing = gateway->saved = gateway->acked = applied;
	gateway->row.exists = true;
	gateway->row.applied = applied;
	gateway->row.sent = sent;
	gateway->behind = true;
	return gateway;
}

struct gateway *peers_hello(
	struct peers *peers, uint64_t epoch, struct slice name, uint64_t seen, struct mono now)
{
	struct gateway *gateway = peers_find(peers, epoch);

	if (!gateway && peers->count >= PEERS_MAX)
		return NULL;
	if (!gateway)
		gateway = peers_add(peers, epoch, name, seen);
	/* It has more of us than we know: the journal is an older one. What follows is new. */
	if (gateway->sent < seen)
		gateway->sent = seen;
	peers_set_state(gateway, GATEWAY_HELLO, now);
	return gateway;
}

void peers_restated(struct gateway *gateway, struct mono now)
{
	assert(gateway->state == GATEWAY_RESTATING);
	peers_set_state(gateway, GATEWAY_RESTATED, now);
}

void peers_down(struct gateway *gateway, struct mono now)
{
	if (gateway->state != GATEWAY_DOWN)
		peers_set_state(gateway, GATEWAY_DOWN, now);
}

static void acknowledge(struct gateway *gateway)
{
	struct msg msg = { .type = MSG_ACK, .ack = { .applied = gateway->saved } };

	if (gateway->state != GATEWAY_SETTLED || gateway->acked == gateway->saved)
		return;
	if (gateway_send_now(gateway, &msg) == 0)
		gateway->acked = gateway->saved;
}

void peers_acknowledge(struct peers *peers)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		acknowledge(entry(link));
}

void peers_syncing(struct peers *peers)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		entry(link)->syncing = entry(link)->row.applied;
}

void peers_saved(struct peers *peers)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		entry(link)->saved = entry(link)->syncing;
}

static void welcome(struct gateway *gateway, struct mono now)
{
	peers_set_state(gateway, GATEWAY_RESTATING, now);
	gateway->acked = gateway->saved;
	gateway->peers->outlet->welcome(gateway->peers->outlet->arg, gateway);
}

static void settle(struct gateway *gateway, struct mono now)
{
	struct msg msg = { .type = MSG_SETTLED, .settled = { .hub_epoch = gateway->peers->epoch } };

	peers_set_state(gateway, GATEWAY_SETTLED, now);
	gateway->resumes = true;
	gateway_send(gateway, &msg);
}

static bool someone_waits(const struct peers *peers)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		if (entry(link)->state == GATEWAY_RESTATED)
			return true;
	return false;
}

static bool waited_for(const struct gateway *gateway, struct mono now)
{
	return gateway->state == GATEWAY_RESTATING &&
		mono_before(now, mono_after(gateway->since, PEERS_RESTATE_MS));
}

bool peers_ready(const struct peers *peers, struct mono now)
{
	if (mono_before(now, peers->settle_at))
		return false;
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		if (entry(link)->state == GATEWAY_HELLO || waited_for(entry(link), now))
			return false;
	return true;
}

void peers_step(struct peers *peers, struct mono now)
{
	bool welcoming = !mono_before(now, peers->settle_at);
	bool waiting = false;
	struct list *link;

	for (link = peers->all.next; link != &peers->all; link = link->next) {
		if (welcoming && entry(link)->state == GATEWAY_HELLO)
			welcome(entry(link), now);
		waiting |= waited_for(entry(link), now);
	}
	if (!waiting && someone_waits(peers))
		peers->settled = true;
	for (link = peers->all.next; link != &peers->all; link = link->next) {
		if (peers->settled && entry(link)->state == GATEWAY_RESTATED)
			settle(entry(link), now);
	}
}

struct gateway *peers_expired(struct peers *peers, struct mono now, uint64_t grace)
{
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next) {
		struct gateway *gateway = entry(link);

		if (gateway->out.bytes > OUTGOING_MAX ||
			(gateway->state == GATEWAY_DOWN &&
				!mono_before(now, mono_after(gateway->since, grace))))
			return gateway;
	}
	return NULL;
}

void peers_forget(struct gateway *gateway)
{
	struct peers *peers = gateway->peers;

	assert(list_empty(&gateway->conns));
	peers_down(gateway, gateway->since);
	peers->outlet->forget(peers->outlet->arg, gateway);
	if (gateway->row.exists)
		buf_add(&peers->removed, &gateway->epoch, sizeof(gateway->epoch));
	list_remove(&gateway->all);
	peers->count--;
	outgoing_done(&gateway->out);
	buf_done(&gateway->gather);
	mem_free(gateway->name);
	mem_free(gateway);
}

struct mono peers_deadline(const struct peers *peers, uint64_t grace)
{
	struct mono soonest = { UINT64_MAX };
	bool waits = someone_waits(peers);

	for (struct list *link = peers->all.next; link != &peers->all; link = link->next) {
		const struct gateway *gateway = entry(link);
		struct mono due = { UINT64_MAX };

		if (gateway->state == GATEWAY_HELLO)
			due = peers->settle_at;
		else if (gateway->state == GATEWAY_RESTATING && waits)
			due = mono_after(gateway->since, PEERS_RESTATE_MS);
		else if (gateway->state == GATEWAY_DOWN)
			due = mono_after(gateway->since, grace);
		if (mono_before(due, soonest))
			soonest = due;
	}
	return soonest;
}

enum gateway_verdict gateway_take(struct gateway *gateway, uint64_t seq)
{
	if (gateway->state != GATEWAY_SETTLED)
		return GATEWAY_EARLY;
	if (gateway->numbered && seq <= gateway->applied) {
		counter_add(COUNTER_HUB_DUPLICATES, 1);
		return GATEWAY_DUPLICATE;
	}
	if (seq == 0 || (gateway->numbered && !gateway->resumes && seq != gateway->applied + 1)) {
		counter_add(COUNTER_HUB_GAPS, 1);
		return GATEWAY_GAP;
	}
	/*
	 * The first of a gateway that is new here, or since it came back, may have any number:
	 * those before were acknowledged, by an earlier hub or by what is no longer in the journal.
	 */
	gateway->numbered = true;
	gateway->resumes = false;
	gateway->applied = seq;
	return GATEWAY_APPLY;
}

void gateway_send(struct gateway *gateway, struct msg *msg)
{
	const struct outlet *outlet = gateway->peers->outlet;

	if (msg_set_seq(msg, gateway->sent + 1))
		gateway->sent++;
	outlet->send(outlet->arg, gateway, msg);
}

void gateway_send_loose(struct gateway *gateway, struct msg *msg)
{
	const struct outlet *outlet = gateway->peers->outlet;

	(void)msg_set_seq(msg, 0);
	outlet->send(outlet->arg, gateway, msg);
}

int gateway_send_now(struct gateway *gateway, struct msg *msg)
{
	const struct outlet *outlet = gateway->peers->outlet;

	(void)msg_set_seq(msg, 0);
	return outlet->send_now(outlet->arg, gateway, msg);
}

/* uplink.c - the link to the hub: what is said is numbered, and said again until acknowledged */
/* SPDX-License-Identifier: MIT */
#include "gateway/uplink.h"

#include <inttypes.h>

#include "gateway/clients.h"
#include "gateway/session.h"
#include "gateway/unacked.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/link.h"

enum uplink_state {
	UPLINK_DOWN, /* no hub */
	UPLINK_RESTATING, /* a hub that does not know us is being told of our connections */
	UPLINK_WAITING, /* for the other gateways to have done so */
	UPLINK_SETTLED,
};

/* A hub that acknowledges nothing for so long hangs, though ZeroMQ may not have noticed. */
enum { STALL_MS = 3000 };

struct uplink {
	struct gateway *gateway;
	struct link *link;
	struct link_peer *peer; /* the hub; NULL until there was one */
	struct unacked unacked;
	enum uplink_state state;
	bool restate; /* connections are still to be restated; else RESTATED is */
	uint64_t hub_epoch; /* of the hub that is, or was last, linked */
	uint64_t told_epoch; /* of the hub that was told all */
	uint64_t seen; /* the hub's number of its newest message */
	struct mono heard; /* when it last acknowledged something, or had nothing to */
	struct buf raw;
};

/* In order, what the link takes; on_room() goes on. */
static void pump(struct uplink *uplink)
{
	struct msg msg;

	while (uplink->state == UPLINK_SETTLED && unacked_peek(&uplink->unacked, &msg)) {
		if (link_send(uplink->link, NULL, &msg) < 0)
			return;
		unacked_sent(&uplink->unacked);
	}
}

static void restate(struct uplink *uplink)
{
	struct gateway *gateway = uplink->gateway;
	struct msg msg = { .type = MSG_RESTATE };

	while (uplink->restate && sessions_next(gateway->sessions, &uplink->raw, &msg.restate)) {
		if (link_send(uplink->link, NULL, &msg) < 0) {
			sessions_again(gateway->sessions);
			return;
		}
	}
	uplink->restate = false;
	msg = (struct msg){ .type = MSG_RESTATED, .restated = { uplink->hub_epoch } };
	if (link_send(uplink->link, NULL, &msg) < 0)
		return;
	uplink->told_epoch = uplink->hub_epoch;
	uplink->state = UPLINK_WAITING;
}

static void take_ack(struct uplink *uplink, uint64_t applied)
{
	struct gateway *gateway = uplink->gateway;
	bool was_full = uplink->unacked.full;

	if (unacked_ack(&uplink->unacked, applied) < 0) {
		link_drop(uplink->link, uplink->peer, "it acknowledges what was never said");
		return;
	}
	uplink->heard = clock_now();
	sessions_acked(gateway->sessions, uplink->unacked.acked);
	if (was_full && !uplink->unacked.full) {
		log_info("hub_caught_up", "acked=%" PRIu64, uplink->unacked.acked);
		clients_resume(gateway->clients);
	}
	gateway_check_drained(gateway);
}

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	struct gateway *gateway = self;
	struct uplink *uplink = gateway->uplink;
	uint64_t epoch = link_peer_epoch(peer);
	/* It is another process, or was without this gateway for so long that it forgot it. */
	bool stranger = epoch != uplink->told_epoch || welcome->applied < uplink->unacked.acked;

	if (epoch != uplink->hub_epoch)
		uplink->seen = 0;
	uplink->peer = peer;
	uplink->hub_epoch = epoch;
	uplink->state = UPLINK_RESTATING;
	counter_set(COUNTER_GATEWAY_HUB_UP, 1);
	take_ack(uplink, welcome->applied);
	if (!link_is_up(uplink->link))
		return;
	unacked_rewind(&uplink->unacked);
	uplink->restate = stranger;
	if (uplink->restate)
		sessions_rewind(gateway->sessions);
	restate(uplink);
}

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = self;
	struct uplink *uplink = gateway->uplink;

	(void)peer;
	uplink->state = UPLINK_DOWN;
	counter_set(COUNTER_GATEWAY_HUB_UP, 0);
	unacked_rewind(&uplink->unacked);
	link_set_seen(uplink->link, uplink->hub_epoch, uplink->seen);
	gateway_check_drained(gateway);
}

static void on_room(void *self, struct link_peer *peer)
{
	struct gateway *gateway = self;

	(void)peer;
	if (gateway->uplink->state == UPLINK_RESTATING)
		restate(gateway->uplink);
	else
		pump(gateway->uplink);
}

static const struct link_ops ops = { .on_up = on_up, .on_down = on_down, .on_room = on_room };

int uplink_new(struct gateway *gateway, const struct dispatch *dispatch, struct uplink **ret_uplink)
{
	struct uplink *uplink = mem_alloc(sizeof(*uplink));
	int r;

	uplink->gateway = gateway;
	uplink->unacked.max = (size_t)gateway->conf->max_unacked;
	r = service_link(gateway->service, LINK_HUB, dispatch, &ops, gateway, &uplink->link);
	if (r < 0) {
		uplink_free(uplink);
		return r;
	}
	*ret_uplink = uplink;
	return 0;
}

void uplink_free(struct uplink *uplink)
{
	if (!uplink)
		return;
	link_free(uplink->link);
	unacked_done(&uplink->unacked);
	buf_done(&uplink->raw);
	mem_free(uplink);
}

uint64_t uplink_send(struct uplink *uplink, struct msg *msg)
{
	bool was_full = uplink->unacked.full;
	bool in_turn = uplink->unacked.sent == uplink->unacked.last;
	uint64_t seq;

	if (uplink->unacked.acked == uplink->unacked.last)
		uplink->heard = clock_now();
	seq = unacked_push(&uplink->unacked, msg);
	if (uplink->unacked.full && !was_full) {
		counter_add(COUNTER_GATEWAY_PAUSED, 1);
		log_warn("hub_behind", "linked=%s unacked_bytes=%zu",
			uplink->state == UPLINK_DOWN ? "no" : "yes",
			unacked_bytes(&uplink->unacked));
	}
	if (uplink->state == UPLINK_SETTLED && in_turn && link_send(uplink->link, NULL, msg) == 0)
		unacked_sent(&uplink->unacked);
	return seq;
}

bool uplink_is_full(const struct uplink *uplink)
{
	return uplink->unacked.full;
}

bool uplink_is_answered(const struct uplink *uplink)
{
	return uplink->state == UPLINK_SETTLED &&
		(uplink->unacked.acked == uplink->unacked.last ||
			mono_before(clock_now(), mono_after(uplink->heard, STALL_MS)));
}

bool uplink_is_idle(const struct uplink *uplink)
{
	return uplink->state == UPLINK_DOWN || uplink->unacked.acked == uplink->unacked.last;
}

uint64_t uplink_acked(const struct uplink *uplink)
{
	return uplink->unacked.acked;
}

uint64_t uplink_hub_epoch(const struct uplink *uplink)
{
	return uplink->hub_epoch;
}

bool uplink_saw(struct uplink *uplink, uint64_t seq)
{
	if (seq <= uplink->seen)
		return false;
	uplink->seen = seq;
	return true;
}

void uplink_on_settled(struct uplink *uplink, const struct msg_settled *settled)
{
	if (uplink->state != UPLINK_WAITING || settled->hub_epoch != uplink->hub_epoch) {
		link_drop(uplink->link, uplink->peer, "SETTLED when it is not its time");
		return;
	}
	uplink->state = UPLINK_SETTLED;
	pump(uplink);
}

void uplink_on_ack(struct uplink *uplink, const struct msg_ack *ack)
{
	take_ack(uplink, ack->applied);
}

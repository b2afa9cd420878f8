/* uplink.c - the link to the hub: what is said is numbered, and said again until acknowledged */
/* SPDX-License-Identifier: MIT */
#include "gateway/uplink.h"

#include <inttypes.h>

#include "gateway/clients.h"
#include "gateway/seen.h"
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
	bool spoke; /* something was sent in this turn */
	uint64_t settled_epoch; /* of the hub that was told all, and has taken it over */
	struct seen seen;
	struct loop_hook *turn_end;
	struct timer *late; /* when it fires, the hub is told what has come */
	struct mono heard; /* when it last acknowledged something, or had nothing to */
	struct buf raw;
};

static int note_spoken(struct uplink *uplink, int r)
{
	if (r == 0)
		uplink->spoke = true;
	return r;
}

static int say(struct uplink *uplink, const struct msg *msg)
{
	return note_spoken(uplink, link_send(uplink->link, NULL, msg));
}

/* As it was encoded to be kept. */
static int say_newest(struct uplink *uplink)
{
	struct slice newest = unacked_newest(&uplink->unacked);

	return note_spoken(uplink, link_send_encoded(uplink->link, NULL, newest, 1));
}

/* In order, what the link takes; on_room() goes on. */
static void pump(struct uplink *uplink)
{
	struct msg msg;

	while (uplink->state == UPLINK_SETTLED && unacked_peek(&uplink->unacked, &msg)) {
		if (say(uplink, &msg) < 0)
			return;
		unacked_sent(&uplink->unacked);
	}
}

static void restate(struct uplink *uplink)
{
	struct gateway *gateway = uplink->gateway;
	struct msg msg = { .type = MSG_RESTATE };

	while (uplink->restate && sessions_next(gateway->sessions, &uplink->raw, &msg.restate)) {
		if (say(uplink, &msg) < 0) {
			sessions_again(gateway->sessions);
			return;
		}
	}
	uplink->restate = false;
	msg = (struct msg){ .type = MSG_RESTATED, .restated = { uplink->seen.epoch } };
	if (say(uplink, &msg) == 0)
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

/*
 * If the same hub knows less of us than it has acknowledged, we were away for longer than the grace
 * time, and our clients have left. And no other hub will hear of those whom the last one let in
 * without saying so. They come back, and are given what they missed.
 */
static void look_for_lost(struct uplink *uplink, uint64_t applied)
{
	uint64_t acked = uplink->unacked.acked;
	bool forgotten = !uplink->restate && applied < acked;
	size_t lost = 0;

	if (forgotten || uplink->restate)
		lost = clients_close_lost(uplink->gateway->clients, acked, forgotten);
	if (lost)
		log_warn("hub_forgot", "acked=%" PRIu64 " applied=%" PRIu64 " clients=%zu", acked,
			applied, lost);
}

static void on_up(void *self, struct link_peer *peer, const struct msg_welcome *welcome)
{
	struct gateway *gateway = self;
	struct uplink *uplink = gateway->uplink;

	uplink->peer = peer;
	seen_begin(&uplink->seen, link_peer_epoch(peer));
	uplink->restate = uplink->seen.epoch != uplink->settled_epoch;
	uplink->state = UPLINK_RESTATING;
	counter_set(COUNTER_GATEWAY_HUB_UP, 1);
	look_for_lost(uplink, welcome->applied);
	take_ack(uplink, welcome->applied);
	if (!link_is_up(uplink->link))
		return;
	unacked_rewind(&uplink->unacked);
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
	link_set_seen(uplink->link, uplink->seen.epoch, uplink->seen.last);
}

/* ---- what has come ---- */

static void tell_seen(struct uplink *uplink)
{
	struct msg msg = { .type = MSG_SEEN, .seen = { uplink->seen.last } };

	if (!link_is_up(uplink->link))
		return;
	if (link_send(uplink->link, NULL, &msg) < 0) {
		timer_start(uplink->late, SEEN_LATE_MS);
		return;
	}
	uplink->seen.told = uplink->seen.last;
	timer_stop(uplink->late);
}

static void on_late(void *arg)
{
	struct uplink *uplink = arg;

	if (seen_untold(&uplink->seen))
		tell_seen(uplink);
}

/* Where something is said anyway it costs nothing; else it waits a little for more to come. */
static void on_turn_end(void *arg)
{
	struct uplink *uplink = arg;
	uint64_t untold = seen_untold(&uplink->seen);

	if (untold && (uplink->spoke || untold >= SEEN_MANY))
		tell_seen(uplink);
	else if (untold && !timer_active(uplink->late))
		timer_start(uplink->late, SEEN_LATE_MS);
	uplink->spoke = false;
}

bool uplink_saw(struct uplink *uplink, uint64_t seq)
{
	switch (seen_take(&uplink->seen, seq)) {
	case SEEN_NEW:
		return true;
	case SEEN_AGAIN:
		counter_add(COUNTER_GATEWAY_REPEATED, 1);
		return false;
	default:
		counter_add(COUNTER_GATEWAY_GAPS, 1);
		link_drop(uplink->link, uplink->peer, "a gap in its numbers");
		return false;
	}
}

/* ---- the link ---- */

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
	uplink->late = timer_new(gateway->loop, on_late, uplink);
	uplink->turn_end = loop_hook_new(gateway->loop, LOOP_FLUSH, on_turn_end, uplink);
	*ret_uplink = uplink;
	return 0;
}

void uplink_free(struct uplink *uplink)
{
	if (!uplink)
		return;
	loop_hook_free(uplink->turn_end);
	timer_free(uplink->late);
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
	if (uplink->state == UPLINK_SETTLED && in_turn && say_newest(uplink) == 0)
		unacked_sent(&uplink->unacked);
	return seq;
}

void uplink_mention(struct uplink *uplink, const struct msg *msg)
{
	if (uplink->state == UPLINK_SETTLED)
		(void)say(uplink, msg);
}

bool uplink_withdraw(struct uplink *uplink, uint64_t seq)
{
	return unacked_withdraw(&uplink->unacked, seq);
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
	return uplink->unacked.acked == uplink->unacked.last;
}

uint64_t uplink_acked(const struct uplink *uplink)
{
	return uplink->unacked.acked;
}

uint64_t uplink_hub_epoch(const struct uplink *uplink)
{
	return uplink->seen.epoch;
}

void uplink_on_settled(struct uplink *uplink, const struct msg_settled *settled)
{
	if (uplink->state != UPLINK_WAITING || settled->hub_epoch != uplink->seen.epoch) {
		link_drop(uplink->link, uplink->peer, "SETTLED when it is not its time");
		return;
	}
	uplink->state = UPLINK_SETTLED;
	uplink->settled_epoch = uplink->seen.epoch;
	pump(uplink);
}

void uplink_on_refused(struct uplink *uplink, uint64_t seq)
{
	if (unacked_void(&uplink->unacked, seq) < 0)
		link_drop(uplink->link, uplink->peer, "it refuses what was never said");
}

void uplink_on_ack(struct uplink *uplink, const struct msg_ack *ack)
{
	take_ack(uplink, ack->applied);
}

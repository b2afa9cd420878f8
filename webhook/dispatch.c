/* dispatch.c - what the hub says to an endpoint: events, which are to be delivered */
/* SPDX-License-Identifier: MIT */
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/counters.h"
#include "webhook/endpoint_internal.h"

/* Whether this event, and all after it, are left to the hub for now. */
static bool is_full(struct endpoint *endpoint)
{
	if (!endpoint->full && queue_bytes(endpoint->queue) >= (size_t)endpoint->conf->memory) {
		endpoint->full = true;
		counter_add(COUNTER_WEBHOOK_PUT_OFF, 1);
		log_warn("put_off", "endpoint=%s waiting=%zu", endpoint->name,
			queue_waiting(endpoint->queue));
	}
	return endpoint->full;
}

/* True: this event is new. */
static bool take(struct endpoint *endpoint, uint64_t seq, uint64_t stamp)
{
	enum queue_taken taken;

	if (seq == 0 || is_full(endpoint))
		return false; /* number 0 is of the moment: there is no promise to keep */
	taken = queue_take(endpoint->queue, seq, stamp);
	counter_add(COUNTER_WEBHOOK_EVENTS, 1);
	if (taken == QUEUE_KNOWN)
		counter_add(COUNTER_WEBHOOK_REPEATED, 1);
	if (taken == QUEUE_ANEW)
		log_warn("forgotten", "endpoint=%s hint=\"[handler] keep\"", endpoint->name);
	return taken != QUEUE_KNOWN;
}

static void put(struct endpoint *endpoint, struct slice room, const struct body_id *id)
{
	queue_put(endpoint->queue, room, id, buf_slice(&endpoint->text));
	buf_clear(&endpoint->text);
}

static void put_people(struct endpoint *endpoint, enum webhook_event event, bool of_room,
	const struct msg_came *came)
{
	const struct body_id id = { .seq = came->seq, .stamp = came->time, .of_room = of_room };

	if (!conf_wants(endpoint->conf, event))
		return;
	body_put_people(&endpoint->text, endpoint->name, &id, event, came);
	put(endpoint, came->room, &id);
}

static void on_came(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;

	(void)peer;
	if (!take(endpoint, msg->came.seq, msg->came.time))
		return;
	if (msg->came.count == 1)
		put_people(endpoint, WEBHOOK_OCCUPIED, true, &msg->came);
	put_people(endpoint, WEBHOOK_CONNECT, false, &msg->came);
}

static void on_went(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;
	const struct msg_came went = { .seq = msg->went.seq,
		.room = msg->went.room,
		.time = msg->went.time,
		.id = msg->went.id,
		.nickname = msg->went.nickname,
		.user = msg->went.user,
		.count = msg->went.count };

	(void)peer;
	if (!take(endpoint, went.seq, went.time))
		return;
	put_people(endpoint, WEBHOOK_DISCONNECT, false, &went);
	if (went.count == 0)
		put_people(endpoint, WEBHOOK_VACATED, true, &went);
}

static void on_said(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;
	const struct msg_said *said = &msg->said;
	const struct body_id id = { .seq = said->seq, .stamp = said->time };

	(void)peer;
	if (!take(endpoint, said->seq, said->time) ||
		!conf_wants(endpoint->conf, WEBHOOK_MESSAGE) ||
		!conf_wants_type(endpoint->conf, said->type))
		return;
	body_put_said(&endpoint->text, endpoint->name, &id, said);
	put(endpoint, said->room, &id);
}

/* It belongs to no room: what is told of it waits for none. */
static void on_missed(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;
	const struct body_id id = { .seq = msg->missed.seq, .stamp = clock_wall_ms() };
	uint64_t count = msg->missed.count, last = queue_last(endpoint->queue);

	(void)peer;
	if (!take(endpoint, id.seq, 0))
		return;
	/* Some of what the hub has dropped may be here. */
	if (count > id.seq - last)
		count = id.seq - last;
	counter_add(COUNTER_WEBHOOK_MISSED, count);
	log_error("events_missed", "endpoint=%s count=%llu hint=\"[handler] backlog was full\"",
		endpoint->name, (unsigned long long)count);
	body_put_missed(&endpoint->text, endpoint->name, &id, count);
	put(endpoint, SLICE(""), &id);
}

static void on_skipped(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;

	(void)peer;
	if (!is_full(endpoint))
		queue_skip(endpoint->queue, msg->skipped.seq);
}

static void on_served(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct endpoint *endpoint = self;
	struct msg_list allowed = msg->served.allowed;
	struct msg_pattern pattern;

	(void)peer;
	endpoint->serving = msg->served.error.len == 0;
	if (!endpoint->serving) {
		log_error("not_served", "endpoint=%s error=%s", endpoint->name,
			log_quote(msg->served.error));
		return;
	}
	log_info("serving", "endpoint=%s patterns=%u", endpoint->name, allowed.count);
	while (msg_next_pattern(&allowed, &pattern))
		log_debug("serving", "endpoint=%s rooms=%s", endpoint->name,
			log_quote(pattern.rooms));
}

/* Nothing else is asked for; a hub that sends it anyway is dropped. */
const struct dispatch endpoint_dispatch = { .process = PROCESS_HANDLER,
	.on = {
		[MSG_SERVED] = on_served,
		[MSG_CAME] = on_came,
		[MSG_WENT] = on_went,
		[MSG_SAID] = on_said,
		[MSG_MISSED] = on_missed,
		[MSG_SKIPPED] = on_skipped,
	} };

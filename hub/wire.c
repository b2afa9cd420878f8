/* wire.c - the hub in its process: the link, the timer, the journal, turns */
/* SPDX-License-Identifier: MIT */
#include "hub/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "hub/fault.h"
#include "hub/load.h"
#include "hub/store.h"
#include "hub/wire_internal.h"
#include "proto/base/log.h"
#include "proto/counters.h"

enum {
	STALL_MS = 1000, /* a timer that is so late was not late: the process did not run */
	COMPLAIN_MS = 30 * 1000, /* how often it is said that the journal fails */
};

static void out_send(void *arg, struct gateway *gateway, const struct msg *msg)
{
	(void)arg;
	outgoing_add(&gateway->out, msg);
}

static int out_send_now(void *arg, struct gateway *gateway, const struct msg *msg)
{
	const struct port *port = gateway->port;

	(void)arg;
	return gateway->open ? link_send(port->link, port->peer, msg) : -EHOSTUNREACH;
}

static int out_send_parcel(
	void *arg, struct gateway *gateway, struct slice messages, unsigned count)
{
	const struct port *port = gateway->port;

	(void)arg;
	return link_send_encoded(port->link, port->peer, messages, count);
}

static const char *kind_of(const struct gateway *gateway)
{
	return gateway->handler ? "handler" : "gateway";
}

static void out_welcome(void *arg, struct gateway *gateway)
{
	struct wire *wire = arg;
	struct port *port = gateway->port;

	log_info(gateway->handler ? "handler_welcome" : "gateway_welcome",
		"%s=%s applied=%" PRIu64 " seen=%" PRIu64 " waiting=%u", kind_of(gateway),
		log_quote(slice_of(gateway->name)), gateway->saved, gateway->out.seen,
		outgoing_count(&gateway->out));
	gateway->open = link_welcome(port->link, port->peer, gateway->saved) == 0;
	turn_drain(&wire->turn, gateway);
}

static void out_drop(void *arg, struct link_peer *peer, const char *why)
{
	const struct wire *wire = arg;
	bool handler = link_peer_process(peer) == PROCESS_HANDLER;

	link_drop(handler ? wire->handlers : wire->link, peer, why);
}

static void out_cut(void *arg, struct gateway *gateway, const char *why)
{
	const struct port *port = gateway->port;

	(void)arg;
	if (port && port->peer)
		link_drop(port->link, port->peer, why);
}

static void out_forget(void *arg, struct gateway *gateway)
{
	struct wire *wire = arg;
	struct port *port = gateway->port;
	unsigned unseen = outgoing_count(&gateway->out);

	if (!wire->stopping) {
		log_info(gateway->handler ? "handler_forget" : "gateway_forget", "%s=%s unseen=%u",
			kind_of(gateway), log_quote(slice_of(gateway->name)), unseen);
		if (!gateway->handler)
			counter_add(COUNTER_HUB_UNDELIVERED, unseen);
	}
	if (!port)
		return;
	if (port->peer) {
		link_peer_set_data(port->peer, NULL);
		if (!wire->stopping)
			link_drop(port->link, port->peer, "it leaves too much unseen");
	}
	mem_free(port);
}

static struct gateway *out_gateway_of(void *arg, struct link_peer *peer)
{
	(void)arg;
	return link_peer_data(peer);
}

static uint64_t out_random(void *arg)
{
	(void)arg;
	return service_random();
}

static void out_random_text(void *arg, char *ret_text, size_t len)
{
	(void)arg;
	service_random_text(ret_text, len);
}

/* A turn has one time. A process that was stopped for a while goes on as if it had been no time. */
void wire_begin_turn(void *arg)
{
	struct wire *wire = arg;
	struct mono now = { clock_now().ns - wire->stalled_ns };

	if (wire->due.ns != UINT64_MAX && mono_before(mono_after(wire->due, STALL_MS), now)) {
		wire->stalled_ns += now.ns - wire->due.ns;
		now = wire->due;
	}
	hub_time(wire->hub, now, clock_wall_ms());
}

static void say_missed(const struct gateway *gateway, uint64_t seen)
{
	uint64_t first = outgoing_first(&gateway->out);

	if (first == 0)
		first = gateway->sent + 1;
	if (first > seen + 1)
		log_error("gateway_missed", "gateway=%s messages=%" PRIu64,
			log_quote(slice_of(gateway->name)), first - seen - 1);
}

struct port *wire_port(struct wire *wire, struct gateway *gateway, struct link *link)
{
	struct port *port = gateway->port;

	if (!port) {
		port = mem_alloc(sizeof(*port));
		port->wire = wire;
		port->link = link;
		gateway->port = port;
	}
	return port;
}

static void gateway_hello(struct wire *wire, struct link_peer *peer, const struct msg_hello *hello)
{
	bool same = hello->peer_epoch == wire->hub->peers.epoch;
	uint64_t seen = same ? hello->seen : 0;
	struct gateway *gateway = hub_hello(wire->hub, hello->epoch, hello->name, seen);
	struct port *port;

	if (!gateway) {
		link_drop(wire->link, peer, "there are too many gateways");
		return;
	}
	port = wire_port(wire, gateway, wire->link);
	if (port->peer && port->peer != peer)
		link_peer_set_data(port->peer, NULL);
	/* What went into a link that was already broken did not arrive; it goes out again. */
	counter_add(COUNTER_HUB_RESENT, outgoing_count(&gateway->out));
	say_missed(gateway, seen);
	port->peer = peer;
	link_peer_set_data(peer, gateway);
}

static void on_hello(void *self, struct link_peer *peer, const struct msg_hello *hello)
{
	struct hub *hub = self;
	struct wire *wire = hub->outlet.arg;

	if (link_peer_process(peer) == PROCESS_GATEWAY)
		gateway_hello(wire, peer, hello);
	else if (link_peer_process(peer) == PROCESS_METRICS)
		link_welcome(wire->link, peer, 0);
	else
		link_drop(wire->link, peer, "neither a gateway nor metrics");
}

struct gateway *wire_unlink(struct link_peer *peer)
{
	struct gateway *gateway = link_peer_data(peer);
	struct port *port = gateway ? gateway->port : NULL;

	if (!port)
		return NULL;
	port->peer = NULL;
	/* This may be before the turn's begin, or after its end. */
	wire_begin_turn(port->wire);
	loop_again(service_loop(port->wire->service));
	return gateway;
}

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = wire_unlink(peer);

	if (gateway)
		hub_down(self, gateway);
}

void wire_on_room(void *self, struct link_peer *peer)
{
	struct hub *hub = self;
	struct wire *wire = hub->outlet.arg;
	struct gateway *gateway = link_peer_data(peer);

	if (!gateway)
		return;
	peers_acknowledge(&hub->peers);
	turn_drain(&wire->turn, gateway);
}

static void on_step(void *arg, enum turn_step step)
{
	struct wire *wire = arg;

	fault_step(step, wire->link);
}

void wire_on_batch_end(void *self, struct link_peer *peer)
{
	struct hub *hub = self;

	(void)peer;
	on_step(hub->outlet.arg, TURN_RECEIVED);
}

static const struct link_ops ops = {
	.on_hello = on_hello,
	.on_down = on_down,
	.on_room = wire_on_room,
	.on_batch_end = wire_on_batch_end,
};

static void say_status(struct wire *wire)
{
	uint64_t gateways = counter_get(COUNTER_HUB_GATEWAYS);

	if (gateways == wire->gateways)
		return;
	wire->gateways = gateways;
	service_status(wire->service, "%" PRIu64 " gateways", gateways);
}

/* Says that the journal fails, why, and that it does so no longer. */
static void say_error(struct wire *wire)
{
	int error = turn_error(&wire->turn);
	struct mono now = clock_now();

	if (error == wire->said_error &&
		(error == 0 || mono_before(now, mono_after(wire->said, COMPLAIN_MS))))
		return;
	wire->said_error = error;
	wire->said = now;
	if (error < 0)
		log_error("journal_failing",
			"error=%s hint=\"what needs it is refused until it can be written\"",
			log_quote(slice_of(strerror(-error))));
	else
		log_info("journal_recovered", "commits=%" PRIu64,
			counter_get(COUNTER_HUB_JOURNAL_COMMITS));
}

static void finish(struct wire *wire)
{
	struct turn *turn = &wire->turn;

	if (!store_holding(wire->store) && turn_commit(turn))
		store_committed(wire->store);
	say_error(wire);
	if (!turn_sync_due(turn))
		return;
	turn_sync_begin(turn);
	if (store_mode(wire->store) == JOURNAL_DISK) {
		store_sync(wire->store);
		return;
	}
	turn_sync_end(turn, 0);
	turn_release(turn);
}

static void on_synced(void *arg, int r)
{
	struct wire *wire = arg;

	turn_sync_end(&wire->turn, r);
	if (r == 0)
		turn_release(&wire->turn);
	loop_again(service_loop(wire->service));
}

static void end_turn(void *arg)
{
	struct wire *wire = arg;
	struct mono due = hub_step(wire->hub), retry;

	finish(wire);
	retry = turn_deadline(&wire->turn);
	if (mono_before(retry, due))
		due = retry;
	say_status(wire);
	if (due.ns == wire->due.ns && timer_active(wire->timer))
		return;
	wire->due = due;
	if (due.ns == UINT64_MAX)
		timer_stop(wire->timer);
	else
		timer_start(wire->timer, mono_ms_until(wire->hub->now, due));
}

/* Its turn does what is due. */
static void on_timer(void *arg)
{
	(void)arg;
}

/* [hub], and the sections [room] and [handler] that the others are filled with. */
static struct hub_settings settings_of(struct wire *wire, struct buf *rooms, struct buf *handlers)
{
	struct service *service = wire->service;
	struct hub_settings settings = *(const struct hub_settings *)service_conf(service, "hub");
	struct room_section room;
	struct handler_section handler;

	while ((room.settings = service_conf_named(
			service, "room", settings.room_count, &room.pattern)) != NULL) {
		buf_add(rooms, &room, sizeof(room));
		settings.room_count++;
	}
	while ((handler.settings = service_conf_named(
			service, "handler", settings.handler_count, &handler.name)) != NULL) {
		buf_add(handlers, &handler, sizeof(handler));
		settings.handler_count++;
	}
	settings.rooms = (const struct room_section *)(const void *)rooms->data;
	settings.handler_sections = (const struct handler_section *)(const void *)handlers->data;
	return settings;
}

static void new_hub(struct wire *wire)
{
	_cleanup_(buf_done) struct buf rooms = { .cap = 0 }, handlers = { .cap = 0 };
	struct hub_settings settings = settings_of(wire, &rooms, &handlers);
	struct outlet outlet = { .arg = wire,
		.send = out_send,
		.send_now = out_send_now,
		.send_parcel = out_send_parcel,
		.welcome = out_welcome,
		.drop = out_drop,
		.forget = out_forget,
		.cut = out_cut,
		.gateway_of = out_gateway_of,
		.random = out_random,
		.random_text = out_random_text };

	wire->hub = hub_new(&settings, &outlet, journal_epoch(store_journal(wire->store)),
		clock_now(), clock_wall_ms());
}

/* The hub as the journal has it. 0, or -errno after logging why. */
static int load(struct wire *wire)
{
	const struct hub_settings *settings = service_conf(wire->service, "hub");
	int r = store_open(
		wire->service, (enum journal_mode)settings->journal, on_synced, wire, &wire->store);

	if (r < 0)
		return r;
	new_hub(wire);
	r = load_all(wire->hub, store_journal(wire->store));
	if (r < 0) {
		log_error("journal_load", "error=%s", log_quote(slice_of(strerror(-r))));
		wire->stopping = true;
		hub_free(wire->hub);
		wire->stopping = false;
		wire->hub = NULL;
		r = store_renew(wire->store);
		if (r < 0)
			return r;
		new_hub(wire);
	}
	log_info("journal", "epoch=%016" PRIx64 " gateways=%zu rooms=%u connections=%" PRIu64,
		wire->hub->peers.epoch, wire->hub->peers.count,
		wire->hub->rooms.count + wire->hub->rooms.idle_count,
		counter_get(COUNTER_HUB_CONNECTIONS));
	turn_init(&wire->turn, wire->hub, store_journal(wire->store));
	if (fault_armed())
		wire->turn.on_step = on_step;
	wire->turn.arg = wire;
	return 0;
}

int wire_start(struct service *service, void **ret_wire)
{
	struct wire *wire = mem_alloc(sizeof(*wire));
	struct loop *loop = service_loop(service);
	int r;

	wire->service = service;
	wire->due.ns = UINT64_MAX;
	r = load(wire);
	if (r < 0) {
		wire_stop(wire);
		return r;
	}
	wire->timer = timer_new(loop, on_timer, wire);
	/* Hooks of one phase run in the order of their making: this one before the link's. */
	wire->begin = loop_hook_new(loop, LOOP_RECEIVE, wire_begin_turn, wire);
	r = service_link_as(service, LINK_HUB, wire->hub->peers.epoch, &hub_dispatch, &ops,
		wire->hub, &wire->link);
	if (r < 0) {
		log_error(
			"link_failed", "link=hub.sock error=%s", log_quote(slice_of(strerror(-r))));
		wire_stop(wire);
		return r;
	}
	r = wire_open_handlers(wire);
	if (r < 0) {
		wire_stop(wire);
		return r;
	}
	wire->end = loop_hook_new(loop, LOOP_FLUSH, end_turn, wire);
	wire->gateways = UINT64_MAX;
	say_status(wire);
	service_ready(service, NULL);
	*ret_wire = wire;
	return 0;
}

int wire_reload(void *arg)
{
	struct wire *wire = arg;
	_cleanup_(buf_done) struct buf rooms = { .cap = 0 }, handlers = { .cap = 0 };
	struct hub_settings settings = settings_of(wire, &rooms, &handlers);

	hub_configure(wire->hub, &settings);
	/* what it has to tell, or forget, is done in a turn */
	loop_again(service_loop(wire->service));
	return 0;
}

void wire_stop(void *arg)
{
	struct wire *wire = arg;

	if (!wire)
		return;
	wire->stopping = true;
	loop_hook_free(wire->begin);
	loop_hook_free(wire->end);
	timer_free(wire->timer);
	hub_free(wire->hub);
	link_free(wire->link);
	link_free(wire->handlers);
	store_close(wire->store);
	mem_free(wire);
}

/* wire.c - the hub in its process: the link, the timer, what waits for a gateway */
/* SPDX-License-Identifier: MIT */
#include "hub/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "hub/sent.h"
#include "proto/base/log.h"
#include "proto/counters.h"

struct wire {
	struct service *service;
	struct hub *hub;
	struct link *link;
	struct loop_hook *begin, *end; /* of a turn */
	struct timer *timer;
	struct mono due; /* when the timer fires */
	uint64_t gateways; /* as last said to systemd */
	bool stopping;
};

/* The outlet's part of a gateway. */
struct port {
	struct wire *wire;
	struct link_peer *peer; /* NULL: it is not linked */
	bool open; /* it was welcomed */
	struct backlog backlog;
	struct sent sent;
};

static int port_send_now(void *arg, const struct msg *msg)
{
	struct port *port = arg;

	int r = link_send(port->wire->link, port->peer, msg);

	if (r == 0)
		sent_add(&port->sent, msg, SENT_MAX);
	return r;
}

static void port_drain(struct gateway *gateway)
{
	struct port *port = gateway->port;

	gateway->behind = !port->peer || !port->open ||
		backlog_drain(&port->backlog, port_send_now, port) < 0;
}

/*
 * Keeps the message until the gateway can take it; one that does not read for too long loses all,
 * and its link.
 */
static void port_keep(struct gateway *gateway, const struct msg *msg)
{
	struct port *port = gateway->port;
	unsigned lost;

	gateway->behind = true;
	if (backlog_add(&port->backlog, msg, BACKLOG_MAX))
		return;
	lost = backlog_clear(&port->backlog) + 1;
	counter_add(COUNTER_HUB_UNDELIVERED, lost);
	log_error("backlog_full", "gateway=%s lost=%u", log_quote(slice_of(gateway->name)), lost);
	if (port->peer)
		link_drop(port->wire->link, port->peer, "it does not read what it is sent");
}

static void out_send(void *arg, struct gateway *gateway, const struct msg *msg)
{
	struct port *port = gateway->port;

	(void)arg;
	if (gateway->behind || port_send_now(port, msg) < 0)
		port_keep(gateway, msg);
}

static void out_welcome(void *arg, struct gateway *gateway)
{
	struct wire *wire = arg;
	struct port *port = gateway->port;

	log_info("gateway_welcome", "gateway=%s applied=%" PRIu64 " waiting=%u",
		log_quote(slice_of(gateway->name)), gateway->applied, port->backlog.count);
	port->open = link_welcome(wire->link, port->peer, gateway->applied) == 0;
	port_drain(gateway);
}

static void out_drop(void *arg, struct link_peer *peer, const char *why)
{
	struct wire *wire = arg;

	link_drop(wire->link, peer, why);
}

static void out_forget(void *arg, struct gateway *gateway)
{
	struct wire *wire = arg;
	struct port *port = gateway->port;

	if (!wire->stopping)
		log_info("gateway_forget", "gateway=%s unsent=%u",
			log_quote(slice_of(gateway->name)), port->backlog.count);
	if (port->peer)
		link_peer_set_data(port->peer, NULL);
	counter_add(COUNTER_HUB_UNDELIVERED, backlog_clear(&port->backlog));
	sent_clear(&port->sent);
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

/* A turn has one time. */
static void begin_turn(void *arg)
{
	struct wire *wire = arg;

	hub_time(wire->hub, clock_now(), clock_wall_ms());
}

/* What went into a link that was already broken did not arrive; it goes out again. */
static void port_recover(struct gateway *gateway, uint64_t seen)
{
	struct port *port = gateway->port;
	uint64_t first;

	backlog_drop_unnumbered(&port->backlog);
	counter_add(COUNTER_HUB_RESENT, sent_again(&port->sent, seen, &port->backlog));
	first = port->backlog.count ? backlog_first(&port->backlog) : gateway->sent + 1;
	if (first > seen + 1)
		log_error("gateway_missed", "gateway=%s messages=%" PRIu64,
			log_quote(slice_of(gateway->name)), first - seen - 1);
}

static void gateway_hello(struct wire *wire, struct link_peer *peer, const struct msg_hello *hello)
{
	bool same = hello->peer_epoch == service_epoch(wire->service);
	uint64_t seen = same ? hello->seen : 0;
	struct gateway *gateway = hub_hello(wire->hub, hello->epoch, hello->name, seen);
	struct port *port;

	if (!gateway) {
		link_drop(wire->link, peer, "there are too many gateways");
		return;
	}
	port = gateway->port;
	if (!port) {
		port = mem_alloc(sizeof(*port));
		port->wire = wire;
		gateway->port = port;
	}
	if (port->peer && port->peer != peer)
		link_peer_set_data(port->peer, NULL);
	port_recover(gateway, seen);
	port->peer = peer;
	port->open = false;
	gateway->behind = true;
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

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = link_peer_data(peer);
	struct port *port = gateway ? gateway->port : NULL;

	if (!port)
		return;
	port->peer = NULL;
	port->open = false;
	gateway->behind = true;
	/* This may be before the turn's begin, or after its end. */
	begin_turn(port->wire);
	loop_again(service_loop(port->wire->service));
	hub_down(self, gateway);
}

static void on_room(void *self, struct link_peer *peer)
{
	struct gateway *gateway = link_peer_data(peer);

	(void)self;
	if (gateway)
		port_drain(gateway);
}

static const struct link_ops ops = {
	.on_hello = on_hello,
	.on_down = on_down,
	.on_room = on_room,
};

static void say_status(struct wire *wire)
{
	uint64_t gateways = counter_get(COUNTER_HUB_GATEWAYS);

	if (gateways == wire->gateways)
		return;
	wire->gateways = gateways;
	service_status(wire->service, "%" PRIu64 " gateways", gateways);
}

static void end_turn(void *arg)
{
	struct wire *wire = arg;
	struct mono due = hub_step(wire->hub);

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

int wire_start(struct service *service, void **ret_wire)
{
	struct wire *wire = mem_alloc(sizeof(*wire));
	struct loop *loop = service_loop(service);
	struct outlet outlet = { .arg = wire,
		.send = out_send,
		.welcome = out_welcome,
		.drop = out_drop,
		.forget = out_forget,
		.gateway_of = out_gateway_of,
		.random = out_random,
		.random_text = out_random_text };
	int r;

	wire->service = service;
	wire->hub = hub_new(service_conf(service, "hub"), &outlet, service_epoch(service),
		clock_now(), clock_wall_ms());
	wire->timer = timer_new(loop, on_timer, wire);
	/* Hooks of one phase run in the order of their making: this one before the link's. */
	wire->begin = loop_hook_new(loop, LOOP_RECEIVE, begin_turn, wire);
	r = service_link(service, LINK_HUB, &hub_dispatch, &ops, wire->hub, &wire->link);
	if (r < 0) {
		log_error(
			"link_failed", "link=hub.sock error=%s", log_quote(slice_of(strerror(-r))));
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

	hub_configure(wire->hub, service_conf(wire->service, "hub"));
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
	mem_free(wire);
}

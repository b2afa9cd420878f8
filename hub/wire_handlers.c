/* wire_handlers.c - the socket of the handlers: who is let in */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <string.h>

#include "hub/wire_internal.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	SOCKET_MODE = 0660,
	GROUP_MAX = 64 * 1024, /* bytes of an entry of group */
};

/* No process counts so far by itself; who has seen more than it was sent says what cannot be. */
#define SEEN_MAX (UINT64_C(1) << 60)

static const char replaced[] = "replaced by another process of this name";

static void refuse(struct wire *wire, struct link_peer *peer,
	const struct link_credentials *credentials, const char *why)
{
	counter_add(COUNTER_HUB_HANDLER_REFUSED, 1);
	log_warn("handler_refused", "handler=%s uid=%u gid=%u pid=%d why=%s",
		log_quote(slice_of(link_peer_name(peer))), credentials->uid, credentials->gid,
		(int)credentials->pid, log_quote(slice_of(why)));
	link_drop(wire->handlers, peer, why);
}

/* Who was here under this name goes: it must not be told as if it were gone for long. */
static void replace(struct hub *hub, const struct port *port, const struct gateway *gateway)
{
	struct link_peer *before = port->peer;

	handlers_down(hub, gateway->handler);
	link_peer_set_data(before, NULL);
	link_part(port->link, before, replaced);
}

/* A process that says HELLO under another name than before is not there any more under that one. */
static void leave(struct hub *hub, struct link_peer *peer, struct slice name)
{
	const struct gateway *gateway = link_peer_data(peer);

	if (!gateway || slice_eq(slice_of(gateway->name), name))
		return;
	(void)wire_unlink(peer);
	link_peer_set_data(peer, NULL);
	handlers_down(hub, gateway->handler);
}

static void let_in(struct wire *wire, struct link_peer *peer, const struct msg_hello *hello,
	const struct link_credentials *credentials)
{
	struct hub *hub = wire->hub;
	bool same = hello->peer_epoch == hub->peers.epoch;
	struct handler *before = handlers_find(&hub->handlers, hello->name), *handler;
	struct gateway *gateway = before ? before->gateway : NULL;
	struct port *port = gateway ? gateway->port : NULL;

	if (port && port->peer && port->peer != peer)
		replace(hub, port, gateway);
	handler = handlers_hello(
		hub, hello->name, same ? hello->seen : 0, credentials->uid, credentials->gid);
	if (!handler) {
		refuse(wire, peer, credentials, "there are too many handlers");
		return;
	}
	handler->gateway->out.skips = hello->version >= HANDLER_KNOWS;
	port = wire_port(wire, handler->gateway, wire->handlers);
	port->peer = peer;
	link_peer_set_data(peer, handler->gateway);
	log_info("handler_hello", "handler=%s uid=%u gid=%u pid=%d",
		log_quote(slice_of(handler->name)), credentials->uid, credentials->gid,
		(int)credentials->pid);
}

/* Of numbers of this journal; after a liar was forgotten they may be such. */
static bool seen_too_much(struct hub *hub, const struct msg_hello *hello)
{
	const struct handler *handler = handlers_find(&hub->handlers, hello->name);
	uint64_t given = handler && handler->gateway ? handler->gateway->sent : hub->handlers.floor;

	return hello->peer_epoch == hub->peers.epoch && hello->seen > SEEN_MAX &&
		hello->seen > given;
}

static void on_hello(void *self, struct link_peer *peer, const struct msg_hello *hello)
{
	struct hub *hub = self;
	struct wire *wire = hub->outlet.arg;
	struct link_credentials credentials = { .pid = 0 };
	const char *why = NULL;

	leave(hub, peer, hello->name);
	if (!link_peer_credentials(peer, &credentials))
		why = "the kernel does not say who it is";
	else if (handler_name_check(hello->name))
		why = handler_name_check(hello->name);
	else if (seen_too_much(hub, hello))
		why = "it has seen what it was never sent";
	else
		why = handlers_refuse(
			&hub->handlers, hello->name, credentials.uid, credentials.gid);
	if (why)
		refuse(wire, peer, &credentials, why);
	else
		let_in(wire, peer, hello, &credentials);
}

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = wire_unlink(peer);

	if (gateway)
		handlers_down(self, gateway->handler);
}

static const struct link_ops ops = {
	.on_hello = on_hello,
	.on_down = on_down,
	.on_room = wire_on_room,
	.on_batch_end = wire_on_batch_end,
};

/* 0: none is set. */
static int find_group(const char *name, gid_t *ret_group)
{
	_cleanup_(mem_freep) char *room = mem_alloc(GROUP_MAX);
	struct group group, *found = NULL;

	if (!*name)
		return 0;
	if (getgrnam_r(name, &group, room, GROUP_MAX, &found) != 0 || !found)
		return -ENOENT;
	*ret_group = found->gr_gid;
	return 0;
}

int wire_open_handlers(struct wire *wire)
{
	const struct hub_settings *settings = service_conf(wire->service, "hub");
	struct link_options options = { .id = LINK_HANDLERS,
		.epoch = wire->hub->peers.epoch,
		.dispatch = &hub_dispatch,
		.ops = &ops,
		.self = wire->hub,
		.mode = SOCKET_MODE };
	int r = find_group(settings->handlers_group, &options.group);

	if (r == 0)
		r = service_link_with(wire->service, &options, &wire->handlers);
	if (r < 0)
		log_error("link_failed", "link=handlers.sock group=%s error=%s",
			log_quote(slice_of(settings->handlers_group)),
			log_quote(slice_of(strerror(-r))));
	return r;
}

/* wire_internal.h - what the files of the hub's wiring share */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_WIRE_INTERNAL_H
#define HUB_WIRE_INTERNAL_H

#include "hub/store.h"
#include "hub/turn.h"
#include "hub/wire.h"

struct wire {
	struct service *service;
	struct hub *hub;
	struct store *store;
	struct turn turn;
	struct link *link; /* of gateways and metrics */
	struct link *handlers; /* of handlers */
	struct loop_hook *begin, *end; /* of a turn */
	struct timer *timer;
	struct mono due; /* when the timer fires */
	uint64_t stalled_ns; /* time in which the process did not run; no one's grace time */
	int said_error; /* of the journal */
	struct mono said; /* when */
	uint64_t gateways; /* as last said to systemd */
	bool stopping;
};

/* The outlet's part of a gateway, or of a handler. */
struct port {
	struct wire *wire;
	struct link *link;
	struct link_peer *peer; /* NULL: it is not linked */
};

struct port *wire_port(struct wire *wire, struct gateway *gateway, struct link *link);
void wire_begin_turn(void *wire);
/* Its link is down. NULL: it was not linked any more. */
struct gateway *wire_unlink(struct link_peer *peer);

/* Of links; `self` is the hub. */
void wire_on_room(void *self, struct link_peer *peer);
void wire_on_batch_end(void *self, struct link_peer *peer);

int wire_open_handlers(struct wire *wire); /* in wire_handlers.c; 0, or -errno after logging why */

#endif

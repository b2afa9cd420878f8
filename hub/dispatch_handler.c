/* dispatch_handler.c - messages of handlers: who may say what when */
/* SPDX-License-Identifier: MIT */
#include "hub/dispatch_handler.h"

#include "hub/calls.h"
#include "hub/guard.h"

static void drop(struct hub *hub, struct link_peer *peer, const char *why)
{
	hub->outlet.drop(hub->outlet.arg, peer, why);
}

static void not_served(struct hub *hub, struct link_peer *peer)
{
	drop(hub, peer, "no handler may say that here");
}

struct handler *dispatch_handler(struct hub *hub, struct link_peer *peer)
{
	const struct gateway *gateway = hub->outlet.gateway_of(hub->outlet.arg, peer);

	if (gateway && gateway->handler && handler_linked(gateway->handler))
		return gateway->handler;
	drop(hub, peer, "only a handler that was welcomed may say that");
	return NULL;
}

void on_serve(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct handler *handler = dispatch_handler(self, peer);

	if (handler)
		handler_serve(self, handler, &msg->serve);
}

void on_handled(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct handler *handler = dispatch_handler(self, peer);

	if (handler && !handler_handled(self, handler, msg->handled.seen))
		drop(self, peer, "it has handled what it was never sent");
}

void on_answer(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct handler *handler = dispatch_handler(self, peer);
	const char *wrong = handler ? call_answer(self, handler, &msg->answer) : NULL;

	if (wrong)
		drop(self, peer, wrong);
}

void on_ruling(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct handler *handler = dispatch_handler(self, peer);
	const char *wrong = handler ? guard_rule(self, handler, &msg->ruling) : NULL;

	if (wrong)
		drop(self, peer, wrong);
}

void on_act_publish(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_send(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_broadcast(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_join(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_leave(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_close(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_act_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_history(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_members(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_connection(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

void on_ask_rooms(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)msg;
	not_served(self, peer);
}

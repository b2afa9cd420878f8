/* dispatch_handler.c - messages of handlers: who may say what when */
/* SPDX-License-Identifier: MIT */
#include "hub/dispatch_handler.h"

#include "hub/calls.h"
#include "hub/guard.h"
#include "hub/handler_act.h"
#include "proto/base/log.h"

static void drop(struct hub *hub, struct link_peer *peer, const char *why)
{
	hub->outlet.drop(hub->outlet.arg, peer, why);
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

	if (!handler)
		return;
	handler_serve(self, handler, &msg->serve);
	log_info("handler_serves", "handler=%s patterns=%u commands=%u",
		log_quote(slice_of(handler->name)), handler->patterns.count,
		handler->commands.count);
}

void on_handled(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct handler *handler = dispatch_handler(self, peer);

	if (handler && !handler_handled(self, handler, msg->handled.seen))
		drop(self, peer, "it has handled what it was never sent");
}

void on_handled_some(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct handler *handler = dispatch_handler(self, peer);

	if (handler && !handler_handled_some(self, handler, msg->handled_some.ranges))
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

/*
 * Who wants something; what it says is not told to itself. While the journal takes nothing the
 * answer is no.
 */
static struct handler *actor(struct hub *hub, struct link_peer *peer, uint64_t call)
{
	struct msg msg = { .type = MSG_ACTED,
		.acted = { .call = call, .error = handler_error(ERROR_UNAVAILABLE) } };
	struct handler *handler = dispatch_handler(hub, peer);

	if (!handler)
		return NULL;
	counter_add(COUNTER_HUB_HANDLER_ACTIONS, 1);
	if (hub->failing) {
		(void)gateway_send_now(handler->gateway, &msg);
		return NULL;
	}
	hub->handlers.acting = handler;
	return handler;
}

#define ACTION(name) \
	void on_##name(void *self, struct link_peer *peer, const struct msg *msg) \
	{ \
		struct hub *hub = self; \
		struct handler *handler = actor(hub, peer, msg->name.call); \
\
		if (handler) \
			name(hub, handler, &msg->name); \
		hub->handlers.acting = NULL; \
	}

ACTION(act_publish)
ACTION(act_send)
ACTION(act_broadcast)
ACTION(act_join)
ACTION(act_leave)
ACTION(act_close)
ACTION(act_state)
ACTION(ask_state)
ACTION(ask_history)
ACTION(ask_page)
ACTION(ask_members)
ACTION(ask_connection)
ACTION(ask_rooms)

/* dispatch_handler.c - messages of handlers: who may say what when */
/* SPDX-License-Identifier: MIT */
#include "hub/dispatch_handler.h"

#include "hub/calls.h"
#include "hub/guard.h"
#include "hub/handler_act.h"
#include "proto/base/log.h"

enum handler_wish { WISH_ACT, WISH_ASK }; /* the answer to what is asked may be large */

static void drop(struct hub *hub, struct link_peer *peer, const char *why)
{
	hub->outlet.drop(hub->outlet.arg, peer, why);
}

struct handler *dispatch_handler(struct hub *hub, struct link_peer *peer)
{
	const struct gateway *gateway = hub->outlet.gateway_of(hub->outlet.arg, peer);

	const char *why = NULL;

	if (!gateway || !gateway->handler || !handler_linked(gateway->handler))
		why = "only a handler that was welcomed may say that";
	else if (handler_unread(gateway->handler) > 2 * HANDLER_UNREAD_MAX)
		why = HANDLER_UNREAD;
	if (!why)
		return gateway->handler;
	drop(hub, peer, why);
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

/* While the journal takes nothing the answer to all is no. */
static bool takes_nothing(
	struct hub *hub, struct link_peer *peer, struct handler *handler, struct msg *no)
{
	if (!hub->failing)
		return false;
	if (gateway_send_now(handler->gateway, no) < 0)
		drop(hub, peer, HANDLER_UNREAD);
	return true;
}

/* Answers wait here until it has read those before: what would make more of them is put off. */
static bool leaves_unread(struct handler *handler, enum handler_wish wish, struct msg *no)
{
	if (wish == WISH_ACT || handler_unread(handler) <= HANDLER_UNREAD_MAX)
		return false;
	counter_add(COUNTER_HUB_HANDLER_UNREAD, 1);
	handler_send_loose(handler, no);
	return true;
}

/* Who wants something; what it says is not told to itself. */
static struct handler *actor(
	struct hub *hub, struct link_peer *peer, uint64_t call, enum handler_wish wish)
{
	struct msg no = { .type = MSG_ACTED,
		.acted = { .call = call, .error = handler_error(ERROR_UNAVAILABLE) } };
	struct handler *handler = dispatch_handler(hub, peer);

	if (!handler)
		return NULL;
	counter_add(COUNTER_HUB_HANDLER_ACTIONS, 1);
	if (takes_nothing(hub, peer, handler, &no) || leaves_unread(handler, wish, &no))
		return NULL;
	hub->handlers.acting = handler;
	return handler;
}

#define ACTION(name, wish) \
	void on_##name(void *self, struct link_peer *peer, const struct msg *msg) \
	{ \
		struct hub *hub = self; \
		struct handler *handler = actor(hub, peer, msg->name.call, wish); \
\
		if (handler) \
			name(hub, handler, &msg->name); \
		hub->handlers.acting = NULL; \
	}

ACTION(act_publish, WISH_ACT)
ACTION(act_send, WISH_ACT)
ACTION(act_broadcast, WISH_ACT)
ACTION(act_join, WISH_ACT)
ACTION(act_leave, WISH_ACT)
ACTION(act_close, WISH_ACT)
ACTION(act_state, WISH_ACT)
ACTION(ask_state, WISH_ASK)
ACTION(ask_history, WISH_ASK)
ACTION(ask_page, WISH_ASK)
ACTION(ask_members, WISH_ASK)
ACTION(ask_connection, WISH_ASK)
ACTION(ask_rooms, WISH_ASK)

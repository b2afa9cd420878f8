/* handler_events.c - what handlers are told of the rooms that they serve */
/* SPDX-License-Identifier: MIT */
#include "hub/hub.h"

void handler_send(struct handler *handler, struct msg *msg)
{
	gateway_send(handler->gateway, msg);
}

void handler_send_loose(struct handler *handler, struct msg *msg)
{
	if (handler_linked(handler))
		gateway_send_loose(handler->gateway, msg);
}

/* What is only of the moment is not for one who is away, or has others waiting. */
static void tell(struct handler *handler, struct msg *msg, bool ephemeral)
{
	if (ephemeral && (!handler_linked(handler) || handler->gateway->behind))
		return;
	counter_add(COUNTER_HUB_HANDLER_EVENTS, 1);
	if (ephemeral)
		gateway_send_loose(handler->gateway, msg);
	else
		gateway_send(handler->gateway, msg);
}

void handlers_said(
	struct hub *hub, const struct room *room, const struct event *event, bool ephemeral)
{
	const struct room_handlers *handlers = room->handlers;
	struct msg msg = { .type = MSG_SAID,
		.said = { .room = room->name,
			.epoch = room->epoch,
			.offset = event->offset,
			.time = event->time,
			.type = event->type,
			.format = (uint8_t)event->format,
			.id = event->id,
			.nickname = event->nickname,
			.user = event->user,
			.body = event->body } };

	for (unsigned i = 0; i < handlers->count; i++) {
		const struct handler_seat *seat = &handlers->seats[i];

		if ((seat->what & HANDLER_MESSAGES) && seat->handler != hub->handlers.acting)
			tell(seat->handler, &msg, ephemeral);
	}
}

static void tell_people(const struct room *room, struct msg *msg)
{
	const struct room_handlers *handlers = room->handlers;

	for (unsigned i = 0; i < handlers->count; i++)
		if (handlers->seats[i].what & HANDLER_PEOPLE)
			tell(handlers->seats[i].handler, msg, false);
}

void handlers_came(struct hub *hub, const struct room *room, const struct conn *conn)
{
	struct msg msg = { .type = MSG_CAME,
		.came = { .room = room->name,
			.time = hub->wall_ms,
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn),
			.count = room->count } };

	tell_people(room, &msg);
}

void handlers_went(struct hub *hub, const struct room *room, const struct conn *conn)
{
	struct msg msg = { .type = MSG_WENT,
		.went = { .room = room->name,
			.time = hub->wall_ms,
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn),
			.count = room->count } };

	tell_people(room, &msg);
}

void handlers_changed(struct hub *hub, const struct room *room, const struct msg_stated *stated)
{
	const struct room_handlers *handlers = room->handlers;
	struct msg msg = { .type = MSG_CHANGED,
		.changed = { .room = room->name,
			.epoch = room->epoch,
			.offset = room->history.offset,
			.time = hub->wall_ms,
			.rev = stated->rev,
			.id = stated->id,
			.nickname = stated->nickname,
			.user = stated->user,
			.ops = stated->ops } };

	for (unsigned i = 0; i < handlers->count; i++) {
		const struct handler_seat *seat = &handlers->seats[i];

		if ((seat->what & HANDLER_STATE) && seat->handler != hub->handlers.acting)
			tell(seat->handler, &msg, false);
	}
}

bool handler_handled(struct hub *hub, struct handler *handler, uint64_t seen)
{
	struct gateway *gateway = handler->gateway;

	if (seen > gateway->sent)
		return false;
	if (seen <= gateway->out.seen)
		return true;
	outgoing_seen(&gateway->out, seen);
	if (handler->changed.ns == 0)
		handler->changed = hub->now;
	return true;
}

bool handler_handled_some(struct hub *hub, struct handler *handler, struct msg_list ranges)
{
	struct gateway *gateway = handler->gateway;
	struct msg_range range;

	while (msg_next_range(&ranges, &range)) {
		if (range.first == 0 || range.first > range.last || range.last > gateway->sent)
			return false;
		outgoing_handled(&gateway->out, range.first, range.last);
	}
	if (handler->changed.ns == 0)
		handler->changed = hub->now;
	return true;
}

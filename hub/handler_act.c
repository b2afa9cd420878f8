/* handler_act.c - what handlers do in rooms and to connections */
/* SPDX-License-Identifier: MIT */
#include "hub/handler_act.h"

#include "hub/api_caller.h"
#include "hub/handler_body.h"
#include "hub/request.h"
#include "hub/roomstate.h"
#include "hub/steer.h"
#include "proto/base/utf8.h"

enum {
	CLOSE_TEXT_MAX = 123, /* bytes: RFC 6455 section 5.5 */
	CLOSE_FIRST = 4400, /* codes that an application closes with: those that are ours */
	CLOSE_LAST = 4599,
};

/* ---- answers ---- */

struct slice handler_error(enum error error)
{
	return error == ERROR_NONE ? (struct slice){ NULL, 0 } : slice_of(error_row(error)->code);
}

static void acted(struct handler *handler, uint64_t call, enum error error, uint32_t count)
{
	struct msg msg = { .type = MSG_ACTED,
		.acted = { .call = call, .error = handler_error(error), .count = count } };

	handler_send_loose(handler, &msg);
}

static enum error denied(void)
{
	counter_add(COUNTER_HUB_HANDLER_DENIED, 1);
	return ERROR_FORBIDDEN;
}

enum error handler_room_error(const struct handler *handler, struct slice room)
{
	if (!event_room_valid(room))
		return ERROR_BAD_ROOM;
	return handler_may_serve(handler, room) ? ERROR_NONE : denied();
}

static bool body_valid(const struct hub *hub, uint8_t format, struct slice body)
{
	return handler_body_valid(format, body, hub->handlers.max_body);
}

/* ---- messages ---- */

void act_publish(struct hub *hub, struct handler *handler, const struct msg_act_publish *act)
{
	const struct msg_publish said = { .room = act->room,
		.type = act->type,
		.format = act->format,
		.flags = act->flags,
		.mid = act->mid,
		.body = act->body };
	struct msg msg = { .type = MSG_ACTED, .acted = { .call = act->call } };
	enum error error = handler_room_error(handler, act->room);
	struct caller caller;

	if (error == ERROR_NONE &&
		((act->flags & ~EVENT_EPHEMERAL) || !body_valid(hub, act->format, act->body)))
		error = ERROR_BAD_MESSAGE;
	caller_init_handler(&caller, handler);
	if (error == ERROR_NONE)
		error = caller_publish(
			hub, &caller, &said, act->except, &msg.acted.epoch, &msg.acted.offset);
	caller_done(&caller);
	msg.acted.error = handler_error(error);
	handler_send_loose(handler, &msg);
}

void act_send(struct hub *hub, struct handler *handler, const struct msg_act_send *act)
{
	const struct msg_direct direct = { .target = act->target,
		.type = act->type,
		.format = act->format,
		.mid = act->mid,
		.body = act->body };
	enum error error = ERROR_BAD_MESSAGE;
	struct caller caller;

	caller_init_handler(&caller, handler);
	if (body_valid(hub, act->format, act->body))
		error = direct_route(hub, &caller.conn, &direct, handler);
	caller_done(&caller);
	acted(handler, act->call, error, 0);
}

void act_broadcast(struct hub *hub, struct handler *handler, const struct msg_act_broadcast *act)
{
	const struct conn *except = conn_by_id(&hub->conns, act->except);
	struct msg_broadcast said = { .scope = SCOPE_CONNECTIONS,
		.type = act->type,
		.format = act->format,
		.flags = act->flags,
		.mid = act->mid,
		.body = act->body };
	enum error error = handler_may_all(handler) ? ERROR_NONE : denied();
	struct caller caller;

	if (error == ERROR_NONE &&
		((act->flags & ~EVENT_EPHEMERAL) || !body_valid(hub, act->format, act->body)))
		error = ERROR_BAD_MESSAGE;
	if (error == ERROR_NONE && act->except.len && !event_id_valid(act->except))
		error = ERROR_BAD_TARGET;
	caller_init_handler(&caller, handler);
	if (except && except->state == CONN_LIVE) {
		said.flags |= EVENT_NO_ECHO;
		caller.conn.key = except->key;
	}
	if (error == ERROR_NONE)
		error = broadcast_route(hub, &caller.conn, &said);
	caller_done(&caller);
	acted(handler, act->call, error, 0);
}

/* ---- connections ---- */

static void steer(struct hub *hub, struct handler *handler, uint64_t call, enum error error,
	const struct msg_api_steer *what)
{
	uint32_t count = 0;

	if (error == ERROR_NONE)
		error = steer_all(hub, what, handler, &count);
	acted(handler, call, error, count);
}

void act_join(struct hub *hub, struct handler *handler, const struct msg_act_join *act)
{
	const struct msg_api_steer what = {
		.action = API_JOIN, .target = act->target, .room = act->room
	};

	steer(hub, handler, act->call, handler_room_error(handler, act->room), &what);
}

void act_leave(struct hub *hub, struct handler *handler, const struct msg_act_leave *act)
{
	const struct msg_api_steer what = {
		.action = API_LEAVE, .target = act->target, .room = act->room
	};

	steer(hub, handler, act->call, handler_room_error(handler, act->room), &what);
}

/* CLOSE_MAX: there is none, or it is not an application's. */
static enum close_reason reason_of(uint16_t code)
{
	unsigned reason = 0;

	if (code == 0)
		return CLOSE_KICKED;
	if (code < CLOSE_FIRST || code > CLOSE_LAST)
		return CLOSE_MAX;
	while (reason < CLOSE_MAX && close_row((enum close_reason)reason)->code != code)
		reason++;
	return (enum close_reason)reason;
}

void act_close(struct hub *hub, struct handler *handler, const struct msg_act_close *act)
{
	enum close_reason reason = reason_of(act->code);
	const struct msg_api_steer what = { .action = API_DISCONNECT,
		.target = act->target,
		.reason = (uint16_t)reason,
		.text = act->text };
	bool valid = reason < CLOSE_MAX && act->text.len <= CLOSE_TEXT_MAX &&
		utf8_printable(act->text);

	steer(hub, handler, act->call, valid ? ERROR_NONE : ERROR_BAD_MESSAGE, &what);
}

/* ---- states ---- */

static bool change_valid(const struct msg_act_state *act)
{
	struct msg_list ops = act->ops, checks = act->checks;
	struct msg_statecheck check;
	struct msg_stateop op;

	while (msg_next_stateop(&ops, &op))
		if (op.remove > 1 || !event_key_valid(op.key) ||
			(op.remove ? op.value.len > 0 : !handler_value_valid(op.value)))
			return false;
	while (msg_next_statecheck(&checks, &check))
		if (!event_key_valid(check.key))
			return false;
	return act->ops.count > 0;
}

void act_state(struct hub *hub, struct handler *handler, const struct msg_act_state *act)
{
	const struct msg_state change = {
		.room = act->room, .mid = act->mid, .ops = act->ops, .checks = act->checks
	};
	struct msg msg = { .type = MSG_STATE_IS, .state_is = { .call = act->call } };
	enum error error = handler_room_error(handler, act->room);
	struct room_change said = { .rev = 0 };
	const struct room *room;
	struct caller caller;

	if (error == ERROR_NONE && !change_valid(act))
		error = ERROR_BAD_MESSAGE;
	caller_init_handler(&caller, handler);
	if (error == ERROR_NONE)
		error = caller_change(hub, &caller, &change, &said);
	caller_done(&caller);
	room = error == ERROR_FORBIDDEN ? NULL : room_find(&hub->rooms, act->room);
	msg.state_is.error = handler_error(error);
	msg.state_is.rev = said.rev;
	msg.state_is.entries = said.current;
	msg.state_is.epoch = room ? room->epoch : 0;
	msg.state_is.offset = room ? room->history.offset : 0;
	handler_send_loose(handler, &msg);
}

/* api_caller.c - who acts in rooms and is in none: the server API, and handlers */
/* SPDX-License-Identifier: MIT */
#include "hub/api_caller.h"

#include "hub/request.h"
#include "hub/roomstate.h"

void caller_init(struct caller *caller, struct slice user, struct slice room)
{
	*caller = (struct caller){ .user = { .name = user },
		.conn = { .id = slice_of(EVENT_API_ID),
			.nickname = slice_of(EVENT_API_NICKNAME),
			.admin = true } };
	buf_put(&caller->owner, slice_of(MIDS_API));
	buf_put(&caller->owner, user);
	if (room.len)
		buf_putc(&caller->owner, '\n');
	buf_put(&caller->owner, room);
	caller->conn.address = buf_slice(&caller->owner);
	if (user.len)
		caller->conn.user = &caller->user;
}

void caller_init_handler(struct caller *caller, const struct handler *handler)
{
	*caller = (struct caller){ .conn = { .id = slice_of(EVENT_HANDLER_ID),
					   .nickname = slice_of(handler->name),
					   .admin = true } };
	buf_put(&caller->owner, slice_of(MIDS_HANDLER));
	buf_put(&caller->owner, slice_of(handler->name));
	caller->conn.address = buf_slice(&caller->owner);
}

void caller_done(struct caller *caller)
{
	buf_done(&caller->owner);
}

struct room *caller_room(struct hub *hub, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);

	if (room || !recall_make_room(hub))
		return room;
	room = room_open(&hub->rooms, name, hub->outlet.random(hub->outlet.arg),
		policy_rules(&hub->policy, name));
	handlers_attach(hub, room);
	return room;
}

void caller_leave(struct hub *hub, struct room *room)
{
	if (room->count > 0)
		return;
	if (room->idle) {
		room_sort(&hub->rooms, room);
		return;
	}
	if (recall_empty(hub, room))
		room_close(&hub->rooms, room);
	else
		room_idle(&hub->rooms, room);
}

/* ---- messages ---- */

static enum error say(struct hub *hub, struct caller *caller, const struct msg_publish *message,
	struct slice except_id, uint64_t *ret_epoch, uint64_t *ret_offset)
{
	const struct conn *except = conn_by_id(&hub->conns, except_id);
	struct room *room = caller_room(hub, message->room);
	struct msg_publish said = *message;

	if (!room)
		return ERROR_UNAVAILABLE;
	said.mid = (struct slice){ NULL, 0 };
	if (except && except->state == CONN_LIVE) {
		said.flags |= EVENT_NO_ECHO;
		caller->conn.key = except->key;
	}
	*ret_offset = request_apply(hub, &caller->conn, room, &said);
	caller->conn.key = (struct conn_key){ .gateway = NULL };
	request_remember(hub, &caller->conn, message->mid, room->id, *ret_offset);
	*ret_epoch = *ret_offset ? room->epoch : 0;
	caller_leave(hub, room);
	return ERROR_NONE;
}

static enum error check(const struct msg_publish *said, struct slice except)
{
	if (!event_room_valid(said->room))
		return ERROR_BAD_ROOM;
	if (!event_type_valid(said->type) || said->mid.len > MIDS_LEN_MAX)
		return ERROR_BAD_MESSAGE;
	return except.len == 0 || event_id_valid(except) ? ERROR_NONE : ERROR_BAD_TARGET;
}

enum error caller_publish(struct hub *hub, struct caller *caller, const struct msg_publish *said,
	struct slice except, uint64_t *ret_epoch, uint64_t *ret_offset)
{
	const struct room *room = room_find(&hub->rooms, said->room);
	const struct mid *known = request_known(hub, &caller->conn, said->mid);
	enum error error = check(said, except);

	if (error != ERROR_NONE || !known)
		return error != ERROR_NONE ? error
					   : say(hub, caller, said, except, ret_epoch, ret_offset);
	*ret_offset = known->offset;
	*ret_epoch = room && known->offset ? room->epoch : 0;
	return ERROR_NONE;
}

/* ---- states ---- */

static enum error change_state(struct hub *hub, struct caller *caller,
	const struct msg_state *change, struct room_change *ret_change)
{
	struct room *room = caller_room(hub, change->room);
	enum error error;

	if (!room)
		return ERROR_UNAVAILABLE;
	error = roomstate_apply(hub, &caller->conn, room, change);
	ret_change->rev = roomstate_rev(room);
	if (error == ERROR_NONE)
		request_remember(hub, &caller->conn, change->mid, room->id, ret_change->rev);
	if (error == ERROR_CONFLICT)
		ret_change->current = state_conflicts(room->state, change->checks, &hub->raw);
	caller_leave(hub, room);
	return error;
}

enum error caller_change(struct hub *hub, struct caller *caller, const struct msg_state *change,
	struct room_change *ret_change)
{
	const struct mid *known = request_known(hub, &caller->conn, change->mid);

	*ret_change = (struct room_change){ .rev = known ? known->offset : 0 };
	if (!event_room_valid(change->room))
		return ERROR_BAD_ROOM;
	if (change->mid.len > MIDS_LEN_MAX)
		return ERROR_BAD_MESSAGE;
	return known ? ERROR_NONE : change_state(hub, caller, change, ret_change);
}

/* api_caller.c - who says something by the server API, and the room that it is for */
/* SPDX-License-Identifier: MIT */
#include "hub/api_caller.h"

#include "hub/recall.h"

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

/* broadcast.c - messages to many rooms, or to everyone, by who may */
/* SPDX-License-Identifier: MIT */
#include "hub/reply.h"
#include "hub/request.h"
#include "proto/event.h"

static void to_room(struct hub *hub, struct conn *conn, struct room *room,
	const struct msg_broadcast *broadcast)
{
	struct msg_publish publish = {
		.type = broadcast->type,
		.format = broadcast->format,
		.flags = broadcast->flags,
		.body = broadcast->body,
	};

	(void)request_apply(hub, conn, room, &publish);
}

static bool was_named(struct msg_list rooms, uint32_t before, struct slice name)
{
	struct msg_roomname room;

	while (before-- > 0 && msg_next_roomname(&rooms, &room))
		if (slice_eq(room.name, name))
			return true;
	return false;
}

/* Those without members too, if they keep a history: who comes later can read it. */
static void to_named(struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast)
{
	struct msg_list rooms = broadcast->rooms;
	struct msg_roomname name;
	uint32_t before = 0;

	while (msg_next_roomname(&rooms, &name)) {
		struct room *room = room_find(&hub->rooms, name.name);

		if (room && !was_named(broadcast->rooms, before, name.name))
			to_room(hub, conn, room, broadcast);
		before++;
	}
}

static void to_rooms(struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast)
{
	struct list *all = &hub->rooms.all;

	for (struct list *link = all->next; link != all; link = link->next)
		to_room(hub, conn, LIST_ENTRY(link, struct room, by_rooms), broadcast);
}

static void show(struct hub *hub, const struct msg_broadcasted *said)
{
	tap_show(hub,
		&(struct msg_tapped){ .kind = TAP_BROADCAST,
			.type = said->type,
			.format = said->format,
			.id = said->id,
			.nickname = said->nickname,
			.user = said->user,
			.body = said->body });
}

static void to_connections(
	struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast)
{
	struct msg msg = { .type = MSG_BROADCASTED,
		.broadcasted = { .time = hub->wall_ms,
			.type = broadcast->type,
			.format = broadcast->format,
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn),
			.body = broadcast->body } };
	struct list *all = &hub->peers.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);
		bool own = conn->key.gateway == gateway && broadcast->flags & EVENT_NO_ECHO;

		if (list_empty(&gateway->conns))
			continue;
		msg.broadcasted.except = own ? conn->key.number : 0;
		gateway_send(gateway, &msg);
	}
	if (hub->taps.count)
		show(hub, &msg.broadcasted);
}

static enum error check(const struct conn *conn, const struct msg_broadcast *broadcast)
{
	if (!event_type_valid(broadcast->type) || broadcast->mid.len > MIDS_LEN_MAX)
		return ERROR_BAD_MESSAGE;
	return conn->admin ? ERROR_NONE : ERROR_FORBIDDEN;
}

enum error broadcast_route(
	struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast)
{
	enum error error = check(conn, broadcast);

	if (error != ERROR_NONE || request_known(hub, conn, broadcast->mid))
		return error;
	counter_add(COUNTER_HUB_BROADCASTS, 1);
	if (broadcast->scope == SCOPE_ROOMS)
		to_named(hub, conn, broadcast);
	else if (broadcast->scope == SCOPE_ALL_ROOMS)
		to_rooms(hub, conn, broadcast);
	else
		to_connections(hub, conn, broadcast);
	request_remember(hub, conn, broadcast->mid, 0, 0);
	return ERROR_NONE;
}

void request_broadcast(struct hub *hub, struct conn *conn, const struct msg_broadcast *broadcast)
{
	enum error error = broadcast_route(hub, conn, broadcast);

	if (error == ERROR_NONE)
		reply_receipt(conn, broadcast->ref, (struct slice){ NULL, 0 }, 0);
	else
		reply_refusal(conn, broadcast->ref, error);
}

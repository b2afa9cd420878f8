/* membership.c - coming into rooms and going out of them, with all that hangs on it */
/* SPDX-License-Identifier: MIT */
#include "hub/membership.h"

#include "hub/reply.h"
#include "proto/event.h"

static struct room *open_room(struct hub *hub, struct slice name)
{
	return room_open(&hub->rooms, name, hub->outlet.random(hub->outlet.arg),
		policy_rules(&hub->policy, name));
}

enum error membership_join(struct hub *hub, struct conn *conn, struct slice name, struct slice ref)
{
	struct room *room = room_find(&hub->rooms, name);
	struct member *member = room ? member_find(&hub->rooms, room, conn) : NULL;

	if (!event_room_valid(name))
		return ERROR_BAD_ROOM;
	if (!member) {
		if (conn->rooms >= MEMBERSHIP_MAX)
			return ERROR_TOO_MANY_ROOMS;
		if (!policy_may(policy_rules(&hub->policy, name)->join, conn_user_name(conn)))
			return ERROR_FORBIDDEN;
		if (!room) {
			room = open_room(hub, name);
			roomlist_appeared(&hub->roomlist, room);
		}
		member = room_join(&hub->rooms, room, conn);
		presence_joined(&hub->presence, member);
		counter_add(COUNTER_HUB_JOINS, 1);
	}
	reply_joined(hub, member, ref);
	return ERROR_NONE;
}

void membership_restore(struct hub *hub, struct conn *conn, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);

	if (room && member_find(&hub->rooms, room, conn))
		return;
	if (!room) {
		room = open_room(hub, name);
		room->listed = !hub->peers.settled;
		if (!room->listed)
			roomlist_appeared(&hub->roomlist, room);
	}
	room_join(&hub->rooms, room, conn);
	/* Who is settled may have been told of the room without this member. */
	if (hub->peers.settled)
		presence_changed(&hub->presence, room);
}

void membership_leave(struct hub *hub, struct member *member)
{
	struct room *room = member->key.room;

	presence_left(&hub->presence, member);
	room_leave(&hub->rooms, member);
	counter_add(COUNTER_HUB_LEAVES, 1);
	if (room->count > 0)
		return;
	roomlist_gone(&hub->roomlist, room);
	presence_forget(room);
	room_close(&hub->rooms, room);
}

void membership_renamed(struct hub *hub, struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		presence_changed(
			&hub->presence, LIST_ENTRY(link, struct member, by_conn)->key.room);
}

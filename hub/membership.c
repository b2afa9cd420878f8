/* membership.c - coming into rooms and going out of them, with all that hangs on it */
/* SPDX-License-Identifier: MIT */
#include "hub/membership.h"

#include "hub/reply.h"
#include "hub/roomstate.h"
#include "proto/base/mem.h"
#include "proto/event.h"

static void show(
	struct hub *hub, enum tap_kind kind, const struct room *room, const struct conn *conn)
{
	tap_show(hub,
		&(struct msg_tapped){ .kind = (uint8_t)kind,
			.room = room->name,
			.type = slice_of(tap_kind_name(kind)),
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn) });
}

static struct room *open_room(struct hub *hub, struct slice name)
{
	struct room *room = room_open(&hub->rooms, name, hub->outlet.random(hub->outlet.arg),
		policy_rules(&hub->policy, name));

	handlers_attach(hub, room);
	return room;
}

bool membership_may(
	const struct conn *conn, const struct rules *rules, enum right right, struct slice name)
{
	const struct asker asker = conn_asker(conn);
	bool may = policy_may(rules, right, &asker, name);

	if (!may)
		counter_add(COUNTER_HUB_FORBIDDEN, 1);
	return may;
}

/* It is not in the room, which may not exist (NULL). */
static enum error enter(struct hub *hub, struct conn *conn, struct slice name, struct room *room,
	const struct rules *rules, struct member **ret_member)
{
	bool empty = !room || room->idle;

	if (conn->rooms >= MEMBERSHIP_MAX)
		return ERROR_TOO_MANY_ROOMS;
	if (room && rules->max_members && room->count >= rules->max_members)
		return ERROR_ROOM_FULL;
	if (!room && !recall_make_room(hub))
		return ERROR_UNAVAILABLE;
	if (!room)
		room = open_room(hub, name);
	if (empty)
		roomlist_appeared(&hub->roomlist, room);
	*ret_member = room_join(&hub->rooms, room, conn);
	presence_joined(&hub->presence, *ret_member);
	counter_add(COUNTER_HUB_JOINS, 1);
	if (room->handlers)
		handlers_came(hub, room, conn);
	if (hub->taps.count)
		show(hub, TAP_JOIN, room, conn);
	return ERROR_NONE;
}

enum error membership_join(struct hub *hub, struct conn *conn, struct slice name, struct slice ref,
	const struct recall *recall)
{
	enum error error = ERROR_NONE;
	const struct rules *rules;
	struct member *member;
	struct room *room;
	bool recovered;

	if (!event_room_valid(name))
		return ERROR_BAD_ROOM;
	room = room_find(&hub->rooms, name);
	rules = room ? room->rules : policy_rules(&hub->policy, name);
	if (!membership_may(conn, rules, RIGHT_JOIN, name))
		return ERROR_FORBIDDEN;
	if (recall->state != STATE_NONE && !roomstate_may_send(conn->key.gateway))
		return ERROR_UNAVAILABLE;
	member = room ? member_find(room, conn) : NULL;
	if (!member)
		error = enter(hub, conn, name, room, rules, &member);
	if (error != ERROR_NONE)
		return error;
	room_take_seat(member);
	recovered = recall_whole(hub, member->key.room, recall) &&
		membership_may(conn, member->key.room->rules, RIGHT_HISTORY, name);
	reply_joined(hub, member, ref, recovered);
	roomstate_give(hub, member, recall);
	if (recovered)
		recall_replay(hub, member, recall->since);
	return ERROR_NONE;
}

void membership_restore(struct hub *hub, struct conn *conn, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);
	struct member *member = room ? member_find(room, conn) : NULL;

	if (member) {
		room_take_seat(member);
		return;
	}
	if (!room) {
		room = open_room(hub, name);
		room->listed = !hub->peers.settled;
		if (!room->listed)
			roomlist_appeared(&hub->roomlist, room);
	} else if (room->idle) {
		roomlist_appeared(&hub->roomlist, room);
	}
	room_join(&hub->rooms, room, conn)->restated = true;
	conn->key.gateway->retell = true;
	/* Who is settled may have been told of the room without this member. */
	if (hub->peers.settled)
		presence_changed(&hub->presence, room);
}

void membership_leave(struct hub *hub, struct member *member)
{
	struct room *room = member->key.room;
	const struct conn *conn = member->key.conn;

	if (hub->taps.count)
		show(hub, TAP_LEAVE, room, conn);
	presence_left(&hub->presence, member);
	room_leave(&hub->rooms, member);
	counter_add(COUNTER_HUB_LEAVES, 1);
	if (room->handlers)
		handlers_went(hub, room, conn);
	if (room->count > 0)
		return;
	roomlist_gone(&hub->roomlist, room);
	presence_forget(room);
	roomstate_rest(hub, room);
	if (recall_empty(hub, room))
		room_close(&hub->rooms, room);
	else
		room_idle(&hub->rooms, room);
}

void membership_renamed(struct hub *hub, struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		presence_changed(
			&hub->presence, LIST_ENTRY(link, struct member, by_conn)->key.room);
}

/* Whoever has taken the connection over, and has not joined the room again, is not told. */
static void expel(struct hub *hub, struct conn *conn, struct member *member)
{
	const struct slice none = { NULL, 0 };
	_cleanup_(mem_freep) char *name = slice_dup(member->key.room->name);
	bool awaited = member->awaited;

	membership_leave(hub, member);
	if (awaited || conn->state != CONN_LIVE)
		return;
	reply_left(conn, slice_of(name), none);
	reply_refusal(conn, none, ERROR_FORBIDDEN);
}

void membership_shed(struct hub *hub, struct conn *conn)
{
	struct list *link, *next;

	for (link = conn->members.next; link != &conn->members; link = next) {
		struct member *member = LIST_ENTRY(link, struct member, by_conn);

		next = link->next;
		if (!membership_may(
			    conn, member->key.room->rules, RIGHT_JOIN, member->key.room->name))
			expel(hub, conn, member);
	}
}

static void retell(struct hub *hub, struct gateway *gateway)
{
	for (struct list *i = gateway->conns.next; i != &gateway->conns; i = i->next) {
		struct conn *conn = LIST_ENTRY(i, struct conn, by_gateway);

		for (struct list *j = conn->members.next; j != &conn->members; j = j->next) {
			struct member *member = LIST_ENTRY(j, struct member, by_conn);

			if (member->restated && conn->state == CONN_LIVE)
				reply_joined(hub, member, (struct slice){ NULL, 0 }, false);
			member->restated = false;
		}
	}
}

void membership_retell(struct hub *hub)
{
	struct list *all = &hub->peers.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);

		if (!gateway->retell || gateway->state != GATEWAY_SETTLED)
			continue;
		gateway->retell = false;
		retell(hub, gateway);
	}
}

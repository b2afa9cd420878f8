/* room.c - who is in a room and where; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/room.h"

#include <assert.h>

#include "proto/counters.h"

struct attendance_key {
	struct room *room;
	struct user *user;
};

struct attendance {
	struct attendance_key key;
	unsigned count;
	UT_hash_handle hh;
};

void rooms_init(struct rooms *rooms)
{
	*rooms = (struct rooms){ .count = 0 };
	list_init(&rooms->all);
	list_init(&rooms->idle);
	list_init(&rooms->keeping);
	list_init(&rooms->dirty);
	list_init(&rooms->dirty_members);
}

static void close_all(struct rooms *rooms, struct list *list)
{
	while (!list_empty(list))
		room_close(rooms, LIST_ENTRY(list->next, struct room, by_rooms));
}

void rooms_done(struct rooms *rooms)
{
	close_all(rooms, &rooms->idle);
	close_all(rooms, &rooms->keeping);
	assert(!rooms->by_name && !rooms->by_id && rooms->kept == 0 && !rooms->attendances);
	assert(list_empty(&rooms->all));
	buf_done(&rooms->removed);
	buf_done(&rooms->removed_members);
	buf_done(&rooms->removed_homes);
}

struct room *room_find(struct rooms *rooms, struct slice name)
{
	struct room *room = NULL;

	if (name.len)
		HASH_FIND(hh, rooms->by_name, name.ptr, name.len, room);
	return room;
}

struct room *room_by_id(struct rooms *rooms, uint64_t id)
{
	struct room *room;

	HASH_FIND(by_id, rooms->by_id, &id, sizeof(id), room);
	return room;
}

void room_restore_id(struct room *room, uint64_t id)
{
	struct rooms *rooms = room->rooms;

	HASH_DELETE(by_id, rooms->by_id, room);
	room->id = id;
	HASH_ADD(by_id, rooms->by_id, id, sizeof(room->id), room);
	if (id > rooms->last_id)
		rooms->last_id = id;
}

struct room *room_open(
	struct rooms *rooms, struct slice name, uint64_t epoch, const struct rules *rules)
{
	struct room *room = mem_alloc(sizeof(*room));

	room->rooms = rooms;
	room->id = ++rooms->last_id;
	room->name = slice_make(slice_dup(name), name.len);
	room->epoch = epoch;
	room->rules = rules;
	list_init(&room->members);
	list_init(&room->by_rooms);
	list_init(&room->by_dirty);
	list_init(&room->pending.by_presence);
	list_init(&room->pending.left);
	list_init(&room->pending.joined);
	room->pending.window = 1;
	room->history.total = &rooms->kept;
	HASH_ADD_KEYPTR(hh, rooms->by_name, room->name.ptr, room->name.len, room);
	HASH_ADD(by_id, rooms->by_id, id, sizeof(room->id), room);
	list_append(&rooms->all, &room->by_rooms);
	rooms->count++;
	counter_add(COUNTER_HUB_ROOMS, 1);
	room_touch(room);
	return room;
}

void room_touch(struct room *room)
{
	list_append(&room->rooms->dirty, &room->by_dirty);
}

void room_touch_member(struct member *member)
{
	list_append(&member->key.room->rooms->dirty_members, &member->by_dirty);
}

void room_sort(struct rooms *rooms, struct room *room)
{
	bool keeps = room->state && room->state->keys > 0;

	list_append(keeps ? &rooms->keeping : &rooms->idle, &room->by_rooms);
}

void room_idle(struct rooms *rooms, struct room *room)
{
	assert(list_empty(&room->members) && !room->idle);
	room_sort(rooms, room);
	rooms->count--;
	rooms->idle_count++;
	counter_sub(COUNTER_HUB_ROOMS, 1);
	counter_add(COUNTER_HUB_ROOMS_IDLE, 1);
	room->idle = true;
	room_touch(room);
}

static void wake(struct rooms *rooms, struct room *room)
{
	list_append(&rooms->all, &room->by_rooms);
	rooms->count++;
	rooms->idle_count--;
	counter_add(COUNTER_HUB_ROOMS, 1);
	counter_sub(COUNTER_HUB_ROOMS_IDLE, 1);
	room->idle = false;
	room_touch(room);
}

void room_close(struct rooms *rooms, struct room *room)
{
	assert(room->count == 0 && list_empty(&room->members));
	assert(list_empty(&room->pending.by_presence) && room->pending.listed == 0);
	HASH_DELETE(hh, rooms->by_name, room);
	HASH_DELETE(by_id, rooms->by_id, room);
	list_remove(&room->by_rooms);
	list_remove(&room->by_dirty);
	if (room->stored)
		buf_add(&rooms->removed, &room->id, sizeof(room->id));
	if (room->idle)
		rooms->idle_count--;
	else
		rooms->count--;
	counter_sub(room->idle ? COUNTER_HUB_ROOMS_IDLE : COUNTER_HUB_ROOMS, 1);
	history_done(&room->history);
	state_free(room->state);
	mem_free(room->seats);
	mem_free(room->handlers);
	mem_free((void *)room->name.ptr);
	mem_free(room);
}

/*
 * The shorter of two walks, and a client may be in so many rooms only; an index would take memory
 * for each that is in any.
 */
struct member *member_find(const struct room *room, const struct conn *conn)
{
	const struct list *all = &conn->members, *link;

	if (room->count < conn->rooms) {
		for (link = room->members.next; link != &room->members; link = link->next)
			if (LIST_ENTRY(link, const struct member, by_room)->key.conn == conn)
				return LIST_ENTRY(link, struct member, by_room);
		return NULL;
	}
	for (link = all->next; link != all; link = link->next)
		if (LIST_ENTRY(link, const struct member, by_conn)->key.room == room)
			return LIST_ENTRY(link, struct member, by_conn);
	return NULL;
}

/* Few gateways have members in one room, so a walk beats an index. */
static size_t seat_of(const struct room *room, const struct gateway *gateway)
{
	size_t i = 0;

	while (i < room->seat_count && room->seats[i].gateway != gateway)
		i++;
	return i;
}

void room_take_seat(struct member *member)
{
	struct room *room = member->key.room;
	struct gateway *gateway = member->key.conn->key.gateway;
	size_t i = seat_of(room, gateway);

	if (member->seated)
		return;
	if (i == room->seat_count) {
		room->seats = mem_realloc(room->seats, i + 1, sizeof(*room->seats));
		room->seats[i] = (struct seat){ .gateway = gateway };
		room->seat_count++;
	}
	room->seats[i].count++;
	member->seated = true;
	if (member->awaited)
		room_touch_member(member);
	member->awaited = false;
}

static void give_up_seat(struct member *member)
{
	struct room *room = member->key.room;
	size_t i = seat_of(room, member->key.conn->key.gateway);

	if (!member->seated)
		return;
	member->seated = false;
	if (--room->seats[i].count == 0)
		room->seats[i] = room->seats[--room->seat_count];
}

static void attend(struct rooms *rooms, struct member *member)
{
	struct attendance_key key = { .room = member->key.room, .user = member->key.conn->user };
	struct attendance *attendance = NULL;

	if (key.user)
		HASH_FIND(hh, rooms->attendances, &key, sizeof(key), attendance);
	if (key.user && !attendance) {
		attendance = mem_alloc(sizeof(*attendance));
		attendance->key = key;
		HASH_ADD(hh, rooms->attendances, key, sizeof(key), attendance);
	}
	if (!attendance || attendance->count++ == 0)
		key.room->users++;
	member->attendance = attendance;
}

static void unattend(struct rooms *rooms, struct member *member)
{
	struct attendance *attendance = member->attendance;

	member->attendance = NULL;
	if (attendance && --attendance->count > 0)
		return;
	member->key.room->users--;
	if (attendance) {
		HASH_DELETE(hh, rooms->attendances, attendance);
		mem_free(attendance);
	}
}

struct member *room_join(struct rooms *rooms, struct room *room, struct conn *conn)
{
	struct member *member = mem_alloc(sizeof(*member));

	member->key.room = room;
	member->key.conn = conn;
	list_init(&member->by_room);
	list_init(&member->by_conn);
	list_init(&member->by_dirty);
	if (room->idle)
		wake(rooms, room);
	list_append(&room->members, &member->by_room);
	list_append(&conn->members, &member->by_conn);
	room->count++;
	conn->rooms++;
	attend(rooms, member);
	if (conn->state == CONN_LIVE)
		room_take_seat(member);
	/* its row is still to be written, and this will cost no other */
	if (!conn->stored && !conn->home)
		room_make_home(member);
	room_touch_member(member);
	counter_add(COUNTER_HUB_MEMBERSHIPS, 1);
	return member;
}

void room_make_home(struct member *member)
{
	member->key.conn->home = member;
}

/* What the journal has of it is no longer so. */
static void unstore(struct rooms *rooms, const struct member *member)
{
	struct conn *conn = member->key.conn;
	struct member_row row = { conn->serial, member->key.room->id };
	bool at_home = conn->home == member;

	if (at_home)
		conn->home = NULL;
	if (!member->stored)
		return;
	if (at_home)
		buf_add(&rooms->removed_homes, &row.conn, sizeof(row.conn));
	else
		buf_add(&rooms->removed_members, &row, sizeof(row));
}

void room_leave(struct rooms *rooms, struct member *member)
{
	assert(!member->announced);
	give_up_seat(member);
	unattend(rooms, member);
	member->key.room->count--;
	member->key.conn->rooms--;
	unstore(rooms, member);
	list_remove(&member->by_room);
	list_remove(&member->by_conn);
	list_remove(&member->by_dirty);
	counter_sub(COUNTER_HUB_MEMBERSHIPS, 1);
	mem_free(member);
}

static struct member *of_conn(struct list *link)
{
	return LIST_ENTRY(link, struct member, by_conn);
}

void room_unseat(struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		give_up_seat(of_conn(link));
}

void room_await_member(struct member *member)
{
	give_up_seat(member);
	member->awaited = true;
	room_touch_member(member);
}

void room_await(struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		room_await_member(of_conn(link));
}

void room_unattend(struct rooms *rooms, struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		unattend(rooms, of_conn(link));
}

void room_attend(struct rooms *rooms, struct conn *conn)
{
	for (struct list *link = conn->members.next; link != &conn->members; link = link->next)
		attend(rooms, of_conn(link));
}

struct msg_list room_list(const struct room *room, unsigned max, struct buf *raw)
{
	struct msg_list list = { .count = 0 };

	buf_clear(raw);
	for (const struct list *link = room->members.next;
		link != &room->members && list.count < max; link = link->next) {
		const struct conn *conn = LIST_ENTRY(link, const struct member, by_room)->key.conn;
		struct msg_member member = {
			.id = conn->id, .nickname = conn->nickname, .user = conn_user_name(conn)
		};

		msg_add_member(raw, &list, &member);
	}
	return list;
}

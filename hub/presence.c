/* presence.c - telling rooms who came, who went and who is there: coalesced, in order */
/* SPDX-License-Identifier: MIT */
#include "hub/presence.h"

#include <assert.h>

#include "proto/counters.h"

enum { RUSH_MS = 100 }; /* over which changes are counted */

static struct change *entry(struct list *link)
{
	return LIST_ENTRY(link, struct change, link);
}

void presence_init(struct presence *presence)
{
	*presence = (struct presence){ .interval = 0 };
	list_init(&presence->waiting);
	list_init(&presence->put_off);
	for (unsigned step = 0; step < PRESENCE_STEPS; step++)
		list_init(&presence->resting[step]);
}

void presence_done(struct presence *presence)
{
	assert(list_empty(&presence->waiting) && list_empty(&presence->put_off));
	for (unsigned step = 0; step < PRESENCE_STEPS; step++)
		assert(list_empty(&presence->resting[step]));
	buf_done(&presence->raw);
}

static struct change *change_new(struct room *room, struct list *list)
{
	struct change *change = mem_alloc(sizeof(*change));

	list_init(&change->link);
	list_append(list, &change->link);
	room->pending.listed++;
	return change;
}

static void change_free(struct room *room, struct change *change)
{
	if (change->member)
		change->member->announced = NULL;
	list_remove(&change->link);
	room->pending.listed--;
	mem_free((void *)change->id.ptr);
	mem_free((void *)change->nickname.ptr);
	mem_free((void *)change->user.ptr);
	mem_free(change);
}

static void drop_changes(struct room *room)
{
	struct pending *pending = &room->pending;

	while (!list_empty(&pending->left))
		change_free(room, entry(pending->left.next));
	while (!list_empty(&pending->joined))
		change_free(room, entry(pending->joined.next));
}

bool presence_pending(const struct room *room)
{
	return room->pending.changes > 0 || room->pending.stale;
}

bool presence_stale(const struct room *room)
{
	return room->pending.stale || room->pending.changes != room->pending.listed;
}

static void touch(struct presence *presence, struct room *room)
{
	room_touch(room);
	if (!room->pending.resting)
		list_append(&presence->waiting, &room->pending.by_presence);
}

/*
 * Whether a change is remembered by itself. That a large room is told none is decided when it is
 * told; but one so large, or with so many changes, need not remember them until then.
 */
static bool worth_listing(struct room *room)
{
	struct pending *pending = &room->pending;

	if (!pending->crowded && pending->listed >= 2 * room->rules->presence_max) {
		drop_changes(room);
		pending->crowded = true;
	}
	return !pending->crowded && !room->rules->quiet &&
		room->count <= 2 * room->rules->presence_max;
}

static struct change *find_left(struct room *room, const struct conn *conn)
{
	struct list *left = &room->pending.left;

	for (struct list *link = left->next; link != left; link = link->next)
		if (entry(link)->serial == conn->serial)
			return entry(link);
	return NULL;
}

void presence_joined(struct presence *presence, struct member *member)
{
	struct room *room = member->key.room;
	struct conn *conn = member->key.conn;
	struct pending *pending = &room->pending;
	struct change *left = find_left(room, conn);

	member->window = pending->window;
	presence->rush.changes++;
	touch(presence, room);
	if (left) {
		pending->stale |= !slice_eq(left->nickname, conn->nickname) ||
			!slice_eq(left->user, conn_user_name(conn));
		pending->changes--;
		/* As if it had been there all the time: should it leave again, that is news. */
		member->window = 0;
		change_free(room, left);
		return;
	}
	pending->changes++;
	if (worth_listing(room)) {
		member->announced = change_new(room, &pending->joined);
		member->announced->member = member;
	}
}

static struct slice copy(struct slice text)
{
	return slice_make(text.len ? slice_dup(text) : NULL, text.len);
}

static void add_left(struct room *room, uint64_t serial, struct slice id, struct slice nickname,
	struct slice user)
{
	struct change *change = change_new(room, &room->pending.left);

	change->serial = serial;
	change->id = copy(id);
	change->nickname = copy(nickname);
	change->user = copy(user);
}

void presence_left(struct presence *presence, struct member *member)
{
	struct room *room = member->key.room;
	const struct conn *conn = member->key.conn;
	struct pending *pending = &room->pending;

	presence->rush.changes++;
	touch(presence, room);
	if (member->announced)
		change_free(room, member->announced);
	if (member->window == pending->window) {
		pending->changes--;
		return;
	}
	pending->changes++;
	if (worth_listing(room))
		add_left(room, conn->serial, conn->id, conn->nickname, conn_user_name(conn));
}

void presence_restore_left(struct presence *presence, struct room *room, uint64_t serial,
	struct slice id, struct slice nickname, struct slice user)
{
	touch(presence, room);
	room->pending.changes++;
	add_left(room, serial, id, nickname, user);
}

const struct change *presence_next_left(const struct room *room, const struct change *left)
{
	const struct list *link = left ? left->link.next : room->pending.left.next;

	return link == &room->pending.left ? NULL : LIST_ENTRY(link, const struct change, link);
}

void presence_changed(struct presence *presence, struct room *room)
{
	room->pending.stale = true;
	touch(presence, room);
}

void presence_forget(struct room *room)
{
	struct pending *pending = &room->pending;

	drop_changes(room);
	list_remove(&pending->by_presence);
	pending->resting = pending->stale = pending->crowded = false;
	pending->changes = 0;
	pending->interval_step = 0;
	pending->window++;
}

/* A connection's number means something only to its own gateway. */
static void tell(struct room *room, struct msg *msg, const struct conn *conn)
{
	for (size_t i = 0; i < room->seat_count; i++) {
		struct gateway *gateway = room->seats[i].gateway;

		if (msg->type == MSG_NOTICE)
			msg->notice.conn = conn && conn->key.gateway == gateway ? conn->key.number
										: 0;
		gateway_send(gateway, msg);
	}
}

static void tell_left(struct room *room, const struct change *change)
{
	struct msg msg = { .type = MSG_NOTICE,
		.notice = { .room = room->name,
			.joined = 0,
			.id = change->id,
			.nickname = change->nickname,
			.user = change->user } };

	tell(room, &msg, NULL);
}

static void tell_joined(struct room *room, const struct change *change)
{
	const struct conn *conn = change->member->key.conn;
	struct msg msg = { .type = MSG_NOTICE,
		.notice = { .room = room->name,
			.joined = 1,
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn) } };

	tell(room, &msg, conn);
}

static void tell_changes(struct presence *presence, struct room *room)
{
	struct pending *pending = &room->pending;
	struct msg msg = { .type = MSG_PRESENCE,
		.presence = { .room = room->name,
			.count = room->count,
			.users = room->users,
			.members = room_list(room, room->rules->presence_max, &presence->raw) } };
	struct list *link;

	if (room->count > room->rules->presence_max)
		drop_changes(room);
	for (link = pending->left.next; link != &pending->left; link = link->next)
		tell_left(room, entry(link));
	tell(room, &msg, NULL);
	for (link = pending->joined.next; link != &pending->joined; link = link->next)
		tell_joined(room, entry(link));
}

static void tell_all(struct presence *presence, struct room *room)
{
	struct pending *pending = &room->pending;

	room_touch(room);
	if (!room->rules->quiet)
		tell_changes(presence, room);
	drop_changes(room);
	pending->changes = 0;
	pending->stale = false;
	pending->crowded = false;
	pending->window++;
}

static struct room *first(struct list *list)
{
	return LIST_ENTRY(list->next, struct room, pending.by_presence);
}

static uint64_t longest(const struct presence *presence)
{
	return presence->interval_max > presence->interval ? presence->interval_max
							   : presence->interval;
}

/* When the first of these may be told again. */
static struct mono due_after(const struct list *resting, uint64_t interval)
{
	if (list_empty(resting))
		return (struct mono){ UINT64_MAX };
	return mono_after(
		LIST_ENTRY(resting->next, const struct room, pending.by_presence)->pending.told,
		interval);
}

static struct mono due_of(const struct presence *presence, unsigned step)
{
	uint64_t interval = presence->interval << (2 * step), max = longest(presence);

	return due_after(&presence->resting[step], interval < max ? interval : max);
}

static struct mono put_off_until(const struct presence *presence)
{
	return due_after(&presence->put_off, longest(presence));
}

/* One that has changed meanwhile is told, and rests longer. */
static void wake(struct presence *presence, struct room *room)
{
	struct pending *pending = &room->pending;

	pending->resting = false;
	list_remove(&pending->by_presence);
	if (!presence_pending(room)) {
		pending->interval_step = 0;
		return;
	}
	if (pending->interval_step < PRESENCE_STEPS - 1)
		pending->interval_step++;
	touch(presence, room);
}

/* It is due; but where so much changes it will have more to tell before long. */
static void wake_or_put_off(struct presence *presence, struct room *room)
{
	if (!presence->rush.many || !presence_pending(room)) {
		wake(presence, room);
		return;
	}
	counter_add(COUNTER_HUB_PRESENCE_PUT_OFF, 1);
	list_append(&presence->put_off, &room->pending.by_presence);
}

static void look_for_rush(struct presence *presence, struct mono now)
{
	uint64_t ms = (now.ns - presence->rush.since.ns) / 1000000;

	if (ms < RUSH_MS)
		return;
	presence->rush.many = presence->busy && presence->rush.changes * 1000 > presence->busy * ms;
	presence->rush.since = now;
	presence->rush.changes = 0;
}

static void rest(struct presence *presence, struct room *room, struct mono now)
{
	struct pending *pending = &room->pending;

	pending->told = now;
	pending->resting = true;
	list_append(&presence->resting[pending->interval_step], &pending->by_presence);
}

void presence_step(struct presence *presence, struct mono now)
{
	look_for_rush(presence, now);
	for (unsigned step = 0; step < PRESENCE_STEPS; step++)
		while (!mono_before(now, due_of(presence, step)))
			wake_or_put_off(presence, first(&presence->resting[step]));
	while (!mono_before(now, put_off_until(presence)))
		wake(presence, first(&presence->put_off));
	while (!list_empty(&presence->waiting)) {
		struct room *room = first(&presence->waiting);

		list_remove(&room->pending.by_presence);
		if (!presence_pending(room))
			continue;
		tell_all(presence, room);
		rest(presence, room, now);
	}
}

struct mono presence_deadline(const struct presence *presence)
{
	struct mono due = put_off_until(presence);

	for (unsigned step = 0; step < PRESENCE_STEPS; step++)
		due = mono_sooner(due, due_of(presence, step));
	return due;
}

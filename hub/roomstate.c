/* roomstate.c - the states of rooms: what is asked of them, and what members are told */
/* SPDX-License-Identifier: MIT */
#include "hub/roomstate.h"

#include "hub/membership.h"
#include "hub/reply.h"
#include "hub/request.h"
#include "proto/counters.h"

static const struct slice none = { NULL, 0 };

uint64_t roomstate_rev(const struct room *room)
{
	return room->state ? room->state->rev : 0;
}

bool roomstate_keeps(const struct room *room)
{
	return room->state && room->state->keys > 0;
}

void roomstate_rest(struct hub *hub, struct room *room)
{
	if (room->state)
		state_touch(room->state, hub->wall_ms);
}

static void drop(struct room *room)
{
	state_free(room->state);
	room->state = NULL;
}

void roomstate_expire(struct hub *hub, struct room *room)
{
	uint64_t ttl = room->rules->state_ttl;

	if (!room->state || ttl == 0 || room->state->time + ttl >= hub->wall_ms)
		return;
	counter_add(COUNTER_HUB_STATE_EXPIRED, 1);
	if (room->handlers)
		handlers_changed(hub, room, &(struct msg_stated){ .rev = room->state->rev });
	drop(room);
}

/* ---- changes ---- */

static void show(struct hub *hub, const struct msg_stated *stated)
{
	tap_show(hub,
		&(struct msg_tapped){ .kind = TAP_STATE,
			.room = stated->room,
			.type = slice_of(tap_kind_name(TAP_STATE)),
			.id = stated->id,
			.nickname = stated->nickname,
			.user = stated->user,
			.rev = stated->rev,
			.ops = stated->ops });
}

/* One STATED for each gateway with members: none is left out, or replaced by a later one. */
static void tell(struct hub *hub, struct room *room, const struct conn *sender,
	const struct msg_state *change)
{
	struct msg msg = { .type = MSG_STATED,
		.stated = { .room = room->name,
			.rev = room->state->rev,
			.taken = change->taken,
			.id = sender->id,
			.nickname = sender->nickname,
			.user = conn_user_name(sender),
			.ops = change->ops } };

	for (size_t i = 0; i < room->seat_count; i++) {
		struct gateway *gateway = room->seats[i].gateway;
		bool own = sender->key.gateway == gateway;

		msg.stated.except = own && change->flags & EVENT_NO_ECHO ? sender->key.number : 0;
		gateway_send(gateway, &msg);
		counter_add(COUNTER_HUB_DELIVERED, 1);
	}
	meter_add(&room->meter, hub->wall_ms);
	if (hub->taps.count)
		show(hub, &msg.stated);
	if (room->handlers)
		handlers_changed(hub, room, &msg.stated);
}

static void count(enum error error)
{
	if (error == ERROR_NONE)
		counter_add(COUNTER_HUB_STATE_APPLIED, 1);
	else if (error == ERROR_CONFLICT)
		counter_add(COUNTER_HUB_STATE_CONFLICTS, 1);
	else if (error == ERROR_STATE_FULL)
		counter_add(COUNTER_HUB_STATE_REFUSED, 1);
}

enum error roomstate_apply(
	struct hub *hub, struct conn *conn, struct room *room, const struct msg_state *change)
{
	enum error error;

	if (!room->state)
		room->state = state_new(&hub->states, room->id);
	error = state_apply(room->state, &room->rules->state, change->ops, change->checks);
	count(error);
	if (error == ERROR_NONE) {
		state_touch(room->state, hub->wall_ms);
		tell(hub, room, conn, change);
	} else if (room->state->rev == room->state->base) {
		drop(room);
	}
	return error;
}

static void say_done(const struct conn *conn, struct slice ref, struct slice room, uint64_t rev)
{
	struct msg msg = { .type = MSG_STATE_DONE,
		.state_done = { .conn = conn->key.number, .ref = ref, .room = room, .rev = rev } };

	if (ref.len)
		gateway_send(conn->key.gateway, &msg);
}

static void say_conflict(struct hub *hub, const struct conn *conn, const struct room *room,
	const struct msg_state *change)
{
	struct msg msg = { .type = MSG_STATE_CONFLICT,
		.state_conflict = { .conn = conn->key.number,
			.ref = change->ref,
			.room = change->room,
			.rev = roomstate_rev(room) } };

	msg.state_conflict.current = state_conflicts(room->state, change->checks, &hub->raw);
	gateway_send(conn->key.gateway, &msg);
}

static struct room *room_of(struct hub *hub, const struct conn *conn, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);

	return room && member_find(room, conn) ? room : NULL;
}

static enum error change_of(
	struct hub *hub, struct conn *conn, struct room *room, const struct msg_state *change)
{
	if (change->mid.len > MIDS_LEN_MAX)
		return ERROR_BAD_MESSAGE;
	if (!room)
		return ERROR_NOT_IN_ROOM;
	if (!membership_may(conn, room->rules, RIGHT_STATE, change->room))
		return ERROR_FORBIDDEN;
	/* They tell the guard what they want, and it changes the state. */
	if (room->handlers && room->handlers->guard) {
		counter_add(COUNTER_HUB_FORBIDDEN, 1);
		return ERROR_FORBIDDEN;
	}
	return roomstate_apply(hub, conn, room, change);
}

void roomstate_change(struct hub *hub, struct conn *conn, const struct msg_state *change)
{
	struct room *room = room_of(hub, conn, change->room);
	const struct mid *known = request_known(hub, conn, change->mid);
	enum error error = ERROR_NONE;

	if (known) {
		say_done(conn, change->ref, change->room, known->offset);
		return;
	}
	error = change_of(hub, conn, room, change);
	if (error == ERROR_NONE) {
		request_remember(hub, conn, change->mid, room->id, room->state->rev);
		say_done(conn, change->ref, change->room, room->state->rev);
	} else if (error == ERROR_CONFLICT) {
		say_conflict(hub, conn, room, change);
	} else {
		reply_refusal(conn, change->ref, error);
	}
}

/* ---- snapshots ---- */

/* What is told of a state, part by part; entries are in hub->raw. */
struct telling {
	struct hub *hub;
	struct gateway *gateway;
	struct msg msg;
	struct buf deleted;
};

static void send_part(struct telling *telling, bool more)
{
	struct msg_snapshot *snapshot = &telling->msg.snapshot;

	snapshot->more = more;
	gateway_send(telling->gateway, &telling->msg);
	snapshot->entries = snapshot->deleted = (struct msg_list){ .count = 0 };
	buf_clear(&telling->hub->raw);
	buf_clear(&telling->deleted);
}

static void add_entry(struct telling *telling, const struct state_entry *entry)
{
	struct msg_snapshot *snapshot = &telling->msg.snapshot;
	struct msg_stateentry row = {
		.key = state_key(entry), .rev = entry->rev, .value = state_value(entry)
	};
	struct msg_statekey key = { .key = state_key(entry) };

	if (telling->hub->raw.len + telling->deleted.len >= ROOMSTATE_CHUNK)
		send_part(telling, true);
	if (!entry->deleted)
		msg_add_stateentry(&telling->hub->raw, &snapshot->entries, &row);
	else if (!snapshot->full)
		msg_add_statekey(&telling->deleted, &snapshot->deleted, &key);
}

/* Of a state that there may not be, what was changed after `since`. */
static void send_parts(struct hub *hub, const struct room *room, const struct conn *conn,
	struct slice ref, bool full, uint64_t since)
{
	struct telling telling = { .hub = hub,
		.gateway = conn->key.gateway,
		.msg = { .type = MSG_SNAPSHOT,
			.snapshot = { .conn = conn->key.number,
				.room = room->name,
				.ref = ref,
				.rev = roomstate_rev(room),
				.offset = room->history.offset,
				.epoch = room->epoch,
				.full = full } } };
	const struct state_entry *entry = room->state ? state_after(room->state, since) : NULL;

	buf_clear(&hub->raw);
	for (; entry; entry = state_next(room->state, entry))
		add_entry(&telling, entry);
	send_part(&telling, false);
	buf_done(&telling.deleted);
}

/* Whether the gateway has this very snapshot from before. If not, it has it from now on. */
static bool was_shown(struct gateway *gateway, const struct room *room)
{
	bool same = gateway->shown.room == room->id && gateway->shown.epoch == room->epoch &&
		gateway->shown.rev == roomstate_rev(room) &&
		gateway->shown.offset == room->history.offset;

	gateway->shown.room = room->id;
	gateway->shown.epoch = room->epoch;
	gateway->shown.rev = roomstate_rev(room);
	gateway->shown.offset = room->history.offset;
	return same;
}

/* When many come at once, the gateway gets once what all of them are given. */
static void send_snapshot(struct hub *hub, const struct room *room, const struct conn *conn,
	struct slice ref, bool full, uint64_t since)
{
	struct msg again = { .type = MSG_SNAPSHOT_AGAIN,
		.snapshot_again = { .conn = conn->key.number } };

	counter_add(COUNTER_HUB_STATE_SNAPSHOTS, 1);
	if (full && ref.len == 0 && was_shown(conn->key.gateway, room))
		gateway_send(conn->key.gateway, &again);
	else
		send_parts(hub, room, conn, ref, full, since);
}

bool roomstate_may_send(const struct gateway *gateway)
{
	return gateway->out.bytes <= OUTGOING_MAX / 2;
}

static bool reaches(const struct room *room, const struct recall *recall)
{
	if (recall->state != STATE_SINCE || recall->state_epoch != room->epoch)
		return false;
	return room->state ? state_reaches(room->state, recall->rev) : recall->rev == 0;
}

void roomstate_give(struct hub *hub, const struct member *member, const struct recall *recall)
{
	const struct room *room = member->key.room;
	bool since = reaches(room, recall);

	if (recall->state != STATE_NONE)
		send_snapshot(hub, room, member->key.conn, none, !since, since ? recall->rev : 0);
}

void roomstate_get(struct hub *hub, struct conn *conn, const struct msg_state_get *get)
{
	const struct room *room = room_of(hub, conn, get->room);

	if (!room)
		reply_refusal(conn, get->ref, ERROR_NOT_IN_ROOM);
	else if (!roomstate_may_send(conn->key.gateway))
		reply_refusal(conn, get->ref, ERROR_UNAVAILABLE);
	else
		send_snapshot(hub, room, conn, get->ref, true, 0);
}

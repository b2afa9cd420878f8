/* request.c - what clients ask for once they are in */
/* SPDX-License-Identifier: MIT */
#include "hub/request.h"

#include "hub/guard.h"
#include "hub/membership.h"
#include "hub/reply.h"
#include "proto/event.h"

static const struct slice none = { NULL, 0 };

static struct member *member_of(struct hub *hub, struct conn *conn, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);

	return room ? member_find(room, conn) : NULL;
}

void request_join(struct hub *hub, struct conn *conn, const struct msg_join *join)
{
	struct recall recall = { .wanted = join->recover,
		.since = join->since,
		.epoch = join->epoch,
		.state = (enum event_state)join->state,
		.rev = join->rev,
		.state_epoch = join->state_epoch };
	enum error error = membership_join(hub, conn, join->room, join->ref, &recall);

	if (error != ERROR_NONE)
		reply_refusal(conn, join->ref, error);
}

void request_leave(struct hub *hub, struct conn *conn, const struct msg_leave *leave)
{
	struct member *member = member_of(hub, conn, leave->room);

	if (!member) {
		reply_refusal(conn, leave->ref, ERROR_NOT_IN_ROOM);
		return;
	}
	membership_leave(hub, member);
	reply_left(conn, leave->room, leave->ref);
}

/* Who may not be in a room is not told who is. */
void request_users(struct hub *hub, struct conn *conn, const struct msg_users *users)
{
	if (!event_room_valid(users->room))
		reply_refusal(conn, users->ref, ERROR_BAD_ROOM);
	else if (!membership_may(
			 conn, policy_rules(&hub->policy, users->room), RIGHT_JOIN, users->room))
		reply_refusal(conn, users->ref, ERROR_FORBIDDEN);
	else
		reply_users(hub, conn, users->room, users->ref);
}

void request_rooms(struct hub *hub, struct conn *conn, const struct msg_rooms *rooms)
{
	reply_rooms(hub, conn, rooms->ref);
}

static void show(struct hub *hub, const struct room *room, const struct event *event)
{
	tap_show(hub,
		&(struct msg_tapped){ .kind = TAP_MESSAGE,
			.room = room->name,
			.type = event->type,
			.format = (uint8_t)event->format,
			.id = event->id,
			.nickname = event->nickname,
			.user = event->user,
			.epoch = room->epoch,
			.offset = event->offset,
			.body = event->body });
}

/*
 * One DELIVER for each gateway with members. Where messages wait already, what is only of the
 * moment is not added.
 */
static void deliver(struct hub *hub, struct room *room, const struct event *event,
	const struct conn *sender, const struct msg_publish *publish, bool ephemeral)
{
	bool latest = policy_conflates(room->rules, event->type);
	struct msg msg = { .type = MSG_DELIVER,
		.deliver = { .room = room->name,
			.epoch = room->epoch,
			.offset = event->offset,
			.time = event->time,
			.type = event->type,
			.format = (uint8_t)event->format,
			.flags = latest ? EVENT_LATEST : 0,
			.id = event->id,
			.nickname = event->nickname,
			.user = event->user,
			.body = event->body } };

	counter_add(COUNTER_HUB_PUBLISHED, 1);
	meter_add(&room->meter, hub->wall_ms);
	if (publish)
		msg.deliver.taken = publish->taken;
	for (size_t i = 0; i < room->seat_count; i++) {
		struct gateway *gateway = room->seats[i].gateway;
		bool own = sender && sender->key.gateway == gateway;

		if (ephemeral && gateway->behind) {
			counter_add(COUNTER_HUB_UNDELIVERED, 1);
			continue;
		}
		msg.deliver.except = own && publish->flags & EVENT_NO_ECHO ? sender->key.number : 0;
		msg.deliver.mid = own ? publish->mid : none;
		if (ephemeral)
			gateway_send_loose(gateway, &msg);
		else
			gateway_send(gateway, &msg);
		counter_add(COUNTER_HUB_DELIVERED, 1);
	}
	if (hub->taps.count)
		show(hub, room, event);
	if (room->handlers)
		handlers_said(hub, room, event, ephemeral);
}

uint64_t request_apply(
	struct hub *hub, struct conn *conn, struct room *room, const struct msg_publish *publish)
{
	bool ephemeral = (publish->flags & EVENT_EPHEMERAL) ||
		policy_ephemeral(room->rules, publish->type);
	struct event event = { .type = publish->type,
		.format = (enum event_format)publish->format,
		.body = publish->body,
		.id = conn->id,
		.nickname = conn->nickname,
		.user = conn_user_name(conn),
		.time = hub->wall_ms };

	if (!ephemeral && recall_keeps(room))
		recall_keep(hub, room, &event);
	deliver(hub, room, &event, conn, publish, ephemeral);
	return event.offset;
}

void request_publish(struct hub *hub, struct conn *conn, const struct msg_publish *publish)
{
	struct member *member = member_of(hub, conn, publish->room);
	const struct mid *known = request_known(hub, conn, publish->mid);
	uint64_t offset;

	if (known) {
		reply_receipt(conn, publish->ref, publish->room, known->offset);
	} else if (!event_type_valid(publish->type) || publish->mid.len > MIDS_LEN_MAX) {
		reply_refusal(conn, publish->ref, ERROR_BAD_MESSAGE);
	} else if (!member) {
		reply_refusal(conn, publish->ref, ERROR_NOT_IN_ROOM);
	} else if (!membership_may(conn, member->key.room->rules, RIGHT_PUBLISH, publish->room)) {
		reply_refusal(conn, publish->ref, ERROR_FORBIDDEN);
	} else if (!member->key.room->handlers ||
		!guard_takes(hub, conn, member->key.room, publish)) {
		offset = request_apply(hub, conn, member->key.room, publish);
		request_remember(hub, conn, publish->mid, member->key.room->id, offset);
		reply_receipt(conn, publish->ref, publish->room, offset);
	}
}

/* Such ids are a connection's own; who acts from outside has no serial (api_caller.c). */
static struct slice owner_of(const struct conn *conn)
{
	return conn->serial ? conn->id : conn->address;
}

const struct mid *request_known(struct hub *hub, const struct conn *conn, struct slice mid)
{
	const struct mid *known = NULL;

	if (mid.len && mid.len <= MIDS_LEN_MAX) {
		mids_expire(&hub->mids, hub->wall_ms);
		known = mids_find(&hub->mids, owner_of(conn), mid);
	}
	if (known)
		counter_add(COUNTER_HUB_REPEATED, 1);
	return known;
}

void request_remember(
	struct hub *hub, const struct conn *conn, struct slice mid, uint64_t room, uint64_t offset)
{
	struct mid *added;

	if (mid.len == 0)
		return;
	added = mids_add(&hub->mids, owner_of(conn), mid, hub->wall_ms);
	added->room = room;
	added->offset = offset;
}

void request_history(struct hub *hub, struct conn *conn, const struct msg_history *history)
{
	struct member *member = member_of(hub, conn, history->room);

	if (!member)
		reply_refusal(conn, history->ref, ERROR_NOT_IN_ROOM);
	else if (!membership_may(conn, member->key.room->rules, RIGHT_HISTORY, history->room))
		reply_refusal(conn, history->ref, ERROR_FORBIDDEN);
	else
		recall_list(hub, conn, member->key.room, history);
}

void request_announce(struct hub *hub, const struct msg_announce *announce)
{
	struct room *room = room_find(&hub->rooms, announce->room);
	struct event event = { .type = announce->type,
		.format = EVENT_MEMBERS,
		.body = announce->body,
		.id = slice_of(REQUEST_ANNOUNCER),
		.nickname = slice_of(REQUEST_ANNOUNCER),
		.time = hub->wall_ms };

	if (room)
		deliver(hub, room, &event, NULL, NULL, true);
}

/* request.c - what clients ask for once they are in */
/* SPDX-License-Identifier: MIT */
#include "hub/request.h"

#include "hub/membership.h"
#include "hub/reply.h"
#include "proto/event.h"

static struct member *member_of(struct hub *hub, struct conn *conn, struct slice name)
{
	struct room *room = room_find(&hub->rooms, name);

	return room ? member_find(&hub->rooms, room, conn) : NULL;
}

void request_join(struct hub *hub, struct conn *conn, const struct msg_join *join)
{
	enum error error = membership_join(hub, conn, join->room, join->ref);

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

void request_users(struct hub *hub, struct conn *conn, const struct msg_users *users)
{
	if (event_room_valid(users->room))
		reply_users(hub, conn, users->room, users->ref);
	else
		reply_refusal(conn, users->ref, ERROR_BAD_ROOM);
}

void request_rooms(struct hub *hub, struct conn *conn, const struct msg_rooms *rooms)
{
	reply_rooms(hub, conn, rooms->ref);
}

/*
 * One DELIVER for each gateway with members. Where messages wait already, what is only of the
 * moment is not added.
 */
static void deliver(const struct room *room, const struct event *event, const struct conn *except,
	bool ephemeral)
{
	struct msg msg = { .type = MSG_DELIVER,
		.deliver = { .room = room->name,
			.epoch = room->epoch,
			.offset = event->offset,
			.time = event->time,
			.type = event->type,
			.format = (uint8_t)event->format,
			.id = event->id,
			.nickname = event->nickname,
			.user = event->user,
			.body = event->body } };

	counter_add(COUNTER_HUB_PUBLISHED, 1);
	for (size_t i = 0; i < room->seat_count; i++) {
		struct gateway *gateway = room->seats[i].gateway;

		if (ephemeral && gateway->behind) {
			counter_add(COUNTER_HUB_UNDELIVERED, 1);
			continue;
		}
		msg.deliver.except = except && except->key.gateway == gateway ? except->key.number
									      : 0;
		gateway_send(gateway, &msg);
		counter_add(COUNTER_HUB_DELIVERED, 1);
	}
}

void request_publish(struct hub *hub, struct conn *conn, const struct msg_publish *publish)
{
	struct member *member = member_of(hub, conn, publish->room);
	const struct rules *rules = member ? member->key.room->rules : NULL;
	struct event event = { .type = publish->type,
		.format = (enum event_format)publish->format,
		.body = publish->body,
		.id = conn->id,
		.nickname = conn->nickname,
		.user = conn_user_name(conn),
		.time = hub->wall_ms };
	bool ephemeral;

	if (!event_type_valid(publish->type)) {
		reply_refusal(conn, publish->ref, ERROR_BAD_MESSAGE);
	} else if (!member) {
		reply_refusal(conn, publish->ref, ERROR_NOT_IN_ROOM);
	} else if (!policy_may(rules->publish, conn_user_name(conn))) {
		reply_refusal(conn, publish->ref, ERROR_FORBIDDEN);
	} else {
		ephemeral = (publish->flags & EVENT_EPHEMERAL) ||
			policy_ephemeral(rules, publish->type);
		deliver(member->key.room, &event, publish->flags & EVENT_NO_ECHO ? conn : NULL,
			ephemeral);
		reply_receipt(conn, publish->ref, publish->room, event.offset);
	}
}

void request_announce(struct hub *hub, const struct msg_announce *announce)
{
	const struct room *room = room_find(&hub->rooms, announce->room);
	struct event event = { .type = announce->type,
		.format = EVENT_MEMBERS,
		.body = announce->body,
		.id = slice_of(REQUEST_ANNOUNCER),
		.nickname = slice_of(REQUEST_ANNOUNCER),
		.time = hub->wall_ms };

	if (room)
		deliver(room, &event, NULL, true);
}

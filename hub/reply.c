/* reply.c - what is said to one client, through its gateway */
/* SPDX-License-Identifier: MIT */
#include "hub/reply.h"

static void send_to(const struct conn *conn, struct msg *msg)
{
	gateway_send(conn->key.gateway, msg);
}

void reply_close(struct hub *hub, struct gateway *gateway, uint64_t number,
	enum close_reason reason, struct slice text)
{
	struct msg msg = { .type = MSG_CLOSE,
		.close = { .conn = number, .reason = (uint16_t)reason, .text = text } };

	if (!hub->failing || gateway_send_now(gateway, &msg) < 0)
		gateway_send(gateway, &msg);
}

void reply_connected(const struct conn *conn, bool resumed)
{
	struct msg msg = { .type = MSG_CONNECTED,
		.connected = { .conn = conn->key.number,
			.id = conn->id,
			.nickname = conn->nickname,
			.resume = slice_make(conn->resume, CONN_RESUME_LEN),
			.resumed = resumed } };

	send_to(conn, &msg);
}

void reply_joined(struct hub *hub, const struct member *member, struct slice ref, bool recovered)
{
	const struct room *room = member->key.room;
	const struct conn *conn = member->key.conn;
	struct msg msg = { .type = MSG_JOINED,
		.joined = { .conn = conn->key.number,
			.room = room->name,
			.ref = ref,
			.epoch = room->epoch,
			.offset = room->history.offset,
			.recovered = recovered,
			.count = room->count,
			.users = room->users,
			.members = room_list(room, room->rules->presence_max, &hub->raw) } };

	send_to(conn, &msg);
}

void reply_left(const struct conn *conn, struct slice room, struct slice ref)
{
	struct msg msg = { .type = MSG_LEFT,
		.left = { .conn = conn->key.number, .room = room, .ref = ref } };

	send_to(conn, &msg);
}

void reply_users(struct hub *hub, const struct conn *conn, struct slice name, struct slice ref)
{
	const struct room *room = room_find(&hub->rooms, name);
	struct msg msg = { .type = MSG_PRESENCE,
		.presence = { .conn = conn->key.number, .room = name, .ref = ref } };

	if (room) {
		msg.presence.count = room->count;
		msg.presence.users = room->users;
		msg.presence.members = room_list(room, room->rules->presence_max, &hub->raw);
	}
	send_to(conn, &msg);
}

void reply_rooms(struct hub *hub, const struct conn *conn, struct slice ref)
{
	struct msg msg = { .type = MSG_ROOMLIST,
		.roomlist = { .conn = conn->key.number,
			.ref = ref,
			.count = hub->rooms.count,
			.rooms = roomlist_first(&hub->roomlist, &hub->rooms) } };

	send_to(conn, &msg);
}

void reply_receipt(const struct conn *conn, struct slice ref, struct slice room, uint64_t offset)
{
	struct msg msg = { .type = MSG_RECEIPT,
		.receipt = {
			.conn = conn->key.number, .ref = ref, .room = room, .offset = offset } };

	if (ref.len)
		send_to(conn, &msg);
}

void reply_refusal(const struct conn *conn, struct slice ref, enum error error)
{
	struct msg msg = { .type = MSG_REFUSAL,
		.refusal = { .conn = conn->key.number, .ref = ref, .error = (uint16_t)error } };

	send_to(conn, &msg);
}

void reply_unavailable(const struct conn *conn, struct slice ref, uint64_t request)
{
	struct msg msg = { .type = MSG_REFUSAL,
		.refusal = { .conn = conn->key.number,
			.ref = ref,
			.error = ERROR_UNAVAILABLE,
			.request = request } };

	(void)gateway_send_now(conn->key.gateway, &msg);
}

/* api.c - what the server API does: it is in no room, and no rule of a room is in its way */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"

#include "hub/api_caller.h"
#include "hub/membership.h"
#include "hub/reply.h"
#include "hub/request.h"
#include "hub/session.h"

static const struct slice none = { NULL, 0 };
static const struct slice user_prefix = SLICE("user:");

/* ---- answers ---- */

static void done(struct gateway *gateway, const struct msg_api_done *what)
{
	struct msg msg = { .type = MSG_API_DONE, .api_done = *what };

	gateway_send(gateway, &msg);
}

static void answer(struct gateway *gateway, uint64_t call, enum error error)
{
	done(gateway, &(struct msg_api_done){ .call = call, .error = (uint16_t)error });
}

void api_unavailable(struct gateway *gateway, uint64_t call, uint64_t request)
{
	struct msg msg = { .type = MSG_API_DONE,
		.api_done = { .call = call, .error = ERROR_UNAVAILABLE, .request = request } };

	(void)gateway_send_now(gateway, &msg);
}

/* ---- messages ---- */

static enum error apply(struct hub *hub, struct caller *caller,
	const struct msg_api_publish *publish, struct msg_api_done *ret_done)
{
	const struct conn *except = conn_by_id(&hub->conns, publish->except);
	struct room *room = caller_room(hub, publish->room);
	struct msg_publish said = { .room = publish->room,
		.type = publish->type,
		.format = EVENT_MEMBERS,
		.flags = publish->flags,
		.body = publish->body };

	if (!room)
		return ERROR_UNAVAILABLE;
	if (except && except->state == CONN_LIVE) {
		said.flags |= EVENT_NO_ECHO;
		caller->conn.key = except->key;
	}
	ret_done->offset = request_apply(hub, &caller->conn, room, &said);
	caller->conn.key = (struct conn_key){ .gateway = NULL };
	request_remember(hub, &caller->conn, publish->mid, room->id, ret_done->offset);
	ret_done->epoch = ret_done->offset ? room->epoch : 0;
	caller_leave(hub, room);
	return ERROR_NONE;
}

static enum error check_publish(const struct msg_api_publish *publish)
{
	if (!event_room_valid(publish->room))
		return ERROR_BAD_ROOM;
	if (!event_type_valid(publish->type) || publish->mid.len > MIDS_LEN_MAX)
		return ERROR_BAD_MESSAGE;
	return publish->except.len == 0 || event_id_valid(publish->except) ? ERROR_NONE
									   : ERROR_BAD_TARGET;
}

void api_publish(struct hub *hub, struct gateway *gateway, const struct msg_api_publish *publish)
{
	struct msg_api_done said = { .call = publish->call };
	const struct room *room = room_find(&hub->rooms, publish->room);
	enum error error = check_publish(publish);
	const struct mid *known;
	struct caller caller;

	caller_init(&caller, publish->user, publish->room);
	known = request_known(hub, &caller.conn, publish->mid);
	if (error == ERROR_NONE && known) {
		said.offset = known->offset;
		said.epoch = room && known->offset ? room->epoch : 0;
	} else if (error == ERROR_NONE) {
		error = apply(hub, &caller, publish, &said);
	}
	caller_done(&caller);
	said.error = (uint16_t)error;
	done(gateway, &said);
}

void api_send(struct hub *hub, struct gateway *gateway, const struct msg_api_send *send)
{
	struct msg_direct direct = { .target = send->target,
		.type = send->type,
		.format = EVENT_MEMBERS,
		.mid = send->mid,
		.body = send->body };
	struct caller caller;

	caller_init(&caller, send->user, none);
	answer(gateway, send->call, direct_route(hub, &caller.conn, &direct));
	caller_done(&caller);
}

void api_broadcast(
	struct hub *hub, struct gateway *gateway, const struct msg_api_broadcast *broadcast)
{
	struct msg_broadcast said = { .scope = broadcast->scope,
		.rooms = broadcast->rooms,
		.type = broadcast->type,
		.format = EVENT_MEMBERS,
		.flags = broadcast->flags,
		.mid = broadcast->mid,
		.body = broadcast->body };
	struct caller caller;

	caller_init(&caller, broadcast->user, none);
	answer(gateway, broadcast->call, broadcast_route(hub, &caller.conn, &said));
	caller_done(&caller);
}

/* ---- connections ---- */

/* What is done to one may be its end: so all are found before. In `ret_conns`: struct conn *. */
static enum error find_user(struct hub *hub, struct slice name, struct buf *ret_conns)
{
	struct user *user = conn_user(&hub->conns, name);

	if (name.len == 0 || !conn_user_valid(name))
		return ERROR_BAD_TARGET;
	if (!user)
		return ERROR_NO_SUCH_TARGET;
	for (struct list *link = user->conns.next; link != &user->conns; link = link->next) {
		struct conn *conn = LIST_ENTRY(link, struct conn, by_user);

		buf_add(ret_conns, &conn, sizeof(conn));
	}
	return ERROR_NONE;
}

static enum error find_target(struct hub *hub, struct slice target, struct buf *ret_conns)
{
	struct conn *conn;

	if (slice_starts(target, user_prefix))
		return find_user(hub,
			slice_make(target.ptr + user_prefix.len, target.len - user_prefix.len),
			ret_conns);
	if (!event_id_valid(target))
		return ERROR_BAD_TARGET;
	conn = conn_by_id(&hub->conns, target);
	if (!conn)
		return ERROR_NO_SUCH_TARGET;
	buf_add(ret_conns, &conn, sizeof(conn));
	return ERROR_NONE;
}

static enum error put_in(struct hub *hub, struct conn *conn, const struct msg_api_steer *steer)
{
	const struct recall nothing = { .wanted = false };

	return conn->state == CONN_LIVE ? membership_join(hub, conn, steer->room, none, &nothing)
					: ERROR_NO_SUCH_TARGET;
}

static enum error take_out(struct hub *hub, struct conn *conn, const struct msg_api_steer *steer)
{
	struct room *room = room_find(&hub->rooms, steer->room);
	struct member *member = room ? member_find(&hub->rooms, room, conn) : NULL;

	if (!member)
		return ERROR_NOT_IN_ROOM;
	membership_leave(hub, member);
	if (conn->state == CONN_LIVE)
		reply_left(conn, steer->room, none);
	return ERROR_NONE;
}

static enum error end(struct hub *hub, struct conn *conn, const struct msg_api_steer *steer)
{
	session_kick(hub, conn, (enum close_reason)steer->reason, steer->text);
	return ERROR_NONE;
}

/* If it could be done to one of them it is done; else why not to the last. */
void api_steer(struct hub *hub, struct gateway *gateway, const struct msg_api_steer *steer)
{
	static enum error (*const actions[API_ACTIONS])(
		struct hub * hub, struct conn * conn, const struct msg_api_steer *steer) = {
		[API_JOIN] = put_in, [API_LEAVE] = take_out, [API_DISCONNECT] = end
	};
	_cleanup_(buf_done) struct buf conns = { .cap = 0 };
	struct msg_api_done said = { .call = steer->call };
	enum error error = find_target(hub, steer->target, &conns);

	if (error == ERROR_NONE && steer->action != API_DISCONNECT &&
		!event_room_valid(steer->room))
		error = ERROR_BAD_ROOM;
	for (size_t at = 0; error == ERROR_NONE && at < conns.len; at += sizeof(struct conn *)) {
		struct conn *conn;

		memcpy(&conn, conns.data + at, sizeof(conn));
		said.error = (uint16_t)actions[steer->action](hub, conn, steer);
		said.count += said.error == ERROR_NONE;
	}
	if (error != ERROR_NONE)
		said.error = (uint16_t)error;
	else if (said.count)
		said.error = ERROR_NONE;
	done(gateway, &said);
}

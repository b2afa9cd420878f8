/* steer.c - connections are put into rooms, taken out of them, or closed, by who is none of them */
/* SPDX-License-Identifier: MIT */
#include "hub/steer.h"

#include "hub/membership.h"
#include "hub/reply.h"
#include "hub/session.h"

static const struct slice none = { NULL, 0 };
static const struct slice user_prefix = SLICE("user:");

static bool may(const struct handler *by, const struct conn *conn)
{
	return !by || handler_may_reach(by, conn);
}

/* What is done to one may be its end: so all are found before. In `ret_conns`: struct conn *. */
static enum error find_user(
	struct hub *hub, struct slice name, const struct handler *by, struct buf *ret_conns)
{
	struct user *user = conn_user(&hub->conns, name);

	if (name.len == 0 || !conn_user_valid(name))
		return ERROR_BAD_TARGET;
	if (!user)
		return ERROR_NO_SUCH_TARGET;
	for (struct list *link = user->conns.next; link != &user->conns; link = link->next) {
		struct conn *conn = LIST_ENTRY(link, struct conn, by_user);

		if (may(by, conn))
			buf_add(ret_conns, &conn, sizeof(conn));
	}
	return ret_conns->len ? ERROR_NONE : ERROR_NO_SUCH_TARGET;
}

static enum error find_target(
	struct hub *hub, struct slice target, const struct handler *by, struct buf *ret_conns)
{
	struct conn *conn;

	if (slice_starts(target, user_prefix))
		return find_user(hub,
			slice_make(target.ptr + user_prefix.len, target.len - user_prefix.len), by,
			ret_conns);
	if (!event_id_valid(target))
		return ERROR_BAD_TARGET;
	conn = conn_by_id(&hub->conns, target);
	if (!conn || !may(by, conn))
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
	struct member *member = room ? member_find(room, conn) : NULL;

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

enum error steer_all(struct hub *hub, const struct msg_api_steer *steer, const struct handler *by,
	uint32_t *ret_count)
{
	static enum error (*const actions[API_ACTIONS])(
		struct hub * hub, struct conn * conn, const struct msg_api_steer *steer) = {
		[API_JOIN] = put_in, [API_LEAVE] = take_out, [API_DISCONNECT] = end
	};
	_cleanup_(buf_done) struct buf conns = { .cap = 0 };
	enum error error = find_target(hub, steer->target, by, &conns), last = ERROR_NONE;

	*ret_count = 0;
	if (error == ERROR_NONE && steer->action != API_DISCONNECT &&
		!event_room_valid(steer->room))
		error = ERROR_BAD_ROOM;
	for (size_t at = 0; error == ERROR_NONE && at < conns.len; at += sizeof(struct conn *)) {
		struct conn *conn;

		memcpy(&conn, conns.data + at, sizeof(conn));
		last = actions[steer->action](hub, conn, steer);
		*ret_count += last == ERROR_NONE;
	}
	if (error != ERROR_NONE)
		return error;
	return *ret_count ? ERROR_NONE : last;
}

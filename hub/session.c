/* session.c - a connection's life: coming, coming back, being restated, going */
/* SPDX-License-Identifier: MIT */
#include "hub/session.h"

#include <stdio.h>

#include "hub/calls.h"
#include "hub/membership.h"
#include "hub/reply.h"
#include "hub/request.h"
#include "proto/event.h"

enum { GUEST_LEN = 4 };

static const struct slice none = { NULL, 0 };

static struct member *entry(struct list *link)
{
	return LIST_ENTRY(link, struct member, by_conn);
}

static bool nickname_valid(struct slice nickname)
{
	return nickname.len <= EVENT_NICKNAME_MAX &&
		event_nickname_valid(nickname, EVENT_NICKNAME_MAX);
}

/* ---- how connections end ---- */

static struct ending ending_of(enum close_reason reason, struct slice text)
{
	const struct close_row *row = close_row(reason);

	return (struct ending){
		.by = ENDER_SERVER, .code = row->code, .text = text.len ? text : slice_of(row->text)
	};
}

static uint64_t note_end(struct hub *hub, const struct conn *conn, const struct ending *ending)
{
	struct closed closed = { .id = conn->id,
		.nickname = conn->nickname,
		.user = conn_user_name(conn),
		.address = conn->address,
		.gateway = slice_of(conn->key.gateway->name),
		.dialect = conn->dialect,
		.since = conn->came,
		.at = hub->wall_ms,
		.rooms = conn->rooms,
		.ending = *ending };

	return closed_add(&hub->closed, &closed);
}

static const struct ending gone = { .by = ENDER_GONE, .code = ENDER_NO_FRAME };

/* `closed`: what is known of it in hub->closed, 0: nothing. */
static void refuse(struct hub *hub, struct gateway *gateway, uint64_t number,
	enum close_reason reason, struct slice text, uint64_t closed)
{
	conn_new_closing(&hub->conns, gateway, number, closed);
	reply_close(hub, gateway, number, reason, text);
}

void session_refuse(
	struct hub *hub, struct gateway *gateway, uint64_t number, enum close_reason reason)
{
	refuse(hub, gateway, number, reason, none, 0);
}

/* Someone who was known before it was let in. */
static void turn_away(struct hub *hub, struct gateway *gateway, const struct msg_connect *connect,
	enum close_reason reason)
{
	struct closed closed = { .id = connect->id,
		.nickname = connect->nickname,
		.user = connect->user,
		.address = connect->address,
		.gateway = slice_of(gateway->name),
		.dialect = connect->dialect,
		.since = connect->since_ms,
		.at = hub->wall_ms,
		.ending = ending_of(reason, none) };

	refuse(hub, gateway, connect->conn, reason, none, closed_add(&hub->closed, &closed));
}

/* ---- coming and coming back ---- */

/* Its rooms count a user once, so they are told before and after it may become another. */
static void identify(struct hub *hub, struct conn *conn, const struct identity *identity)
{
	room_unattend(&hub->rooms, conn);
	if (conn_identify(&hub->conns, conn, identity))
		membership_renamed(hub, conn);
	room_attend(&hub->rooms, conn);
}

/* A new connection; without an id or a nickname it gets one. */
static struct conn *begin(struct hub *hub, struct gateway *gateway, uint64_t number,
	struct slice id, struct identity identity)
{
	const struct outlet *outlet = &hub->outlet;
	char made[CONN_ID_LEN + 1], resume[CONN_RESUME_LEN + 1];
	char random[GUEST_LEN + 1], guest[sizeof("Guest-") + GUEST_LEN];
	struct conn *conn;

	while (id.len == 0) {
		outlet->random_text(outlet->arg, made, CONN_ID_LEN);
		if (!conn_by_id(&hub->conns, slice_of(made)))
			id = slice_of(made);
	}
	if (identity.nickname.len == 0) {
		outlet->random_text(outlet->arg, random, GUEST_LEN);
		snprintf(guest, sizeof(guest), "Guest-%s", random);
		identity.nickname = slice_of(guest);
	}
	outlet->random_text(outlet->arg, resume, CONN_RESUME_LEN);
	conn = conn_new(&hub->conns, gateway, number, id, resume);
	identify(hub, conn, &identity);
	return conn;
}

/*
 * The connection goes to another client; its presence stays as it is. What is said in its rooms
 * goes to who joins them again; it leaves those that it does not.
 */
static void take_over(struct hub *hub, struct conn *conn, struct gateway *gateway, uint64_t number)
{
	struct conn_key before = conn->key;
	bool live = conn->state == CONN_LIVE, linked = before.gateway->state != GATEWAY_DOWN;
	struct ending ending = linked ? ending_of(CLOSE_REPLACED, none) : gone;
	uint64_t closed = live ? note_end(hub, conn, &ending) : 0;

	tap_end(hub, conn);
	room_await(conn);
	conn_move(&hub->conns, conn, gateway, number);
	conn_await(&hub->conns, conn, hub->now);
	if (live)
		refuse(hub, before.gateway, before.number, CLOSE_REPLACED, none, closed);
}

/* A room that CONNECT names, if any. */
static void join_first(struct hub *hub, struct conn *conn, const struct msg_connect *connect)
{
	struct recall recall = { .wanted = connect->recover,
		.since = connect->since,
		.epoch = connect->epoch,
		.state = (enum event_state)connect->state,
		.rev = connect->rev,
		.state_epoch = connect->state_epoch };
	enum error error = ERROR_NONE;

	if (connect->room.len)
		error = membership_join(hub, conn, connect->room, none, &recall);
	if (error != ERROR_NONE)
		reply_refusal(conn, none, error);
}

static void resume(struct hub *hub, struct conn *conn, struct gateway *gateway, uint64_t number,
	const struct identity *identity)
{
	take_over(hub, conn, gateway, number);
	identify(hub, conn, identity);
	membership_shed(hub, conn);
	counter_add(COUNTER_HUB_RESUMED, 1);
	reply_connected(conn, true);
}

static bool proper(const struct msg_connect *connect)
{
	return (connect->id.len == 0 || event_id_valid(connect->id)) &&
		(connect->nickname.len == 0 || nickname_valid(connect->nickname)) &&
		(connect->room.len == 0 || event_room_valid(connect->room));
}

/* What the server itself is known by. */
static bool is_reserved(struct slice id)
{
	return slice_eq(id, slice_of(REQUEST_ANNOUNCER)) || slice_eq(id, slice_of(EVENT_API_ID)) ||
		slice_eq(id, slice_of(EVENT_HANDLER_ID));
}

/* Only shown to who looks at connections. */
static void note(struct conn *conn, uint8_t dialect, uint64_t came)
{
	conn->dialect = dialect;
	conn->came = came;
}

/* `conn` is free. */
static void let_in(struct hub *hub, struct gateway *gateway, const struct msg_connect *connect)
{
	struct identity identity = { .nickname = connect->nickname,
		.user = connect->user,
		.address = connect->address,
		.grants = connect->grants,
		.meta = connect->meta,
		.expires = connect->expires,
		.admin = connect->admin };
	const struct rules *rules = policy_rules(&hub->policy, connect->room);
	const struct asker asker = {
		.user = connect->user, .grants = connect->grants, .admin = connect->admin
	};
	struct conn *conn = conn_by_id(&hub->conns, connect->id);

	if (hub->failing) {
		turn_away(hub, gateway, connect, CLOSE_TRY_LATER);
	} else if (!proper(connect)) {
		turn_away(hub, gateway, connect, CLOSE_BAD_REQUEST);
	} else if (conn && conn_resume_matches(conn, connect->resume)) {
		resume(hub, conn, gateway, connect->conn, &identity);
		note(conn, connect->dialect, connect->since_ms);
		join_first(hub, conn, connect);
		calls_deliver(conn);
	} else if (conn || is_reserved(connect->id)) {
		turn_away(hub, gateway, connect, CLOSE_REPLACED);
	} else if (!policy_may(rules, RIGHT_JOIN, &asker, connect->room)) {
		turn_away(hub, gateway, connect, CLOSE_FORBIDDEN);
	} else {
		conn = begin(hub, gateway, connect->conn, connect->id, identity);
		note(conn, connect->dialect, connect->since_ms);
		reply_connected(conn, false);
		join_first(hub, conn, connect);
	}
}

void session_connect(struct hub *hub, struct gateway *gateway, const struct msg_connect *connect)
{
	struct conn *conn = conn_find(&hub->conns, gateway, connect->conn);
	struct room *room = conn ? room_find(&hub->rooms, connect->room) : NULL;

	if (!conn)
		let_in(hub, gateway, connect);
	else if (conn->state == CONN_LIVE && !(room && member_find(room, conn)))
		/*
		 * The last hub had let it in, so it was restated, but the acknowledgement was lost.
		 */
		join_first(hub, conn, connect);
}

void session_identify(struct hub *hub, struct conn *conn, const struct msg_identify *msg)
{
	struct identity identity = { .nickname = nickname_valid(msg->nickname) ? msg->nickname
									       : none,
		.user = msg->user,
		.grants = msg->grants,
		.meta = msg->meta,
		.expires = msg->expires,
		.admin = msg->admin };

	identify(hub, conn, &identity);
	tap_check(hub, conn);
	membership_shed(hub, conn);
}

static void end(struct hub *hub, struct conn *conn)
{
	tap_end(hub, conn);
	calls_end(hub, conn);
	while (!list_empty(&conn->members))
		membership_leave(hub, entry(conn->members.next));
	conn_free(&hub->conns, conn);
}

void session_disconnect(struct hub *hub, struct conn *conn, bool clean, const struct ending *ending)
{
	if (conn->state == CONN_GRACE)
		return;
	if (conn->state == CONN_CLOSING)
		closed_amend(&hub->closed, conn->closed, ending);
	else
		note_end(hub, conn, ending);
	if (conn->state == CONN_CLOSING || clean) {
		end(hub, conn);
		return;
	}
	tap_end(hub, conn);
	room_unseat(conn);
	conn_grace(&hub->conns, conn, hub->now);
}

void session_kick(struct hub *hub, struct conn *conn, enum close_reason reason, struct slice text)
{
	struct conn_key key = conn->key;
	bool live = conn->state == CONN_LIVE;
	struct ending ending = ending_of(reason, text);
	uint64_t closed = live ? note_end(hub, conn, &ending) : 0;

	end(hub, conn);
	if (live)
		refuse(hub, key.gateway, key.number, reason, text, closed);
}

/*
 * Two connections were restated with one id: one took the other over, and the last hub was gone
 * before the older one's end was known. Of one gateway's, the later number is the newer.
 */
static struct conn *claim(struct hub *hub, struct conn *holder, struct gateway *gateway,
	const struct msg_restate *restate)
{
	bool matches = conn_resume_matches(holder, restate->resume);

	if (matches && holder->key.gateway == gateway && holder->key.number < restate->conn) {
		take_over(hub, holder, gateway, restate->conn);
		return holder;
	}
	/* With the key it may come back and take over. */
	session_refuse(hub, gateway, restate->conn, matches ? CLOSE_RESTART : CLOSE_REPLACED);
	return NULL;
}

static struct conn *restated(
	struct hub *hub, struct gateway *gateway, const struct msg_restate *restate)
{
	struct identity identity = { .nickname = restate->nickname,
		.user = restate->user,
		.address = restate->address,
		.grants = restate->grants,
		.meta = restate->meta,
		.expires = restate->expires,
		.admin = restate->admin };
	struct conn *conn = conn_find(&hub->conns, gateway, restate->conn);
	struct conn *holder = conn_by_id(&hub->conns, restate->id);

	if (conn)
		return conn->state == CONN_LIVE ? conn : NULL;
	if (holder)
		return claim(hub, holder, gateway, restate);
	conn = conn_new(&hub->conns, gateway, restate->conn, restate->id, restate->resume.ptr);
	identify(hub, conn, &identity);
	note(conn, restate->dialect, restate->since_ms);
	counter_add(COUNTER_HUB_RESTATED, 1);
	return conn;
}

bool session_restate(struct hub *hub, struct gateway *gateway, const struct msg_restate *restate)
{
	struct msg_list rooms = restate->rooms;
	struct msg_roomname room;
	struct conn *conn;

	if (!event_id_valid(restate->id) || restate->resume.len != CONN_RESUME_LEN ||
		!nickname_valid(restate->nickname) || rooms.count > MEMBERSHIP_MAX)
		return false;
	while (msg_next_roomname(&rooms, &room))
		if (!event_room_valid(room.name))
			return false;
	conn = restated(hub, gateway, restate);
	rooms = restate->rooms;
	while (conn && msg_next_roomname(&rooms, &room))
		membership_restore(hub, conn, room.name);
	return true;
}

void session_end_all(struct hub *hub, struct gateway *gateway)
{
	while (!list_empty(&gateway->conns)) {
		struct conn *conn = LIST_ENTRY(gateway->conns.next, struct conn, by_gateway);

		if (conn->state == CONN_LIVE)
			note_end(hub, conn, &gone);
		end(hub, conn);
	}
}

/* Whoever took it over has not come back to these rooms. */
static void leave_awaited(struct hub *hub, struct conn *conn)
{
	struct list *link, *next;

	list_remove(&conn->by_wait);
	for (link = conn->members.next; link != &conn->members; link = next) {
		next = link->next;
		if (entry(link)->awaited)
			membership_leave(hub, entry(link));
	}
}

void session_step(struct hub *hub)
{
	struct conn *conn;

	while ((conn = conn_longest_awaited(&hub->conns)) != NULL &&
		!mono_before(hub->now, mono_after(conn->since, hub->grace)))
		leave_awaited(hub, conn);
	while ((conn = conn_longest_gone(&hub->conns)) != NULL &&
		!mono_before(hub->now, mono_after(conn->since, hub->grace)))
		end(hub, conn);
}

struct mono session_deadline(const struct hub *hub)
{
	const struct conn *longest = conn_longest_gone(&hub->conns);
	const struct conn *awaited = conn_longest_awaited(&hub->conns);
	struct mono due = { UINT64_MAX };

	if (longest)
		due = mono_after(longest->since, hub->grace);
	if (awaited && mono_before(mono_after(awaited->since, hub->grace), due))
		due = mono_after(awaited->since, hub->grace);
	return due;
}

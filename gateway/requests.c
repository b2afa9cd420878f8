/* requests.c - what clients ask for, and who is asked in turn */
/* SPDX-License-Identifier: MIT */
#include "gateway/requests.h"

#include "gateway/admit.h"
#include "gateway/dialect_state.h"
#include "gateway/limits.h"
#include "gateway/taps.h"
#include "gateway/uplink.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/json.h"

typedef void (*request_handler)(struct client *client, const struct request *request);

static struct slice room_of(const struct client *client, const struct request *request)
{
	return request->room.len ? request->room : session_get(client->session, SESSION_ROOM);
}

/* What has a ref is answered. */
static uint64_t ask(struct client *client, const struct request *request, struct msg *msg)
{
	if (request->ref.len)
		client->unanswered++;
	return uplink_send(client->gateway->uplink, msg);
}

static uint8_t flags_of(const struct client *client, const struct request *request)
{
	return (uint8_t)(request->flags | (client->quiet ? EVENT_NO_ECHO : 0));
}

static void on_publish(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_PUBLISH,
		.publish = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.type = request->type,
			.format = (uint8_t)request->format,
			.flags = flags_of(client, request),
			.ref = request->ref,
			.mid = request->mid,
			.taken = gateway_turn_us(client->gateway),
			.body = request->body,
		} };

	ask(client, request, &msg);
}

static void on_direct(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_DIRECT,
		.direct = {
			.conn = client->session->conn,
			.target = request->target,
			.type = request->type,
			.format = (uint8_t)request->format,
			.ref = request->ref,
			.mid = request->mid,
			.body = request->body,
		} };

	ask(client, request, &msg);
}

/* Who may is the hub's to say; it is told what auth has told us. */
static void log_broadcast(const struct client *client, const struct request *request)
{
	struct slice all = request->scope == SCOPE_ALL_ROOMS ? SLICE("*") : SLICE("");

	if (!client->session->admin)
		return;
	log_audit("broadcast", "by=%s jti=%s conn=%s address=%s room=%s",
		log_quote(session_get(client->session, SESSION_USER)),
		log_quote(session_get(client->session, SESSION_JTI)),
		log_quote(session_get(client->session, SESSION_ID)),
		log_quote(session_get(client->session, SESSION_ADDRESS)),
		log_quote(request->scope == SCOPE_ROOMS ? request->rooms : all));
}

static void on_broadcast(struct client *client, const struct request *request)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg msg = { .type = MSG_BROADCAST,
		.broadcast = {
			.conn = client->session->conn,
			.scope = (uint8_t)request->scope,
			.type = request->type,
			.format = (uint8_t)request->format,
			.flags = flags_of(client, request),
			.ref = request->ref,
			.mid = request->mid,
			.body = request->body,
		} };

	if (request->scope == SCOPE_ROOMS)
		msg.broadcast.rooms = dialect_rooms(request->rooms, &raw);
	log_broadcast(client, request);
	ask(client, request, &msg);
}

static void on_join(struct client *client, const struct request *request)
{
	struct gateway *gateway = client->gateway;
	const struct roster_member *member = &client->session->member;
	size_t pending = joins_pending(&client->joins, uplink_acked(gateway->uplink));
	struct msg msg = { .type = MSG_JOIN,
		.join = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.ref = request->ref,
			.recover = request->recover,
			.since = request->since,
			.epoch = request->epoch,
			.state = (uint8_t)request->state,
			.rev = request->rev,
			.state_epoch = request->state_epoch,
		} };

	if (!limits_may_join(member->count, pending, gateway->conf->max_rooms) &&
		!roster_has(gateway->roster, msg.join.room, member)) {
		client_error(client, ERROR_TOO_MANY_ROOMS, request->ref);
		return;
	}
	joins_add(&client->joins, ask(client, request, &msg));
}

static void on_leave(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_LEAVE,
		.leave = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.ref = request->ref,
		} };

	ask(client, request, &msg);
}

static void on_users(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_USERS,
		.users = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.ref = request->ref,
		} };

	ask(client, request, &msg);
}

static void on_rooms(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_ROOMS,
		.rooms = { .conn = client->session->conn, .ref = request->ref } };

	ask(client, request, &msg);
}

static void on_history(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_HISTORY,
		.history = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.ref = request->ref,
			.since = request->since,
			.before = request->before,
			.limit = request->limit,
		} };

	ask(client, request, &msg);
}

static void on_state(struct client *client, const struct request *request)
{
	_cleanup_(buf_done) struct buf ops = { .cap = 0 }, checks = { .cap = 0 };
	struct msg msg = { .type = MSG_STATE,
		.state = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.flags = (uint8_t)(request->flags & EVENT_NO_ECHO),
			.ref = request->ref,
			.mid = request->mid,
			.taken = gateway_turn_us(client->gateway),
		} };

	msg.state.ops = state_ops(request->ops, &ops);
	msg.state.checks = state_checks(request->checks, &checks);
	ask(client, request, &msg);
}

static void on_state_get(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_STATE_GET,
		.state_get = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.ref = request->ref,
		} };

	ask(client, request, &msg);
}

/* What its handler answers comes as `result`, or as an error. */
static void on_call(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_CALL,
		.call = {
			.conn = client->session->conn,
			.room = room_of(client, request),
			.cmd = request->cmd,
			.ref = request->ref,
			.body = request->body,
		} };

	ask(client, request, &msg);
}

static void on_ping(struct client *client, const struct request *request)
{
	client->dialect->pong(
		&client->gateway->text, room_of(client, request), clock_wall_ms(), request->ref);
	client_send_text(client);
}

static void on_auth(struct client *client, const struct request *request)
{
	if (client->question) {
		client_error(client, ERROR_UNAVAILABLE, request->ref);
		return;
	}
	if (client->state == CLIENT_LOCKED)
		client->state = CLIENT_ADMITTING;
	admit_ask(client, request->token, request->ref, true);
}

static void on_tap(struct client *client, const struct request *request)
{
	const struct tap_filter *filter = &request->filter;
	struct msg msg = { .type = MSG_TAP,
		.tap = {
			.conn = client->session->conn,
			.ref = request->ref,
			.room = filter->room,
			.user = filter->user,
			.type = filter->type,
			.id = filter->connection,
		} };

	taps_asked(client->gateway->taps, client->session, &msg.tap);
	ask(client, request, &msg);
}

static void on_untap(struct client *client, const struct request *request)
{
	struct msg msg = { .type = MSG_UNTAP,
		.untap = { .conn = client->session->conn, .ref = request->ref } };

	ask(client, request, &msg);
}

static const request_handler handlers[REQUEST_KINDS] = {
	[REQUEST_PUBLISH] = on_publish,
	[REQUEST_DIRECT] = on_direct,
	[REQUEST_BROADCAST] = on_broadcast,
	[REQUEST_JOIN] = on_join,
	[REQUEST_LEAVE] = on_leave,
	[REQUEST_USERS] = on_users,
	[REQUEST_ROOMS] = on_rooms,
	[REQUEST_HISTORY] = on_history,
	[REQUEST_STATE] = on_state,
	[REQUEST_STATE_GET] = on_state_get,
	[REQUEST_CALL] = on_call,
	[REQUEST_PING] = on_ping,
	[REQUEST_AUTH] = on_auth,
	[REQUEST_TAP] = on_tap,
	[REQUEST_UNTAP] = on_untap,
};

static enum error decode(
	struct client *client, struct slice text, bool binary, struct request *ret_request)
{
	struct gateway *gateway = client->gateway;
	struct dialect_limits limits = { .json_depth = (unsigned)gateway->conf->json_depth };

	*ret_request = (struct request){ .kind = REQUEST_KINDS };
	return client->dialect->decode(text, binary, &limits, &gateway->scratch, ret_request);
}

void request_refuse(struct client *client, struct slice text, bool binary)
{
	struct request request;

	(void)decode(client, text, binary, &request);
	client_over_rate(client, request.ref);
}

void request_take(struct client *client, struct slice text, bool binary)
{
	struct request request;
	enum error error = decode(client, text, binary, &request);

	if (error == ERROR_NONE && client->state == CLIENT_LOCKED && request.kind != REQUEST_AUTH)
		error = ERROR_UNAUTHORIZED;
	if (error != ERROR_NONE)
		client_error(client, error, request.ref);
	else
		handlers[request.kind](client, &request);
}

/* api_ask.c - what a call of the server API asks of the hub, or of auth */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_ask.h"

#include <errno.h>

#include "gateway/admit.h"
#include "gateway/dialect_state.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/link.h"

static int to_hub(const struct api_asking *ask, struct msg *msg)
{
	if (uplink_is_full(ask->gateway->uplink))
		return -EAGAIN;
	*ask->ret_seq = uplink_send(ask->gateway->uplink, msg);
	return 0;
}

static int ask_publish(const struct api_asking *ask)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_PUBLISH,
		.api_publish = { .call = ask->number,
			.user = ask->user,
			.room = call->room,
			.type = call->type,
			.flags = (uint8_t)call->flags,
			.except = call->except,
			.mid = call->mid,
			.body = call->body } };

	return to_hub(ask, &msg);
}

static int ask_call(const struct api_asking *ask)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_CALL,
		.api_call = { .call = ask->number,
			.user = ask->user,
			.room = call->room,
			.cmd = call->command,
			.mid = call->mid,
			.timeout = call->timeout,
			.body = call->body } };

	return to_hub(ask, &msg);
}

static int ask_send(const struct api_asking *ask)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_SEND,
		.api_send = { .call = ask->number,
			.user = ask->user,
			.target = call->target,
			.type = call->type,
			.mid = call->mid,
			.body = call->body } };

	return to_hub(ask, &msg);
}

static int ask_broadcast(const struct api_asking *ask)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_BROADCAST,
		.api_broadcast = { .call = ask->number,
			.user = ask->user,
			.scope = (uint8_t)call->scope,
			.type = call->type,
			.flags = (uint8_t)call->flags,
			.mid = call->mid,
			.body = call->body } };

	if (call->scope == SCOPE_ROOMS)
		msg.api_broadcast.rooms = dialect_rooms(call->rooms, &raw);
	return to_hub(ask, &msg);
}

static int steer(const struct api_asking *ask, enum api_action action)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_STEER,
		.api_steer = { .call = ask->number,
			.user = ask->user,
			.action = (uint8_t)action,
			.target = call->target,
			.room = call->room,
			.reason = (uint16_t)call->reason,
			.text = call->text } };

	return to_hub(ask, &msg);
}

static int ask_join(const struct api_asking *ask)
{
	return steer(ask, API_JOIN);
}

static int ask_leave(const struct api_asking *ask)
{
	return steer(ask, API_LEAVE);
}

static int ask_disconnect(const struct api_asking *ask)
{
	return steer(ask, API_DISCONNECT);
}

static int query(const struct api_asking *ask, enum api_query what, struct slice search)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_QUERY,
		.api_query = { .call = ask->number,
			.query = (uint8_t)what,
			.room = call->room,
			.user = call->user,
			.id = call->target,
			.search = search,
			.after = call->after,
			.since = call->since,
			.before = (uint64_t)call->before,
			.limit = call->limit,
			.order = (uint8_t)call->order,
			.descending = call->descending,
			.goes_on = call->goes_on,
			.number = call->number,
			.figures = call->figures } };

	return to_hub(ask, &msg);
}

static int ask_rooms(const struct api_asking *ask)
{
	return query(ask, API_QUERY_ROOMS, ask->call->match);
}

static int ask_connections(const struct api_asking *ask)
{
	enum api_query what = ask->call->closed ? API_QUERY_CLOSED : API_QUERY_CONNECTIONS;

	return query(ask, what, ask->call->search);
}

static int ask_presence(const struct api_asking *ask)
{
	return query(ask, API_QUERY_CONNECTIONS, ask->call->search);
}

static int ask_history(const struct api_asking *ask)
{
	return query(ask, API_QUERY_HISTORY, ask->call->search);
}

static int read_state(const struct api_asking *ask)
{
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_STATE_GET,
		.api_state_get = {
			.call = ask->number, .room = call->room, .prefix = call->prefix } };

	if (call->keys.len)
		msg.api_state_get.keys = state_keys(call->keys, &raw);
	return to_hub(ask, &msg);
}

static int ask_state(const struct api_asking *ask)
{
	_cleanup_(buf_done) struct buf ops = { .cap = 0 }, checks = { .cap = 0 };
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_STATE,
		.api_state = { .call = ask->number,
			.user = ask->user,
			.room = call->room,
			.mid = call->mid } };

	if (call->ops.len == 0)
		return read_state(ask);
	msg.api_state.ops = state_ops(call->ops, &ops);
	msg.api_state.checks = state_checks(call->checks, &checks);
	return to_hub(ask, &msg);
}

static int ask_status(const struct api_asking *ask)
{
	return query(ask, API_QUERY_STATUS, ask->call->search);
}

static int ask_revoke(const struct api_asking *ask)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_REVOKE,
		.revoke = { .id = ask->number,
			.token = ask->token,
			.address = ask->address,
			.jti = call->jti,
			.user = call->user,
			.before = call->before } };

	return link_send(admit_link(ask->gateway->admit), NULL, &msg);
}

/* clang-format off */
static int (*const asks[API_METHODS])(const struct api_asking *ask) = {
#define METHOD(NAME, name, content, needs, may, help) [API_METHOD_##NAME] = ask_##name,
#include "gateway/api_methods.def"
#undef METHOD
};
/* clang-format on */

int api_ask(const struct api_asking *ask)
{
	return asks[ask->call->method](ask);
}

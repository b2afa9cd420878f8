/* api_ask.c - what a call of the server API asks of the hub */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_ask.h"

#include "gateway/uplink.h"
#include "proto/base/mem.h"

/* Who asks, and what. */
struct ask {
	struct uplink *uplink;
	uint64_t number;
	struct slice user;
	const struct api_command *call;
};

static uint64_t ask_publish(const struct ask *ask)
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

	return uplink_send(ask->uplink, &msg);
}

static uint64_t ask_send(const struct ask *ask)
{
	const struct api_command *call = ask->call;
	struct msg msg = { .type = MSG_API_SEND,
		.api_send = { .call = ask->number,
			.user = ask->user,
			.target = call->target,
			.type = call->type,
			.mid = call->mid,
			.body = call->body } };

	return uplink_send(ask->uplink, &msg);
}

static uint64_t ask_broadcast(const struct ask *ask)
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
	return uplink_send(ask->uplink, &msg);
}

static uint64_t steer(const struct ask *ask, enum api_action action)
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

	return uplink_send(ask->uplink, &msg);
}

static uint64_t ask_join(const struct ask *ask)
{
	return steer(ask, API_JOIN);
}

static uint64_t ask_leave(const struct ask *ask)
{
	return steer(ask, API_LEAVE);
}

static uint64_t ask_disconnect(const struct ask *ask)
{
	return steer(ask, API_DISCONNECT);
}

static uint64_t query(const struct ask *ask, enum api_query what, struct slice search)
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
			.limit = call->limit,
			.order = (uint8_t)call->order,
			.descending = call->descending,
			.goes_on = call->goes_on,
			.number = call->number,
			.figures = call->figures } };

	return uplink_send(ask->uplink, &msg);
}

static uint64_t ask_rooms(const struct ask *ask)
{
	return query(ask, API_QUERY_ROOMS, ask->call->match);
}

static uint64_t ask_connections(const struct ask *ask)
{
	enum api_query what = ask->call->closed ? API_QUERY_CLOSED : API_QUERY_CONNECTIONS;

	return query(ask, what, ask->call->search);
}

static uint64_t ask_presence(const struct ask *ask)
{
	return query(ask, API_QUERY_CONNECTIONS, ask->call->search);
}

static uint64_t ask_history(const struct ask *ask)
{
	return query(ask, API_QUERY_HISTORY, ask->call->search);
}

static uint64_t ask_status(const struct ask *ask)
{
	return query(ask, API_QUERY_STATUS, ask->call->search);
}

/* clang-format off */
static uint64_t (*const asks[API_METHODS])(const struct ask *ask) = {
#define METHOD(NAME, name, content, needs, may, help) [API_METHOD_##NAME] = ask_##name,
#include "gateway/api_methods.def"
#undef METHOD
};
/* clang-format on */

uint64_t api_ask(
	struct uplink *uplink, uint64_t number, struct slice user, const struct api_command *call)
{
	struct ask ask = { .uplink = uplink, .number = number, .user = user, .call = call };

	return asks[call->method](&ask);
}

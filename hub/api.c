/* api.c - what the server API does: it is in no room, and no rule of a room is in its way */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"

#include "hub/api_caller.h"
#include "hub/request.h"
#include "hub/steer.h"

static const struct slice none = { NULL, 0 };

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

void api_publish(struct hub *hub, struct gateway *gateway, const struct msg_api_publish *publish)
{
	const struct msg_publish said = { .room = publish->room,
		.type = publish->type,
		.format = EVENT_MEMBERS,
		.flags = publish->flags,
		.mid = publish->mid,
		.body = publish->body };
	struct msg_api_done what = { .call = publish->call };
	struct caller caller;

	caller_init(&caller, publish->user, publish->room);
	what.error = (uint16_t)caller_publish(
		hub, &caller, &said, publish->except, &what.epoch, &what.offset);
	caller_done(&caller);
	done(gateway, &what);
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
	answer(gateway, send->call, direct_route(hub, &caller.conn, &direct, NULL));
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

void api_steer(struct hub *hub, struct gateway *gateway, const struct msg_api_steer *steer)
{
	struct msg_api_done said = { .call = steer->call };

	said.error = (uint16_t)steer_all(hub, steer, NULL, &said.count);
	done(gateway, &said);
}

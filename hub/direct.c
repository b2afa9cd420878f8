/* direct.c - messages to one connection, or to all of a user */
/* SPDX-License-Identifier: MIT */
#include "hub/reply.h"
#include "hub/request.h"
#include "proto/event.h"

static const struct slice user_prefix = SLICE("user:");

/* Those of one gateway get one message. */
static void gather(const struct conn *conn)
{
	struct gateway *gateway = conn->key.gateway;
	struct msg_connref ref = { .conn = conn->key.number };

	msg_add_connref(&gateway->gather, &gateway->gathered, &ref);
}

static enum error gather_id(struct hub *hub, struct slice id, const struct handler *by)
{
	const struct conn *conn = conn_by_id(&hub->conns, id);

	if (!event_id_valid(id))
		return ERROR_BAD_TARGET;
	if (!conn || conn->state != CONN_LIVE || (by && !handler_may_reach(by, conn)))
		return ERROR_NO_SUCH_TARGET;
	gather(conn);
	return ERROR_NONE;
}

/* The sender is left out: what its user's other connections get, it need not be told. */
static enum error gather_user(
	struct hub *hub, struct slice name, const struct conn *sender, const struct handler *by)
{
	struct user *user = conn_user(&hub->conns, name);
	bool found = false;

	if (name.len == 0 || !conn_user_valid(name))
		return ERROR_BAD_TARGET;
	if (!user)
		return ERROR_NO_SUCH_TARGET;
	for (struct list *link = user->conns.next; link != &user->conns; link = link->next) {
		const struct conn *conn = LIST_ENTRY(link, const struct conn, by_user);

		if (conn->state != CONN_LIVE || (by && !handler_may_reach(by, conn)))
			continue;
		found = true;
		if (conn != sender)
			gather(conn);
	}
	return found ? ERROR_NONE : ERROR_NO_SUCH_TARGET;
}

static void send_gathered(struct hub *hub, struct msg *msg)
{
	struct list *all = &hub->peers.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);

		if (gateway->gathered.count == 0)
			continue;
		msg->directed.conns = gateway->gathered;
		gateway_send(gateway, msg);
		gateway->gathered = (struct msg_list){ .count = 0 };
		buf_clear(&gateway->gather);
	}
}

static void show(struct hub *hub, const struct msg_direct *direct, const struct msg_directed *sent)
{
	tap_show(hub,
		&(struct msg_tapped){ .kind = TAP_PRIVATE,
			.target = direct->target,
			.type = sent->type,
			.format = sent->format,
			.id = sent->id,
			.nickname = sent->nickname,
			.user = sent->user,
			.body = sent->body });
}

enum error direct_route(struct hub *hub, struct conn *conn, const struct msg_direct *direct,
	const struct handler *by)
{
	struct slice target = direct->target;
	struct msg msg = { .type = MSG_DIRECTED,
		.directed = { .time = hub->wall_ms,
			.type = direct->type,
			.format = direct->format,
			.id = conn->id,
			.nickname = conn->nickname,
			.user = conn_user_name(conn),
			.body = direct->body } };
	enum error error;

	if (request_known(hub, conn, direct->mid))
		return ERROR_NONE;
	if (!event_type_valid(direct->type) || direct->mid.len > MIDS_LEN_MAX)
		error = ERROR_BAD_MESSAGE;
	else if (slice_starts(target, user_prefix))
		error = gather_user(hub,
			slice_make(target.ptr + user_prefix.len, target.len - user_prefix.len),
			conn, by);
	else
		error = gather_id(hub, target, by);
	if (error != ERROR_NONE)
		return error;
	counter_add(COUNTER_HUB_DIRECT, 1);
	send_gathered(hub, &msg);
	if (hub->taps.count)
		show(hub, direct, &msg.directed);
	request_remember(hub, conn, direct->mid, 0, 0);
	return ERROR_NONE;
}

void request_direct(struct hub *hub, struct conn *conn, const struct msg_direct *direct)
{
	enum error error = direct_route(hub, conn, direct, NULL);

	if (error == ERROR_NONE)
		reply_receipt(conn, direct->ref, (struct slice){ NULL, 0 }, 0);
	else
		reply_refusal(conn, direct->ref, error);
}

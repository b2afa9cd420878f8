/* dispatch_client.c - what the hub says to one client */
/* SPDX-License-Identifier: MIT */
#include "gateway/dispatch_client.h"

#include "gateway/clients.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"

/* Who a message is for; NULL if it has gone meanwhile. */
struct client *dispatch_client_of(struct gateway *gateway, uint64_t conn)
{
	struct session *session = session_find(gateway->sessions, conn);

	return session ? session->member.client : NULL;
}

/* What was written is for this client, and answers what had this ref. */
void dispatch_answer(struct client *client, struct slice ref)
{
	client_answered(client, ref);
	client_send_text(client);
}

enum said dispatch_said(const struct buf *out)
{
	return out->len ? SAID_TEXT : SAID_NOTHING;
}

void on_connected(struct gateway *gateway, const struct msg_connected *connected)
{
	struct session *session = session_find(gateway->sessions, connected->conn);

	if (!session)
		return;
	session->connected = true;
	session_set_all(session,
		(const struct slice[SESSION_TEXTS]){ [SESSION_ID] = connected->id,
			[SESSION_RESUME] = connected->resume,
			[SESSION_NICKNAME] = connected->nickname });
	if (session->member.client)
		client_connected(session->member.client, connected);
}

void on_close(struct gateway *gateway, const struct msg_close *close)
{
	_cleanup_(mem_freep) char *text = close->text.len ? slice_dup(close->text) : NULL;
	struct session *session = session_find(gateway->sessions, close->conn);

	if (!session)
		return;
	session->connected = false; /* another hub is not told of it */
	if (session->member.client)
		client_close_saying(session->member.client,
			close->reason < CLOSE_MAX ? (enum close_reason)close->reason
						  : CLOSE_INTERNAL,
			text);
}

void on_joined(struct gateway *gateway, const struct msg_joined *joined)
{
	struct session *session = session_find(gateway->sessions, joined->conn);
	struct client *client = session ? session->member.client : NULL;

	if (session)
		roster_join(gateway->roster, joined->room, &session->member);
	if (!client)
		return;
	client->dialect->joined(&gateway->text, joined);
	dispatch_answer(client, joined->ref);
}

void on_left(struct gateway *gateway, const struct msg_left *left)
{
	struct session *session = session_find(gateway->sessions, left->conn);
	struct client *client = session ? session->member.client : NULL;

	if (session)
		roster_leave(gateway->roster, left->room, &session->member);
	if (!client)
		return;
	client->dialect->left(&gateway->text, left);
	dispatch_answer(client, left->ref);
}

void on_replay(struct gateway *gateway, const struct msg_replay *replay)
{
	struct client *client = dispatch_client_of(gateway, replay->conn);
	struct msg_list messages = replay->messages;
	struct msg_kept kept;
	struct event event;

	while (client && msg_next_kept(&messages, &kept))
		if (dialect_kept(&kept, replay->room, replay->epoch, &event))
			client_send_asked(client, client->dialect->event(&gateway->text, &event));
}

void on_historylist(struct gateway *gateway, const struct msg_historylist *historylist)
{
	struct client *client = dispatch_client_of(gateway, historylist->conn);

	if (!client)
		return;
	client_answered(client, historylist->ref);
	client->dialect->history(&gateway->text, historylist);
	client_send_asked(client, dispatch_said(&gateway->text));
}

void on_receipt(struct gateway *gateway, const struct msg_receipt *receipt)
{
	struct client *client = dispatch_client_of(gateway, receipt->conn);

	if (!client)
		return;
	client->dialect->ack(&gateway->text, receipt);
	dispatch_answer(client, receipt->ref);
}

void on_state_done(struct gateway *gateway, const struct msg_state_done *done)
{
	struct client *client = dispatch_client_of(gateway, done->conn);

	if (!client || !client->dialect->state_done)
		return;
	client->dialect->state_done(&gateway->text, done);
	dispatch_answer(client, done->ref);
}

void on_state_conflict(struct gateway *gateway, const struct msg_state_conflict *conflict)
{
	struct client *client = dispatch_client_of(gateway, conflict->conn);

	if (!client || !client->dialect->state_conflict)
		return;
	counter_add(error_row(ERROR_CONFLICT)->counter, 1);
	client_answered(client, conflict->ref);
	client->dialect->state_conflict(&gateway->text, conflict);
	client_send_asked(client, dispatch_said(&gateway->text));
}

void on_snapshot(struct gateway *gateway, const struct msg_snapshot *snapshot)
{
	struct client *client = dispatch_client_of(gateway, snapshot->conn);

	shown_take(&gateway->shown, snapshot);
	if (!client || !client->dialect->snapshot)
		return;
	if (!snapshot->more)
		client_answered(client, snapshot->ref);
	client->dialect->snapshot(&gateway->text, snapshot);
	client_send_asked(client, dispatch_said(&gateway->text));
}

void on_snapshot_again(struct gateway *gateway, const struct msg_snapshot_again *again)
{
	struct client *client = dispatch_client_of(gateway, again->conn);
	struct frame **frames;
	size_t count;

	if (!client || !client->dialect->snapshot)
		return;
	frames = shown_frames(&gateway->shown, client->dialect, &count);
	for (size_t i = 0; i < count; i++) {
		client_allow(client, frames[i]->len);
		client_send(client, frames[i]);
	}
}

void on_refusal(struct gateway *gateway, const struct msg_refusal *refusal)
{
	struct client *client = dispatch_client_of(gateway, refusal->conn);

	if (refusal->request)
		uplink_on_refused(gateway->uplink, refusal->request);
	if (!client)
		return;
	client_answered(client, refusal->ref);
	client_refused(client, refusal);
}

void on_result(struct gateway *gateway, const struct msg_result *result)
{
	struct client *client = dispatch_client_of(gateway, result->conn);

	if (!client || !client->dialect->result)
		return;
	client->dialect->result(&gateway->text, result);
	dispatch_answer(client, result->ref);
}

/* dispatch.c - what the hub and auth say, and what is done about it */
/* SPDX-License-Identifier: MIT */
#include "gateway/dispatch.h"

#include "gateway/admit.h"
#include "gateway/api.h"
#include "gateway/api_auth.h"
#include "gateway/dispatch_client.h"
#include "gateway/fanout.h"
#include "gateway/figures.h"
#include "gateway/http_series.h"
#include "gateway/revoke.h"
#include "gateway/taps.h"
#include "gateway/uplink.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"

/* ---- the link itself ---- */

static void on_settled(struct gateway *gateway, const struct msg_settled *settled)
{
	uplink_on_settled(gateway->uplink, settled);
	taps_again(gateway->taps, gateway->uplink);
}

static void on_ack(struct gateway *gateway, const struct msg_ack *ack)
{
	uplink_on_ack(gateway->uplink, ack);
}

static void on_verdict(struct gateway *gateway, const struct msg_verdict *verdict)
{
	if (!api_on_verdict(gateway, verdict))
		admit_on_verdict(gateway->admit, verdict);
}

static void on_anonymous(struct gateway *gateway, const struct msg_anonymous *anonymous)
{
	admit_on_anonymous(gateway->admit, anonymous);
}

static void on_token(struct gateway *gateway, const struct msg_token *token)
{
	api_on_token(gateway, token);
}

static void on_revoked(struct gateway *gateway, const struct msg_revoked *revoked)
{
	revoke_clients(gateway, revoked);
}

static void on_series(struct gateway *gateway, const struct msg_series *series)
{
	http_series_on_answer(gateway->series, series);
}

/* ---- those of a room ---- */

static enum said encode_notice(const struct dialect *dialect, struct buf *out, const void *notice)
{
	dialect->notice(out, notice);
	return dispatch_said(out);
}

static void on_notice(struct gateway *gateway, const struct msg_notice *notice)
{
	fanout_notice(gateway, notice->room, notice->conn, encode_notice, notice);
}

static enum said encode_presence(
	const struct dialect *dialect, struct buf *out, const void *presence)
{
	dialect->presence(out, presence);
	return dispatch_said(out);
}

static void on_presence(struct gateway *gateway, const struct msg_presence *presence)
{
	struct client *client = dispatch_client_of(gateway, presence->conn);

	if (presence->conn == 0) {
		fanout_room(gateway, presence->room, 0, 0, encode_presence, presence);
	} else if (client) {
		client->dialect->presence(&gateway->text, presence);
		dispatch_answer(client, presence->ref);
	}
}

static enum said encode_roomlist(
	const struct dialect *dialect, struct buf *out, const void *roomlist)
{
	dialect->roomlist(out, roomlist);
	return dispatch_said(out);
}

static void on_roomlist(struct gateway *gateway, const struct msg_roomlist *roomlist)
{
	struct client *client = dispatch_client_of(gateway, roomlist->conn);

	if (roomlist->conn == 0) {
		fanout_all(gateway, 0, encode_roomlist, roomlist);
	} else if (client) {
		client->dialect->roomlist(&gateway->text, roomlist);
		dispatch_answer(client, roomlist->ref);
	}
}

static enum said encode_event(const struct dialect *dialect, struct buf *out, const void *event)
{
	return dialect->event(out, event);
}

/* A format of a newer hub's is not understood here. */
static bool known_format(uint8_t format)
{
	return format < EVENT_FORMATS;
}

/* That of one sender's messages of one type in one room, where only the latest is of worth. */
static uint64_t key_of(const struct msg_deliver *deliver)
{
	_cleanup_(buf_done) struct buf names = { .cap = 0 };
	uint64_t hash;

	if (!(deliver->flags & EVENT_LATEST))
		return 0;
	buf_put(&names, deliver->room);
	buf_putc(&names, '\0');
	buf_put(&names, deliver->id);
	buf_putc(&names, '\0');
	buf_put(&names, deliver->type);
	hash = hash_wide(names.data, names.len) & ~UINT64_C(1);
	return (hash ? hash : 2) | (deliver->offset > 0);
}

static void on_deliver(struct gateway *gateway, const struct msg_deliver *deliver)
{
	struct event event = {
		.room = deliver->room,
		.type = deliver->type,
		.format = (enum event_format)deliver->format,
		.body = deliver->body,
		.id = deliver->id,
		.nickname = deliver->nickname,
		.user = deliver->user,
		.epoch = deliver->epoch,
		.offset = deliver->offset,
		.time = deliver->time,
	};

	latency_note(&gateway->latency, deliver->taken);
	if (known_format(deliver->format))
		fanout_room(gateway, deliver->room, deliver->except, key_of(deliver), encode_event,
			&event);
}

static void on_directed(struct gateway *gateway, const struct msg_directed *directed)
{
	struct event event = {
		.type = directed->type,
		.format = (enum event_format)directed->format,
		.body = directed->body,
		.id = directed->id,
		.nickname = directed->nickname,
		.user = directed->user,
		.time = directed->time,
	};

	if (known_format(directed->format))
		fanout_conns(gateway, directed->conns, encode_event, &event);
}

static void on_broadcasted(struct gateway *gateway, const struct msg_broadcasted *broadcasted)
{
	struct event event = {
		.type = broadcasted->type,
		.format = (enum event_format)broadcasted->format,
		.body = broadcasted->body,
		.id = broadcasted->id,
		.nickname = broadcasted->nickname,
		.user = broadcasted->user,
		.time = broadcasted->time,
	};

	if (known_format(broadcasted->format))
		fanout_all(gateway, broadcasted->except, encode_event, &event);
}

static enum said encode_stated(const struct dialect *dialect, struct buf *out, const void *stated)
{
	if (dialect->stated)
		dialect->stated(out, stated);
	return dispatch_said(out);
}

static void on_stated(struct gateway *gateway, const struct msg_stated *stated)
{
	latency_note(&gateway->latency, stated->taken);
	fanout_room(gateway, stated->room, stated->except, 0, encode_stated, stated);
}

/* ---- taps ---- */

/* One that was asked for again, of another hub, answers no one. */
static void on_tapping(struct gateway *gateway, const struct msg_tapping *tapping)
{
	struct client *client = dispatch_client_of(gateway, tapping->conn);

	if (!client || !client->dialect->tapping)
		return;
	taps_said(gateway->taps, client->session, tapping);
	client->dialect->tapping(&gateway->text, tapping);
	dispatch_answer(client, tapping->ref);
}

static void on_tapped(struct gateway *gateway, const struct msg_tapped *tapped)
{
	struct client *client = dispatch_client_of(gateway, tapped->conn);

	if (!client || !client->dialect->tapped || !known_format(tapped->format) ||
		tapped->kind >= TAP_KINDS)
		return;
	taps_shown(gateway->taps, client->session);
	client->dialect->tapped(&gateway->text, tapped);
	client_send_text(client);
}

/* ---- the server API ---- */

static void on_api_done(struct gateway *gateway, const struct msg_api_done *done)
{
	if (done->request)
		uplink_on_refused(gateway->uplink, done->request);
	api_on_done(gateway->api, done);
}

static void on_api_rooms(struct gateway *gateway, const struct msg_api_rooms *rooms)
{
	api_on_rooms(gateway->api, rooms);
}

static void on_api_connections(
	struct gateway *gateway, const struct msg_api_connections *connections)
{
	api_on_connections(gateway->api, connections);
}

static void on_api_closed(struct gateway *gateway, const struct msg_api_closed *closed)
{
	api_on_closed(gateway->api, closed);
}

static void on_figures_ask(struct gateway *gateway, const struct msg_figures_ask *ask)
{
	figures_answer(gateway, ask);
}

static void on_api_figures(struct gateway *gateway, const struct msg_api_figures *figures)
{
	api_on_figures(gateway->api, figures);
}

static void on_api_history(struct gateway *gateway, const struct msg_api_history *history)
{
	api_on_history(gateway->api, history);
}

static void on_api_state_done(struct gateway *gateway, const struct msg_api_state_done *done)
{
	if (done->request)
		uplink_on_refused(gateway->uplink, done->request);
	api_on_state_done(gateway->api, done);
}

static void on_api_result(struct gateway *gateway, const struct msg_api_result *result)
{
	api_on_result(gateway->api, result);
}

static void on_api_entries(struct gateway *gateway, const struct msg_api_entries *entries)
{
	api_on_entries(gateway->api, entries);
}

static void on_revoke_done(struct gateway *gateway, const struct msg_revoke_done *done)
{
	api_on_revoke_done(gateway->api, done);
}

static void on_api_status(struct gateway *gateway, const struct msg_api_status *status)
{
	api_on_status(gateway->api, status);
}

/*
 * A row of messages.def for the gateway without its on_<name>() does not compile. All of the hub's
 * that are numbered are noted here, so no handler has to.
 */
/* clang-format off */
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define HANDLER_GATEWAY(NAME, name) \
	static void take_##name(void *self, struct link_peer *peer, const struct msg *msg) \
	{ \
		struct gateway *gateway = self; \
		uint64_t seq = msg_seq(msg); \
		(void)peer; \
		if (seq && !uplink_saw(gateway->uplink, seq)) \
			return; \
		on_##name(gateway, &msg->name); \
	}
#define HANDLER_HUB(NAME, name)
#define HANDLER_AUTH(NAME, name)
#define HANDLER_METRICS(NAME, name)
#define HANDLER_HANDLER(NAME, name)
#define HANDLER_LINK(NAME, name)
#define MSG(NAME, name, code, from, to) HANDLER_##to(NAME, name)
#include "proto/messages.def"
#undef MSG
#undef HANDLER_GATEWAY
#define HANDLER_GATEWAY(NAME, name) [MSG_##NAME] = take_##name,
#define MSG(NAME, name, code, from, to) HANDLER_##to(NAME, name)
const struct dispatch gateway_dispatch = { .process = PROCESS_GATEWAY, .on = {
#include "proto/messages.def"
} };
/* clang-format on */

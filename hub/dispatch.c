/* dispatch.c - messages of other processes: who may say what when; then the domain does it */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"
#include "hub/calls.h"
#include "hub/dispatch_handler.h"
#include "hub/figures.h"
#include "hub/hub.h"
#include "hub/query.h"
#include "hub/reply.h"
#include "hub/request.h"
#include "hub/roomstate.h"
#include "hub/session.h"
#include "proto/event.h"
#include "proto/grants.h"
#include "proto/meta.h"

enum {
	ADDRESS_MAX = 255,
};

static void drop(struct hub *hub, struct link_peer *peer, const char *why)
{
	hub->outlet.drop(hub->outlet.arg, peer, why);
}

static struct gateway *gateway_of(struct hub *hub, struct link_peer *peer)
{
	struct gateway *gateway = hub->outlet.gateway_of(hub->outlet.arg, peer);

	if (!gateway)
		drop(hub, peer, "only a gateway may say that");
	return gateway;
}

/* Who has sent this; NULL if it is not to be applied. `valid`: the gateway could have meant it. */
static struct gateway *sender(struct hub *hub, struct link_peer *peer, uint64_t seq, bool valid)
{
	struct gateway *gateway = gateway_of(hub, peer);
	enum gateway_verdict verdict;

	if (!gateway)
		return NULL;
	if (!valid) {
		drop(hub, peer, "a message with a value that there is not");
		return NULL;
	}
	verdict = gateway_take(gateway, seq);
	if (verdict == GATEWAY_GAP)
		drop(hub, peer, "a gap in its numbers");
	if (verdict == GATEWAY_EARLY)
		drop(hub, peer, "a numbered message before it was settled");
	return verdict == GATEWAY_APPLY ? gateway : NULL;
}

/* The live connection that has something to say, or NULL. */
static struct conn *speaker(struct hub *hub, struct link_peer *peer, uint64_t seq, uint64_t number,
	struct slice ref, bool valid)
{
	struct gateway *gateway = sender(hub, peer, seq, valid && number != 0);
	struct conn *conn;

	if (!gateway)
		return NULL;
	conn = conn_find(&hub->conns, gateway, number);
	if (!conn) {
		/*
		 * Its gateway was away for so long that it was forgotten here; the client may come
		 * back.
		 */
		session_refuse(hub, gateway, number, CLOSE_TRY_LATER);
		return NULL;
	}
	if (conn->state != CONN_LIVE)
		return NULL;
	if (ref.len > EVENT_REF_MAX) {
		reply_refusal(conn, (struct slice){ NULL, 0 }, ERROR_BAD_MESSAGE);
		return NULL;
	}
	return conn;
}

/* Likewise; what it asks for has an answer. While the journal takes nothing, that is no. */
static struct conn *asker(struct hub *hub, struct link_peer *peer, uint64_t seq, uint64_t number,
	struct slice ref, bool valid)
{
	struct conn *conn = speaker(hub, peer, seq, number, ref, valid);

	if (conn && hub->failing) {
		reply_unavailable(conn, ref, seq);
		return NULL;
	}
	return conn;
}

static bool identity_valid(struct slice user, uint8_t admin, struct slice grants, struct slice meta)
{
	return conn_user_valid(user) && admin <= 1 && grants_valid(grants) && meta_valid(meta);
}

static void on_restate(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_restate *restate = &msg->restate;
	struct gateway *gateway = gateway_of(hub, peer);

	if (!gateway)
		return;
	if (gateway->state != GATEWAY_RESTATING)
		drop(hub, peer, "RESTATE when it is not its time");
	else if (restate->conn == 0 || restate->address.len > ADDRESS_MAX ||
		!identity_valid(restate->user, restate->admin, restate->grants, restate->meta) ||
		!session_restate(hub, gateway, restate))
		drop(hub, peer, "a connection restated that cannot be");
}

static void on_restated(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	struct gateway *gateway = gateway_of(hub, peer);

	if (!gateway)
		return;
	if (gateway->state != GATEWAY_RESTATING || msg->restated.hub_epoch != hub->peers.epoch)
		drop(hub, peer, "RESTATED when it is not its time");
	else
		peers_restated(gateway, hub->now);
}

static void on_seen(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	struct gateway *gateway = gateway_of(hub, peer);

	if (gateway && msg->seen.seen > gateway->sent)
		drop(hub, peer, "it has seen what it was never sent");
	else if (gateway)
		outgoing_seen(&gateway->out, msg->seen.seen);
}

static void on_connect(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_connect *connect = &msg->connect;
	struct gateway *gateway = sender(hub, peer, connect->seq,
		connect->conn != 0 && connect->address.len <= ADDRESS_MAX &&
			identity_valid(
				connect->user, connect->admin, connect->grants, connect->meta) &&
			connect->recover <= 1 && connect->state < EVENT_STATES);

	if (gateway)
		session_connect(hub, gateway, connect);
}

static void on_disconnect(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_disconnect *disconnect = &msg->disconnect;
	bool valid = disconnect->conn != 0 && disconnect->clean <= 1 && disconnect->by < ENDERS &&
		disconnect->text.len <= CLOSED_TEXT_MAX;
	struct gateway *gateway = sender(hub, peer, disconnect->seq, valid);
	struct conn *conn = gateway ? conn_find(&hub->conns, gateway, disconnect->conn) : NULL;
	struct ending ending = { .by = (enum ender)disconnect->by,
		.code = disconnect->code,
		.text = disconnect->text,
		.queued = disconnect->queued };

	if (conn)
		session_disconnect(hub, conn, disconnect->clean, &ending);
}

static void on_identify(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_identify *identify = &msg->identify;
	struct conn *conn = speaker(hub, peer, identify->seq, identify->conn,
		(struct slice){ NULL, 0 },
		identity_valid(identify->user, identify->admin, identify->grants, identify->meta));

	if (conn)
		session_identify(hub, conn, identify);
}

static void on_join(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_join *join = &msg->join;
	struct conn *conn = asker(hub, peer, join->seq, join->conn, join->ref,
		join->recover <= 1 && join->state < EVENT_STATES);

	if (conn)
		request_join(hub, conn, join);
}

static void on_leave(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_leave *leave = &msg->leave;
	struct conn *conn = speaker(hub, peer, leave->seq, leave->conn, leave->ref, true);

	if (conn)
		request_leave(hub, conn, leave);
}

static void on_users(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_users *users = &msg->users;
	struct conn *conn = asker(hub, peer, users->seq, users->conn, users->ref, true);

	if (conn)
		request_users(hub, conn, users);
}

static void on_rooms(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_rooms *rooms = &msg->rooms;
	struct conn *conn = asker(hub, peer, rooms->seq, rooms->conn, rooms->ref, true);

	if (conn)
		request_rooms(hub, conn, rooms);
}

static void on_history(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_history *history = &msg->history;
	struct conn *conn = asker(hub, peer, history->seq, history->conn, history->ref, true);

	if (conn)
		request_history(hub, conn, history);
}

static void on_publish(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_publish *publish = &msg->publish;
	bool valid = publish->format < EVENT_FORMATS &&
		(publish->flags & ~(EVENT_NO_ECHO | EVENT_EPHEMERAL)) == 0;
	struct conn *conn = asker(hub, peer, publish->seq, publish->conn, publish->ref, valid);

	if (conn)
		request_publish(hub, conn, publish);
}

static void on_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_state *state = &msg->state;
	struct conn *conn = asker(self, peer, state->seq, state->conn, state->ref,
		(state->flags & ~EVENT_NO_ECHO) == 0);

	if (conn)
		roomstate_change(self, conn, state);
}

static void on_state_get(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_state_get *get = &msg->state_get;
	struct conn *conn = asker(self, peer, get->seq, get->conn, get->ref, true);

	if (conn)
		roomstate_get(self, conn, get);
}

static void on_direct(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_direct *direct = &msg->direct;
	struct conn *conn = asker(
		hub, peer, direct->seq, direct->conn, direct->ref, direct->format < EVENT_FORMATS);

	if (conn)
		request_direct(hub, conn, direct);
}

static void on_broadcast(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct hub *hub = self;
	const struct msg_broadcast *broadcast = &msg->broadcast;
	bool valid = broadcast->scope < EVENT_SCOPES && broadcast->format < EVENT_FORMATS &&
		(broadcast->flags & ~(EVENT_NO_ECHO | EVENT_EPHEMERAL)) == 0;
	struct conn *conn = asker(
		hub, peer, broadcast->seq, broadcast->conn, broadcast->ref, valid);

	if (conn)
		request_broadcast(hub, conn, broadcast);
}

static void on_tap(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_tap *tap = &msg->tap;
	struct conn *conn = asker(self, peer, tap->seq, tap->conn, tap->ref, true);

	if (conn)
		request_tap(self, conn, tap);
}

static void on_untap(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_untap *untap = &msg->untap;
	struct conn *conn = asker(self, peer, untap->seq, untap->conn, untap->ref, true);

	if (conn)
		request_untap(self, conn, untap);
}

/* Who may say what is the gateway's to know; whether it can be is looked at here. */
static struct gateway *caller(struct hub *hub, struct link_peer *peer, uint64_t seq, uint64_t call,
	struct slice user, bool valid)
{
	struct gateway *gateway = sender(
		hub, peer, seq, valid && call != 0 && conn_user_valid(user));

	if (gateway && hub->failing) {
		api_unavailable(gateway, call, seq);
		return NULL;
	}
	return gateway;
}

static void on_api_publish(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_publish *publish = &msg->api_publish;
	struct gateway *gateway = caller(self, peer, publish->seq, publish->call, publish->user,
		(publish->flags & ~EVENT_EPHEMERAL) == 0);

	if (gateway)
		api_publish(self, gateway, publish);
}

static void on_api_call(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_call *call = &msg->api_call;
	struct gateway *gateway = caller(self, peer, call->seq, call->call, call->user, true);

	if (gateway)
		api_call(self, gateway, call);
}

static void on_api_send(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_send *send = &msg->api_send;
	struct gateway *gateway = caller(self, peer, send->seq, send->call, send->user, true);

	if (gateway)
		api_send(self, gateway, send);
}

static void on_api_broadcast(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_broadcast *broadcast = &msg->api_broadcast;
	struct gateway *gateway = caller(self, peer, broadcast->seq, broadcast->call,
		broadcast->user,
		broadcast->scope < EVENT_SCOPES && (broadcast->flags & ~EVENT_EPHEMERAL) == 0);

	if (gateway)
		api_broadcast(self, gateway, broadcast);
}

static void on_api_steer(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_steer *steer = &msg->api_steer;
	struct gateway *gateway = caller(self, peer, steer->seq, steer->call, steer->user,
		steer->action < API_ACTIONS && steer->reason < CLOSE_MAX);

	if (gateway)
		api_steer(self, gateway, steer);
}

static void on_api_query(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_query *query = &msg->api_query;
	struct gateway *gateway = caller(self, peer, query->seq, query->call,
		(struct slice){ NULL, 0 },
		query->query < API_QUERIES && query->order < API_ORDERS && query->descending <= 1 &&
			query->goes_on <= 1);

	if (gateway)
		query_answer(self, gateway, query);
}

static void on_figures(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct gateway *gateway = gateway_of(self, peer);

	if (gateway && msg->figures.asker == 0)
		ranking_take(self, gateway, &msg->figures);
	else if (gateway)
		figures_pass_on(self, &msg->figures);
}

static void on_api_state(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_state *change = &msg->api_state;
	struct gateway *gateway = caller(self, peer, change->seq, change->call, change->user, true);

	if (gateway)
		api_state(self, gateway, change);
}

static void on_api_state_get(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_api_state_get *get = &msg->api_state_get;
	struct gateway *gateway = caller(
		self, peer, get->seq, get->call, (struct slice){ NULL, 0 }, true);

	if (gateway)
		api_state_get(self, gateway, get);
}

static void on_call(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_call *call = &msg->call;
	struct conn *conn = asker(self, peer, call->seq, call->conn, call->ref, true);

	if (conn)
		call_ask(self, conn, call);
}

static void on_announce(void *self, struct link_peer *peer, const struct msg *msg)
{
	if (event_room_valid(msg->announce.room) && event_type_valid(msg->announce.type))
		request_announce(self, &msg->announce);
	else
		drop(self, peer, "an announcement with a name that cannot be");
}

/* clang-format off */
const struct dispatch hub_dispatch = { .process = PROCESS_HUB, .on = {
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define DISPATCH_HUB(NAME, name) [MSG_##NAME] = on_##name,
#define DISPATCH_GATEWAY(NAME, name)
#define DISPATCH_AUTH(NAME, name)
#define DISPATCH_METRICS(NAME, name)
#define DISPATCH_HANDLER(NAME, name)
#define DISPATCH_LINK(NAME, name)
#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)
#include "proto/messages.def"
} };
/* clang-format on */

/* client.c - one WebSocket connection, from its handshake to its end */
/* SPDX-License-Identifier: MIT */
#include "gateway/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/admit.h"
#include "gateway/clients.h"
#include "gateway/expiry.h"
#include "gateway/flush.h"
#include "gateway/introduction.h"
#include "gateway/latest.h"
#include "gateway/limits.h"
#include "gateway/memory.h"
#include "gateway/tls_stream.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	ASKED_MAX = 8 * 1024 * 1024, /* bytes */
	OWN_ROOM_RANDOM = 8, /* characters behind OWN_ROOM */
};

/* A room of the client's own, as Project Forge calls it. */
#define OWN_ROOM "example-"
enum { OWN_ROOM_SIZE = sizeof(OWN_ROOM) + OWN_ROOM_RANDOM };

struct client *client_new(struct gateway *gateway, int fd)
{
	struct client *client = mem_alloc(sizeof(*client));

	client->gateway = gateway;
	client->fd = fd;
	list_init(&client->link);
	list_init(&client->dirty_link);
	list_init(&client->paused_link);
	list_init(&client->stuck_link);
	clients_add(gateway->clients, client);
	gateway->limits.sockets++;
	counter_add(COUNTER_GATEWAY_UPGRADED, 1);
	return client;
}

void client_free(struct client *client)
{
	client_leave_hub(client, &(struct ending){ .by = ENDER_GONE, .code = ENDER_NO_FRAME });
	question_cancel(client);
	introduction_free(client->intro);
	expiry_free(client);
	wheel_remove(&client->deadline);
	flush_forget(client);
	list_remove(&client->stuck_link);
	outbox_clear(&client->outbox);
	wsproto_done(&client->ws);
	buf_done(&client->held);
	buf_done(&client->unread);
	memory_count(client);
	joins_done(&client->joins);
	watch_free(client->watch);
	tls_stream_free(client->tls);
	close(client->fd);
	addresses_give(client->gateway->addresses, client->from);
	limits_give_socket(&client->gateway->limits);
	if (client->deflate_bits)
		counter_sub(COUNTER_GATEWAY_COMPRESSING, 1);
	clients_remove(client->gateway->clients, client);
	gateway_check_drained(client->gateway);
	mem_free(client);
}

/* ---- what goes out ---- */

static bool is_overfull(const struct client *client)
{
	return client->outbox.bytes > (size_t)client->gateway->conf->max_queue + client->asked;
}

/* Who has agreed on compression gets the compressed form, if there is one. */
static struct frame *form_for(const struct client *client, struct frame *frame)
{
	const struct gateway_conf *conf = client->gateway->conf;
	const struct deflater_limits limits = {
		.min = (size_t)conf->compression_min,
		.max = (size_t)conf->max_message,
		.level = (int)conf->compression_level,
	};

	if (!client->deflate_bits || !conf->compression)
		return frame;
	return deflater_form(client->gateway->deflater, frame, client->deflate_bits, &limits);
}

void client_send(struct client *client, struct frame *frame)
{
	if (client->state == CLIENT_CLOSING || client->overrun || client->doomed)
		return;
	frame = form_for(client, frame);
	if (frame->key && client->blocked)
		latest_push(&client->outbox, frame);
	else
		outbox_push(&client->outbox, frame);
	client->tally.sent++;
	client->tally.sent_bytes += frame->len;
	counter_add(COUNTER_GATEWAY_DELIVERED, 1);
	flush_mark(client);
	if (!is_overfull(client))
		return;
	/*
	 * A burst within one turn is not the client's fault. Closing waits, for the caller may be
	 * walking over a room.
	 */
	flush_now(client);
	client->overrun = is_overfull(client);
}

void client_send_text(struct client *client)
{
	struct buf *text = &client->gateway->text;
	struct frame *frame;

	if (text->len == 0)
		return;
	frame = frame_new(FRAME_TEXT, buf_slice(text));
	buf_clear(text);
	client_send(client, frame);
	frame_unref(frame);
}

void client_allow(struct client *client, size_t len)
{
	client->asked = (uint32_t)(client->asked + len < ASKED_MAX ? client->asked + len
								   : ASKED_MAX);
}

void client_send_asked(struct client *client, enum said said)
{
	struct buf *text = &client->gateway->text;
	struct frame *frame;

	if (said == SAID_NOTHING)
		return;
	frame = frame_new(said == SAID_BINARY ? FRAME_BINARY : FRAME_TEXT, buf_slice(text));
	buf_clear(text);
	client_allow(client, frame->len);
	client_send(client, frame);
	frame_unref(frame);
}

void client_answered(struct client *client, struct slice ref)
{
	if (ref.len && client->unanswered)
		client->unanswered--;
}

/* What was read and not looked at, or is held, is still to be said. */
bool client_is_answered(const struct client *client)
{
	if (client->state == CLIENT_ADMITTING || client->state == CLIENT_CONNECTING)
		return false;
	return client->state != CLIENT_OPEN ||
		(client->unanswered == 0 && client->unread.len == 0 && !client->question);
}

void client_error(struct client *client, enum error error, struct slice ref)
{
	counter_add(error_row(error)->counter, 1);
	client->dialect->error(&client->gateway->text, error, ref);
	client_send_text(client);
	if (client->dialect->fatal)
		client_close(client, client->dialect->fatal(error));
}

void client_refused(struct client *client, const struct msg_refusal *refusal)
{
	const struct dialect *dialect = client->dialect;
	enum error error = refusal->error < ERROR_MAX ? (enum error)refusal->error
						      : ERROR_UNAVAILABLE;

	if (!dialect->refused || refusal->code.len + refusal->text.len == 0) {
		client_error(client, error, refusal->ref);
		return;
	}
	counter_add(error_row(error)->counter, 1);
	dialect->refused(&client->gateway->text, refusal);
	client_send_text(client);
}

void client_over_rate(struct client *client, struct slice ref)
{
	const struct dialect *dialect = client->dialect;
	uint32_t retry_ms = rate_retry_ms(&client->rate, &client->gateway->rates);

	if (!dialect->over_rate) {
		client_error(client, ERROR_RATE, ref);
		return;
	}
	counter_add(error_row(ERROR_RATE)->counter, 1);
	dialect->over_rate(&client->gateway->text, retry_ms, ref);
	client_send_text(client);
}

/* ---- deadlines ---- */

static void after(struct client *client, int64_t ms, wheel_fn fn)
{
	wheel_add(client->gateway->wheel, &client->deadline, clock_now(), (uint64_t)ms, fn);
}

static void on_auth_deadline(struct wheel_node *node)
{
	client_close((struct client *)node, CLOSE_UNAUTHORIZED);
}

static void on_ping_deadline(struct wheel_node *node)
{
	struct client *client = (struct client *)node;
	const struct gateway_conf *conf = client->gateway->conf;

	if (client->paused) {
		/* its pong could not be read */
		client->awaiting_pong = false;
		after(client, conf->ping_interval, on_ping_deadline);
	} else if (client->awaiting_pong) {
		client_close(client, CLOSE_NO_PONG);
	} else {
		client->awaiting_pong = true;
		client_send(client, client->gateway->clients->ping);
		if (client->state != CLIENT_CLOSING)
			after(client, conf->pong_timeout, on_ping_deadline);
	}
}

void client_ponged(struct client *client)
{
	if (!client->awaiting_pong || client->state == CLIENT_CLOSING)
		return;
	client->awaiting_pong = false;
	after(client, client->gateway->conf->ping_interval, on_ping_deadline);
}

void client_pause(struct client *client, enum client_pause why)
{
	const struct gateway *gateway = client->gateway;

	if (!client->paused)
		rate_pause(&client->rate, &gateway->rates, loop_now_ms(gateway->loop));
	client->paused |= (uint8_t)why;
	client_watch(client);
}

/* What was read before the pause is looked at in the end of this turn, and then what has come. */
void client_unpause(struct client *client, enum client_pause why)
{
	const struct gateway *gateway = client->gateway;

	if (!(client->paused & why))
		return;
	client->paused &= (uint8_t)~why;
	client_watch(client);
	flush_mark(client);
	if (client->paused)
		return;
	rate_unpause(&client->rate, &gateway->rates, loop_now_ms(gateway->loop));
	if (client->awaiting_pong)
		after(client, gateway->conf->pong_timeout, on_ping_deadline);
}

/* ---- the way in ---- */

void client_greet(struct client *client, const struct handshake *handshake, bool valid)
{
	client->dialect = handshake->dialect;
	client->quiet = handshake->quiet;
	client->from = addresses_take(client->gateway->addresses, &handshake->from);
	client->deflate_bits = handshake->deflate_bits;
	if (client->deflate_bits)
		counter_add(COUNTER_GATEWAY_COMPRESSING, 1);
	client->state = CLIENT_ADMITTING;
	if (!valid) {
		client_close(client, CLOSE_BAD_REQUEST);
		return;
	}
	if (client->gateway->draining) {
		client_close(client, CLOSE_RESTART);
		return;
	}
	client->intro = introduction_new(handshake);
	admit_enter(client, handshake->token);
}

void client_locked(struct client *client)
{
	if (client->dialect->bare) {
		client_close(client, CLOSE_UNAUTHORIZED);
		return;
	}
	client->state = CLIENT_LOCKED;
	flush_release(client);
	after(client, client->gateway->conf->auth_timeout, on_auth_deadline);
	client_release(client);
}

/* What is meant where a message names no room: what the client came for, or what is given to it. */
static void choose_room(const struct client *client, char own[OWN_ROOM_SIZE], struct slice *room)
{
	if (room->len)
		return;
	*room = slice_of(client->gateway->conf->default_room);
	if (!client->dialect->own_room)
		return;
	memcpy(own, OWN_ROOM, sizeof(OWN_ROOM) - 1);
	service_random_text(own + sizeof(OWN_ROOM) - 1, OWN_ROOM_RANDOM);
	*room = slice_of(own);
}

void client_admitted(struct client *client, const struct msg_verdict *verdict)
{
	struct gateway *gateway = client->gateway;
	struct session *session = session_new(gateway->sessions, client, client->dialect->id);
	struct msg msg = { .type = MSG_CONNECT };
	char own[OWN_ROOM_SIZE];

	introduction_connect(client->intro, verdict, &msg.connect);
	choose_room(client, own, &msg.connect.room);
	msg.connect.conn = session->conn;
	msg.connect.dialect = (uint8_t)client->dialect->id;
	msg.connect.since_ms = session->came = clock_wall_ms();
	expiry_identity(session, verdict,
		(struct slice[SESSION_TEXTS]){ [SESSION_NICKNAME] = msg.connect.nickname,
			[SESSION_ADDRESS] = msg.connect.address,
			[SESSION_ROOM] = msg.connect.room });
	client->session = session;
	client->state = CLIENT_CONNECTING;
	session->connect_seq = uplink_send(gateway->uplink, &msg);
	expiry_set(client);
	introduction_free(client->intro);
	client->intro = NULL;
	after(client, gateway->conf->ping_interval, on_ping_deadline);
}

void client_connected(struct client *client, const struct msg_connected *connected)
{
	struct gateway *gateway = client->gateway;
	struct dialect_welcome welcome = {
		.id = connected->id,
		.nickname = connected->nickname,
		.user = session_get(client->session, SESSION_USER),
		.resume = connected->resume,
		.room = session_get(client->session, SESSION_ROOM),
		.epoch = uplink_hub_epoch(gateway->uplink),
		.ping_ms = (uint64_t)gateway->conf->ping_interval,
		.resumed = connected->resumed,
	};

	if (client->state != CLIENT_CONNECTING)
		return;
	client->state = CLIENT_OPEN;
	flush_release(client);
	client->dialect->welcome(&gateway->text, &welcome);
	client_send_text(client);
	client_release(client);
}

/* client_io.c - a WebSocket's bytes and the messages that come in */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/client.h"
#include "gateway/clients.h"
#include "gateway/flush.h"
#include "gateway/http.h"
#include "gateway/memory.h"
#include "gateway/requests.h"
#include "gateway/tls_pump.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	READ_WHILE_FULL = 4096,
	/* a message in pieces, their headers included: so often max_message, and so much more */
	PIECES_FACTOR = 8,
	PIECES_SPARE = 64 * 1024,
};

/* ---- messages before the client is let in ---- */

/* Before each held message: its length, and two bits. What was over the rate stays so. */
enum { HELD_LEN = 0x3fffffff };
static const uint32_t held_binary = UINT32_C(1) << 31, held_refused = UINT32_C(1) << 30;

static void hold(struct client *client, struct slice text, bool binary, bool refused)
{
	uint32_t word = (uint32_t)text.len | (binary ? held_binary : 0) |
		(refused ? held_refused : 0);

	buf_add(&client->held, &word, sizeof(word));
	buf_put(&client->held, text);
	if (client->held.len < (size_t)client->gateway->conf->max_message)
		return;
	if (!(client->paused & PAUSE_HELD))
		counter_add(COUNTER_GATEWAY_HELD_FULL, 1);
	client_pause(client, PAUSE_HELD);
}

static bool takes_messages(const struct client *client)
{
	return client->state == CLIENT_OPEN || client->state == CLIENT_LOCKED;
}

static void take(struct client *client, struct slice text, bool binary, bool refused)
{
	if (refused)
		request_refuse(client, text, binary);
	else
		request_take(client, text, binary);
}

void client_release(struct client *client)
{
	_cleanup_(buf_done) struct buf held = client->held;
	size_t at = 0;

	client->held = (struct buf){ .cap = 0 };
	while (at < held.len && takes_messages(client)) {
		uint32_t word;
		size_t len;

		memcpy(&word, held.data + at, sizeof(word));
		len = word & HELD_LEN;
		at += sizeof(word);
		take(client, slice_make(held.data + at, len), word & held_binary,
			word & held_refused);
		at += len;
	}
	if (client->state == CLIENT_CLOSING)
		return;
	buf_add(&client->held, held.data + at, held.len - at);
	memory_count(client);
	if (takes_messages(client))
		client_unpause(client, PAUSE_HELD);
}

static void on_message(struct client *client, struct slice text, bool binary, bool refused)
{
	client->tally.received++;
	client->tally.received_bytes += text.len;
	counter_add(COUNTER_GATEWAY_RECEIVED, 1);
	counter_add(COUNTER_GATEWAY_RECEIVED_BYTES, text.len);
	if (takes_messages(client))
		take(client, text, binary, refused);
	else
		hold(client, text, binary, refused);
}

/* ---- reading ---- */

/* The hub is behind: who says more is not read until it has caught up. */
static void push_back(struct client *client)
{
	struct gateway *gateway = client->gateway;

	if (client->state == CLIENT_CLOSING || !uplink_is_full(gateway->uplink))
		return;
	list_append(&gateway->clients->paused, &client->paused_link);
	client_pause(client, PAUSE_UPLINK);
}

static void on_ping(struct client *client, struct slice payload, bool refused)
{
	struct frame *frame;

	if (refused) {
		counter_add(COUNTER_GATEWAY_PINGS_IGNORED, 1);
		return;
	}
	frame = frame_new(FRAME_PONG, payload);
	client_send(client, frame);
	frame_unref(frame);
}

/*
 * A message or a control frame is whole: is it one too many? A compressed one counts as what is in
 * it, for that is what others have to hear.
 */
static enum rate_verdict judge(struct client *client, const struct ws_event *event)
{
	const struct gateway *gateway = client->gateway;
	size_t bytes = client->rate.coming;

	if (event->payload.len > bytes)
		bytes = event->payload.len;
	client->rate.coming = 0;
	return rate_take(&client->rate, &gateway->rates, loop_now_ms(gateway->loop), bytes);
}

static void on_whole(struct client *client, const struct ws_event *event)
{
	enum rate_verdict verdict = judge(client, event);
	bool refused = verdict != RATE_TAKEN;

	if (verdict == RATE_PERSISTS) {
		client_close(client, CLOSE_RATE);
	} else if (event->type == WS_MESSAGE) {
		on_message(client, event->payload, event->binary, refused);
		push_back(client);
	} else if (event->type == WS_PING) {
		on_ping(client, event->payload, refused);
	} else {
		client_ponged(client);
	}
}

/* The payload of a message in pieces is bounded; the frames around the pieces are not. */
static void on_part(struct client *client)
{
	const struct gateway_conf *conf = client->gateway->conf;

	if (client->rate.coming > conf->max_message * PIECES_FACTOR + PIECES_SPARE)
		client_close(client, CLOSE_TOO_BIG);
}

static void on_event(struct client *client, const struct ws_event *event)
{
	if (event->type == WS_CLOSE)
		client_said_close(client, event->payload);
	else if (client->state == CLIENT_CLOSING)
		return;
	else if (event->type == WS_FAILED)
		client_close(client, event->reason);
	else if (event->type == WS_NOTHING)
		on_part(client);
	else
		on_whole(client, event);
}

/* What was read of it is not looked at now. */
static bool waits(const struct client *client)
{
	return client->paused & (PAUSE_HELD | PAUSE_UPLINK);
}

/* Frames are unmasked where they stand. What is left when the client is paused is kept. */
static void take_bytes(struct client *client, char *at, size_t len)
{
	const struct ws_limits limits = {
		.max_message = (size_t)client->gateway->conf->max_message,
		.binary = client->dialect->binary,
		.inflater = client->deflate_bits ? client->gateway->inflater : NULL,
	};
	struct ws_event event;

	do {
		size_t before = len;

		wsproto_next(&client->ws, &limits, &at, &len, &event);
		client->rate.coming += (uint32_t)(before - len);
		on_event(client, &event);
	} while (event.type != WS_NOTHING && !waits(client));
	if (waits(client) && len)
		buf_add(&client->unread, at, len);
	memory_count(client);
}

/*
 * The end came in the same record as what was read last: the socket will not tell. What it is
 * answered with goes first.
 */
static void end_if_over(struct client *client)
{
	if (!client->tls || !tls_stream_is_over(client->tls) || waits(client))
		return;
	flush_now(client);
	client_doom(client);
}

void client_read_on(struct client *client)
{
	struct buf unread = client->unread;

	if (!waits(client) && unread.len) {
		client->unread = (struct buf){ .cap = 0 };
		take_bytes(client, unread.data, unread.len);
		buf_done(&unread);
	}
	end_if_over(client);
}

/* Of what has come, at most `most` bytes of the socket; as recv(), but with -errno. */
static ssize_t read_some(struct client *client, size_t most)
{
	char *bytes = client->gateway->read;
	ssize_t n;

	if (client->tls) {
		n = tls_stream_read(client->tls, bytes, most);
		if (tls_stream_waits(client->tls))
			flush_mark(client);
		return n;
	}
	n = recv(client->fd, bytes, most, MSG_DONTWAIT);
	return n < 0 ? -errno : n;
}

static void on_ready(void *arg)
{
	struct client *client = arg;
	struct gateway *gateway = client->gateway;
	size_t most = sizeof(gateway->read);
	ssize_t n;

	if (client->doomed)
		return;
	if (client->blocked) {
		client->blocked = false;
		client_watch(client);
		flush_now(client);
	}
	client_read_on(client); /* it was paused; what came first is looked at first */
	if (client->paused || client->doomed)
		return;
	/* while the hub is behind, so much is kept of each; pongs are among it */
	if (gateway->uplink && uplink_is_full(gateway->uplink))
		most = READ_WHILE_FULL;
	n = read_some(client, most);
	if (n > 0)
		take_bytes(client, gateway->read, (size_t)n);
	else if (n != -EAGAIN && n != -EINTR)
		client_doom(client);
	end_if_over(client);
}

void client_watch(struct client *client)
{
	watch_want(client->watch, !client->paused && !client->doomed,
		client->blocked && !client->doomed);
}

/* ---- from lws ---- */

/* It is left a socket that is not connected, to close. */
int client_take_socket(struct gateway *gateway, struct lws *wsi, int from)
{
	int theirs = lws_get_socket_fd(wsi), ours;

	if (lws_partial_buffered(wsi))
		return -EPIPE;
	ours = fcntl(theirs, F_DUPFD_CLOEXEC, from);
	if (ours < 0)
		return -errno;
	/* the loop may be watching it under lws's number, and would go on doing so */
	(void)epoll_ctl(uv_backend_fd(loop_uv(gateway->loop)), EPOLL_CTL_DEL, theirs, NULL);
	if (dup3(gateway->clients->decoy, theirs, O_CLOEXEC) < 0) {
		close(ours);
		return -EBADF;
	}
	return ours;
}

/* ---- the beginning ---- */

static void answer(struct client *client, struct slice text)
{
	struct frame *frame = frame_new_raw(text);

	outbox_push(&client->outbox, frame);
	frame_unref(frame);
	flush_hold(client);
	flush_mark(client);
}

void client_enter(struct gateway *gateway, int fd, struct tls_stream *tls,
	const struct handshake *handshake, bool valid, struct slice behind)
{
	struct client *client = client_new(gateway, fd);

	client->tls = tls;
	client->watch = watch_new(gateway->loop, fd, on_ready, client);
	if (!client->watch) {
		client_free(client);
		return;
	}
	if (handshake->answer.len)
		answer(client, handshake->answer);
	client_greet(client, handshake, valid);
	buf_put(&client->unread, behind);
	client_read_on(client);
	if (tls && tls_stream_waits(tls))
		flush_mark(client);
}

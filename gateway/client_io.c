/* client_io.c - what lws says of a WebSocket, and the messages that come in */
/* SPDX-License-Identifier: MIT */
#include "gateway/client.h"
#include "gateway/clients.h"
#include "gateway/flush.h"
#include "gateway/http.h"
#include "gateway/requests.h"
#include "gateway/uplink.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

/* ---- messages before the client is let in ---- */

/* Before each held message; the highest bit says that it is binary. */
static const uint32_t held_binary = UINT32_C(1) << 31;

static void hold(struct client *client, struct slice text, bool binary)
{
	uint32_t word = (uint32_t)text.len | (binary ? held_binary : 0);

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

void client_release(struct client *client)
{
	_cleanup_(buf_done) struct buf held = client->held;
	size_t at = 0;

	client->held = (struct buf){ .cap = 0 };
	while (at < held.len && takes_messages(client)) {
		uint32_t word;
		size_t len;

		memcpy(&word, held.data + at, sizeof(word));
		len = word & ~held_binary;
		at += sizeof(word);
		request_take(client, slice_make(held.data + at, len), word & held_binary);
		at += len;
	}
	if (client->state == CLIENT_CLOSING)
		return;
	buf_add(&client->held, held.data + at, held.len - at);
	if (takes_messages(client))
		client_unpause(client, PAUSE_HELD);
}

void client_take(struct client *client, struct slice text, bool binary)
{
	counter_add(COUNTER_GATEWAY_RECEIVED, 1);
	counter_add(COUNTER_GATEWAY_RECEIVED_BYTES, text.len);
	if (takes_messages(client))
		request_take(client, text, binary);
	else
		hold(client, text, binary);
}

/* ---- what lws calls ---- */

static void on_established(struct lws *wsi, struct wire *wire)
{
	_cleanup_(buf_done) struct buf memory = { .cap = 0 };
	struct gateway *gateway = gateway_of(wsi);
	struct handshake handshake = { .dialect = NULL };
	int r = http_handshake(gateway, wsi, &memory, &handshake);

	wire->client = client_new(gateway, wsi);
	client_greet(wire->client, &handshake, r == 0);
	if (memory.len)
		explicit_bzero(memory.data, memory.len);
}

/* The hub is behind: who says more is not read until it has caught up. */
static void push_back(struct client *client)
{
	struct gateway *gateway = client->gateway;

	if (client->state == CLIENT_CLOSING || !uplink_is_full(gateway->uplink))
		return;
	list_append(&gateway->clients->paused, &client->paused_link);
	client_pause(client, PAUSE_UPLINK);
}

static void on_receive(struct client *client, struct slice bytes)
{
	struct lws *wsi = client->wsi;
	struct piece piece = {
		.bytes = bytes,
		.remaining = lws_remaining_packet_payload(wsi),
		.first = lws_is_first_fragment(wsi),
		.last = lws_is_final_fragment(wsi),
		.binary = lws_frame_is_binary(wsi),
	};
	struct slice message;
	int r;

	if (client->state == CLIENT_CLOSING)
		return;
	if (piece.binary && !client->dialect->binary) {
		client_close(client, CLOSE_UNSUPPORTED);
		return;
	}
	r = assembly_add(
		&client->assembly, &piece, (size_t)client->gateway->conf->max_message, &message);
	if (r < 0)
		client_close(client, wsproto_reason(r));
	if (r <= 0)
		return;
	client_take(client, message, piece.binary);
	if (client->assembly.buf.cap)
		assembly_done(&client->assembly);
	push_back(client);
}

static void on_writeable(struct client *client)
{
	client->blocked = false;
	flush_now(client);
}

int client_callback(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct wire *wire = user;
	struct client *client = wire ? wire->client : NULL;

	if (reason == LWS_CALLBACK_ESTABLISHED) {
		on_established(wsi, wire);
		return 0;
	}
	if (!client)
		return 0;
	switch ((int)reason) {
	case LWS_CALLBACK_RECEIVE:
		on_receive(client, slice_make(in, len));
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		client_ponged(client);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		on_writeable(client);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		/* -1: it answers our close frame, all is said; else lws answers */
		return client_said_close(client, slice_make(in, len)) ? -1 : 0;
	case LWS_CALLBACK_CLOSED:
		wire->client = NULL;
		client_free(client);
		return 0;
	default:
		return 0;
	}
}

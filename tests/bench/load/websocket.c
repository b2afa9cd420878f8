/* websocket.c - as much of RFC 6455 as a client needs that only measures */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <stdio.h>
#include <string.h>

enum {
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
};

/* The template with its numbers filled in. */
static void path_of(const struct client *client, char path[PATH_SIZE])
{
	size_t len = 0;

	for (const char *c = options.path; *c && len + 12 < PATH_SIZE; c++) {
		if (*c == '%' && (c[1] == 'r' || c[1] == 'c'))
			len += (size_t)snprintf(path + len, PATH_SIZE - len, "%u",
				*++c == 'r' ? client->room : client->number);
		else
			path[len++] = *c;
	}
	path[len] = '\0';
}

void websocket_request(struct client *client)
{
	const char *subprotocol = options.dialect->subprotocol;
	char path[PATH_SIZE], request[2 * PATH_SIZE];
	int len;

	path_of(client, path);
	len = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
		"Sec-WebSocket-Version: 13\r\n%s%s%s\r\n",
		path, options.port, subprotocol ? "Sec-WebSocket-Protocol: " : "",
		subprotocol ? subprotocol : "", subprotocol ? "\r\n" : "");
	client_queue(client, request, (size_t)len);
}

void websocket_queue(struct client *client, unsigned opcode, const char *payload, size_t len)
{
	static const char mask[4] = { 0x37, (char)0xa2, 0x51, 0x0c };
	char frame[BODY_MAX + 1024];
	size_t head = 2;

	if (len + 8 > sizeof(frame))
		fail("a frame of %zu bytes is more than this generator sends", len);
	frame[0] = (char)(0x80 | opcode);
	frame[1] = (char)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		frame[2] = (char)(len >> 8);
		frame[3] = (char)len;
		head = 4;
	}
	memcpy(frame + head, mask, 4);
	for (size_t i = 0; i < len; i++)
		frame[head + 4 + i] = payload[i] ^ mask[i & 3];
	client_queue(client, frame, head + 4 + len);
}

/* The dialect takes what is whole of what has come so far. */
static void on_data(struct client *client, const char *payload, size_t len)
{
	size_t used;

	if (!client->packet.len) {
		used = options.dialect->take(client, payload, len);
		bytes_keep(&client->packet, payload + used, len - used);
		return;
	}
	bytes_add(&client->packet, payload, len);
	used = options.dialect->take(client, client->packet.data, client->packet.len);
	bytes_keep(&client->packet, client->packet.data + used, client->packet.len - used);
}

static void on_frame(struct client *client, unsigned opcode, const char *payload, size_t len)
{
	const unsigned char *code = (const unsigned char *)payload;

	if (opcode == OP_CLOSE)
		fail("closed by the server, code %u", len < 2 ? 1005u : code[0] * 256u + code[1]);
	if (opcode == OP_PING) {
		websocket_queue(client, OP_PONG, payload, len);
		client_flush(client);
	}
	if (opcode < OP_CLOSE)
		on_data(client, payload, len);
}

static size_t take_answer(struct client *client, const char *in, size_t have)
{
	const char *end = memmem(in, have, "\r\n\r\n", 4);

	if (!end)
		return 0;
	if (have < 12 || strncmp(in, "HTTP/1.1 101", 12))
		fail("handshake refused: %.*s", (int)strcspn(in, "\r"), in);
	client->open = true;
	if (options.dialect->subscribe) {
		options.dialect->subscribe(client);
		client_flush(client);
	} else {
		client_joined(client);
	}
	return (size_t)(end + 4 - in);
}

size_t websocket_take(struct client *client, const char *in, size_t have)
{
	const unsigned char *byte = (const unsigned char *)in;
	size_t head = 2, len;

	if (!client->open)
		return take_answer(client, in, have);
	if (have < 2)
		return 0;
	len = byte[1];
	if (len == 126)
		head = 4;
	else if (len == 127)
		head = 10;
	if (have < head)
		return 0;
	if (head > 2)
		len = 0;
	for (size_t i = 2; i < head; i++)
		len = len << 8 | byte[i];
	if (have - head < len)
		return 0;
	on_frame(client, byte[0] & 15, in + head, len);
	return head + len;
}

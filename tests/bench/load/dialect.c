/* dialect.c - how each server wants to be spoken to: subscribe, publish, what came */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <stdio.h>
#include <string.h>

enum {
	OP_TEXT = 1,
	OP_BINARY = 2,
	PACKET_MAX = BODY_MAX + 256,

	MQTT_CONNACK = 0x20,
	MQTT_PUBLISH = 0x30,
	MQTT_SUBACK = 0x90,
	MQTT_REFUSED = 0x80,
};

/* ---- a frame is a message */

static void text_publish(struct client *client, const char *body, size_t len)
{
	websocket_queue(client, OP_TEXT, body, len);
}

static size_t text_take(struct client *client, const char *in, size_t have)
{
	traffic_heard(client, in, have);
	return have;
}

/* ---- Atrium: joins the room of its path, and is told so */

static void atrium_subscribe(struct client *client)
{
	(void)client;
}

static size_t atrium_take(struct client *client, const char *in, size_t have)
{
	static const char joined[] = "{\"type\":\"joined\"";

	if (!client->joined && have > sizeof(joined) && !memcmp(in, joined, sizeof(joined) - 1))
		client_joined(client);
	else
		traffic_heard(client, in, have);
	return have;
}

/* ---- NATS: lines, and payloads of a length that a line tells */

static void nats_subscribe(struct client *client)
{
	char text[256];
	int len = snprintf(text, sizeof(text),
		"CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"protocol\":1,"
		"\"lang\":\"c\",\"version\":\"1\"}\r\nSUB bench.%u 1\r\nPING\r\n",
		client->room);

	websocket_queue(client, OP_BINARY, text, (size_t)len);
}

static void nats_publish(struct client *client, const char *body, size_t len)
{
	char packet[PACKET_MAX];
	int head = snprintf(packet, sizeof(packet), "PUB bench.%u %zu\r\n", client->room, len);

	memcpy(packet + head, body, len);
	memcpy(packet + head + len, "\r\n", 2);
	websocket_queue(client, OP_BINARY, packet, (size_t)head + len + 2);
}

/* The number that a line ends with. */
static size_t last_number(const char *line, const char *end)
{
	size_t number = 0, digit = 1;

	while (--end > line && *end >= '0' && *end <= '9') {
		number += (size_t)(*end - '0') * digit;
		digit *= 10;
	}
	return number;
}

static void nats_line(struct client *client, const char *line, size_t len)
{
	if (len >= 4 && !memcmp(line, "PONG", 4)) {
		client_joined(client);
	} else if (len >= 4 && !memcmp(line, "PING", 4)) {
		websocket_queue(client, OP_BINARY, "PONG\r\n", 6);
		client_flush(client);
	} else if (len >= 4 && !memcmp(line, "-ERR", 4)) {
		fail("refused: %.*s", (int)len, line);
	}
}

static size_t nats_take(struct client *client, const char *in, size_t have)
{
	size_t used = 0, len;

	while (used < have) {
		const char *line = in + used, *end = memchr(line, '\r', have - used);

		if (!end || end + 2 > in + have)
			break;
		if (memcmp(line, "MSG ", 4)) {
			nats_line(client, line, (size_t)(end - line));
			used = (size_t)(end + 2 - in);
			continue;
		}
		len = last_number(line, end);
		if ((size_t)(in + have - end) < len + 4)
			break;
		traffic_heard(client, end + 2, len);
		used = (size_t)(end + 2 - in) + len + 2;
	}
	return used;
}

/* ---- MQTT 3.1.1, QoS 0 */

/* The packet's first byte, its length, and what is in it. */
static void mqtt_queue(struct client *client, unsigned first, const char *data, size_t len)
{
	char packet[PACKET_MAX + 8];
	size_t head = 0, left = len;

	packet[head++] = (char)first;
	do {
		packet[head++] = (char)((left & 127) | (left > 127 ? 128 : 0));
		left >>= 7;
	} while (left);
	memcpy(packet + head, data, len);
	websocket_queue(client, OP_BINARY, packet, head + len);
}

/* A string behind its length in two bytes; returns how many they are together. */
static size_t mqtt_string(char *to, size_t size, const char *format, unsigned number)
{
	int len = snprintf(to + 2, size - 2, format, number);

	to[0] = 0;
	to[1] = (char)len;
	return (size_t)len + 2;
}

static void mqtt_subscribe(struct client *client)
{
	/* MQTT, level 4, clean session, no keep-alive */
	char connect[64] = "\0\4MQTT\4\2\0\0", subscribe[64] = "\0\1";
	size_t len = 10 + mqtt_string(connect + 10, sizeof(connect) - 10, "c%u", client->number);

	mqtt_queue(client, 0x10, connect, len);
	len = 2 + mqtt_string(subscribe + 2, sizeof(subscribe) - 3, "bench/%u", client->room);
	subscribe[len++] = 0;
	mqtt_queue(client, 0x82, subscribe, len);
}

static void mqtt_publish(struct client *client, const char *body, size_t len)
{
	char packet[PACKET_MAX];
	size_t head = mqtt_string(packet, 64, "bench/%u", client->room);

	memcpy(packet + head, body, len);
	mqtt_queue(client, MQTT_PUBLISH, packet, head + len);
}

static void mqtt_packet(struct client *client, unsigned first, const char *data, size_t len)
{
	const unsigned char *byte = (const unsigned char *)data;
	size_t topic;

	if (first == MQTT_CONNACK && (len != 2 || byte[1]))
		fail("CONNECT was refused");
	if (first == MQTT_SUBACK && (len != 3 || byte[2] == MQTT_REFUSED))
		fail("SUBSCRIBE was refused");
	if (first == MQTT_SUBACK)
		client_joined(client);
	if (first != MQTT_PUBLISH || len < 2)
		return;
	topic = (size_t)byte[0] << 8 | byte[1];
	if (2 + topic <= len)
		traffic_heard(client, data + 2 + topic, len - 2 - topic);
}

static size_t mqtt_take(struct client *client, const char *in, size_t have)
{
	size_t used = 0;

	while (have - used >= 2) {
		size_t at = used + 1, len = 0;
		unsigned shift = 0;

		do {
			len |= (size_t)(in[at] & 127) << shift;
			shift += 7;
		} while (in[at++] & 128 && at < have && shift < 28);
		if (in[at - 1] & 128 || have - at < len)
			break;
		mqtt_packet(client, (unsigned char)in[used], in + at, len);
		used = at + len;
	}
	return used;
}

/* ---- the table */

static const struct dialect dialects[] = {
	{ "atrium", "/api/ws?room=bench-%r&nickname=c%c", NULL, OP_TEXT, atrium_subscribe,
		text_publish, atrium_take, false },
	{ "plain", "/bench-%r", NULL, OP_TEXT, NULL, text_publish, text_take, false },
	{ "post", "/bench-%r", NULL, OP_TEXT, NULL, post_queue, text_take, true },
	{ "nats", "/", NULL, OP_BINARY, nats_subscribe, nats_publish, nats_take, false },
	{ "mqtt", "/mqtt", "mqtt", OP_BINARY, mqtt_subscribe, mqtt_publish, mqtt_take, false },
};

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		if (!strcmp(dialects[i].name, name))
			return &dialects[i];
	fail("no such dialect: %s", name);
}

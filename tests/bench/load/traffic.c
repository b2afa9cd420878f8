/* traffic.c - who publishes when, and whether each client has got each message, in order */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "\"content\":\"#"

struct publisher {
	struct client *client; /* its connection */
	unsigned room, sent, through;
	uint64_t *sent_at; /* ns, by message; when it was due, if there is a rate */
	unsigned *received; /* by how many, by message */
};

static struct publisher *publishers;
static unsigned publisher_count, room_size, done_count;
static uint64_t deliveries;
static char filling[BODY_MAX]; /* what is between a message's numbers and its end */
static size_t filling_len;

/* The last clients of each room publish: they joined last, so all are there who should hear. */
void traffic_prepare(void)
{
	room_size = options.clients / options.rooms;
	publisher_count = options.publishers * options.rooms;
	publishers = need(calloc(publisher_count, sizeof(*publishers)));
	for (unsigned i = 0; i < publisher_count; i++) {
		struct publisher *publisher = &publishers[i];

		publisher->client = &clients[options.clients - publisher_count + i];
		publisher->room = publisher->client->room;
		if (options.dialect->posts)
			publisher->client = client_that_posts(publisher->room);
		publisher->sent_at = need(calloc(options.messages + 1, sizeof(uint64_t)));
		publisher->received = need(calloc(options.messages + 1, sizeof(unsigned)));
	}
}

/* Only queued: who publishes several at once sends them at once. */
static void publish(struct publisher *publisher, uint64_t when)
{
	char body[BODY_MAX];
	unsigned number = publisher->sent++;
	int len = snprintf(body, sizeof(body), "{\"type\":\"message\"," MARK "%06u.%08u.",
		(unsigned)(publisher - publishers), number);

	filling_len = options.bytes - (size_t)len - 2;
	memset(filling, 'x', filling_len);
	memcpy(body + len, filling, filling_len);
	memcpy(body + options.bytes - 2, "\"}", 2);
	publisher->sent_at[number] = when;
	options.dialect->publish(publisher->client, body, options.bytes);
}

static void on_message(struct client *client, unsigned from, unsigned number)
{
	struct publisher *publisher = &publishers[from];
	unsigned *expected;

	if (from >= publisher_count || number >= publisher->sent)
		fail("a message that was never sent");
	if (publisher->room != client->room)
		fail("a message of another room");
	expected = &client->expected[from / options.rooms];
	if (number != *expected)
		fail("client %u expects message %u and gets %u", client->number, *expected, number);
	++*expected;
	publisher->received[number]++;
	if (number > 0) {
		times_add(now_ns() - publisher->sent_at[number]);
		deliveries++;
	}
	while (publisher->through < publisher->sent &&
		publisher->received[publisher->through] == room_size) {
		if (publisher->through == 0 || publisher->through == options.messages)
			done_count++;
		publisher->through++;
	}
}

/* The digits of a number of fixed length. */
static unsigned number_at(const char *digits, size_t len)
{
	unsigned number = 0;

	for (size_t i = 0; i < len; i++)
		number = number * 10 + (unsigned)(digits[i] - '0');
	return number;
}

void traffic_heard(struct client *client, const char *body, size_t len)
{
	const size_t before = strlen(MARK) - 1, numbers = strlen("#000000.00000000.");
	const char *mark = memchr(body, '#', len);

	if (!mark || (size_t)(mark - body) < before || memcmp(mark - before, MARK, before))
		return;
	if ((size_t)(body + len - mark) < numbers + filling_len + 2 ||
		memcmp(mark + numbers, filling, filling_len) || mark[numbers + filling_len] != '"')
		fail("a message that was cut or changed");
	on_message(client, number_at(mark + 1, 6), number_at(mark + 8, 8));
}

void traffic_prove(void)
{
	for (unsigned i = 0; i < publisher_count; i++) {
		publish(&publishers[i], now_ns());
		client_flush(publishers[i].client);
	}
	while (done_count < publisher_count)
		turn(NS_PER_S);
}

/* So many on the way at a time; the next one when all have the oldest. */
static void run_closed(void)
{
	while (done_count < publisher_count) {
		for (unsigned i = 0; i < publisher_count; i++) {
			struct publisher *publisher = &publishers[i];
			unsigned sent = publisher->sent;

			while (publisher->sent <= options.messages &&
				publisher->sent - publisher->through < options.outstanding)
				publish(publisher, now_ns());
			if (publisher->sent > sent)
				client_flush(publisher->client);
		}
		turn(NS_PER_S);
	}
}

/* At the times that are due, whatever is still on its way. */
static void run_paced(void)
{
	uint64_t due = now_ns();

	for (unsigned number = 0; number < options.messages; due += NS_PER_S / options.rate) {
		for (uint64_t now; (now = now_ns()) < due;)
			turn(due - now);
		for (unsigned i = 0; i < publisher_count; i++) {
			publish(&publishers[i], due);
			client_flush(publishers[i].client);
		}
		number++;
	}
	while (done_count < publisher_count)
		turn(NS_PER_S);
}

void traffic_run(void)
{
	done_count = 0;
	if (options.rate)
		run_paced();
	else
		run_closed();
}

uint64_t traffic_deliveries(void)
{
	return deliveries;
}

unsigned traffic_unfinished(void)
{
	return publisher_count - done_count;
}

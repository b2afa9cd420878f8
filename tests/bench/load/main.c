/* main.c - load: many WebSocket clients publish, wait until all have all, tell the times */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	load - load generator of `make bench`
 *
 * SYNOPSIS
 *	load --port N [--dialect NAME] [--path TEMPLATE] [--clients N] [--rooms N]
 *	     [--publishers N] [--messages N] [--bytes N] [--outstanding N | --rate N] [--timeout S]
 *	     [--quiet MS]
 *
 * DESCRIPTION
 *	Connects the clients to loopback, spread over the rooms, each subscribed to its room in
 *	the server's own dialect (atrium, plain, post, nats or mqtt); in TEMPLATE %r stands for the
 *	room's number and %c for the client's. When all have joined and nothing more has come for
 *	QUIET it prints "connected" and waits for a line on stdin, so that who measures can read
 *	the server's clocks. With --messages 0 that was all. Else one message of each publisher
 *	goes to its room, to prove that all hear it; then it prints "ready" and waits again.
 *
 *	Then each publisher (so many in each room; they are members, too) sends its messages:
 *	OUTSTANDING of them on the way at a time, where a message is through when all clients of
 *	the room have it; or RATE a second, whatever is on its way. What may be sent at once goes
 *	by one send(2). Latency is from then (with a rate: from when it was due) to each client's
 *	reading it.
 *
 *	At the end it prints one JSON object and waits for another line.
 *
 * EXIT STATUS
 *	1 if anything was missing after TIMEOUT, doubled, cut, or out of order
 */
#include "tests/bench/load/load.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LATE_MS = 30, /* after the end, for what should not come */
};

struct options options = {
	.clients = 100,
	.rooms = 1,
	.publishers = 1,
	.messages = 100,
	.bytes = 128,
	.outstanding = 1,
	.timeout = 60,
	.quiet = 1300, /* longer than any server here waits before it tells who came */
};

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void read_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "port", 1, NULL, 0 },
		{ "clients", 1, NULL, 1 },
		{ "rooms", 1, NULL, 2 },
		{ "publishers", 1, NULL, 3 },
		{ "messages", 1, NULL, 4 },
		{ "bytes", 1, NULL, 5 },
		{ "outstanding", 1, NULL, 6 },
		{ "rate", 1, NULL, 7 },
		{ "timeout", 1, NULL, 8 },
		{ "quiet", 1, NULL, 9 },
		{ "path", 1, NULL, 'p' },
		{ "dialect", 1, NULL, 'd' },
		{ 0 },
	};
	unsigned *values[] = { &options.port, &options.clients, &options.rooms, &options.publishers,
		&options.messages, &options.bytes, &options.outstanding, &options.rate,
		&options.timeout, &options.quiet };
	int option;

	options.dialect = dialect_find("plain");
	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		if (option == '?')
			fail("no such option");
		if (option == 'p')
			options.path = optarg;
		else if (option == 'd')
			options.dialect = dialect_find(optarg);
		else
			*values[option] = (unsigned)strtoul(optarg, NULL, 10);
	}
	if (!options.path)
		options.path = options.dialect->path;
}

static void check_options(void)
{
	if (!options.port || !options.clients || !options.rooms || !options.publishers ||
		!options.outstanding || options.clients % options.rooms ||
		options.publishers > options.clients / options.rooms ||
		options.publishers * options.rooms > 999999 || options.messages > 99999999 ||
		options.bytes < BODY_MIN || options.bytes > BODY_MAX)
		fail("numbers that do not fit together");
}

/* Tells that a phase is over; returns whether there is to be another. */
static bool go_on(const char *phase)
{
	char line[16];

	puts(phase);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

static void run(void)
{
	uint64_t start = now_ns(), used = used_ns(), end;
	char text[512];

	traffic_run();
	end = now_ns();
	snprintf(text, sizeof(text),
		"{\"clients\":%u,\"deliveries\":%llu,\"seconds\":%.6f,\"load_seconds\":%.6f,\"p50_us\":%.1f,"
		"\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}",
		options.clients, (unsigned long long)traffic_deliveries(),
		(double)(end - start) / 1e9, (double)(used_ns() - used) / 1e9,
		times_quantile_us(0.5), times_quantile_us(0.99), times_quantile_us(0.999),
		times_max_us());
	/* Who measures reads the clocks before the server has to see us go. */
	go_on(text);
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	check_options();
	clients_connect();
	until_quiet(options.quiet);
	if (!go_on("connected") || !options.messages)
		return 0;
	set_deadline();
	traffic_prepare();
	traffic_prove();
	until_quiet(LATE_MS);
	if (!go_on("ready"))
		return 1;
	set_deadline();
	run();
	until_quiet(LATE_MS);
	return 0;
}

/* stalled.c - a room where some do not read: what the others wait, and what it costs */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	stalled - load generator of stalled.py
 *
 * SYNOPSIS
 *	stalled --port N --pid PID [--clients N] [--stalled N] [--messages N] [--rounds N]
 *	        [--fill KB] [--timeout S]
 *
 * DESCRIPTION
 *	Connects the clients to one room of the gateway PID. Each round has two parts, in turn the
 *	one and the other first: in one all clients read; in the other so many do not, after each
 *	of them was sent FILL KB, so that their sockets are full. In each part the last client
 *	publishes its messages one at a time: the next when all who read have it. Then those who
 *	did not read do so again. Prints a line of JSON for each round: median and 99th percentile
 *	of the time to those who always read and the processor time of the gateway's thread, in ms,
 *	of both parts, and the gateway's memory in the beginning and after each; in the end, that
 *	all had all in order. Else the exit status is 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	INPUT_SIZE = 256 * 1024,
	FRAME_MAX = 16 * 1024,
	FILL_BYTES = 15 * 1024,
	SMALL_BUFFER = 64 * 1024, /* smaller ones take minutes to read what waits */
	HANDSHAKES_AT_ONCE = 64,
	QUIET_MS = 700,
	EVENTS_MAX = 512,
	WARM_UP = 3, /* messages of each part that are not measured */
};

struct client {
	int fd;
	bool open;
	unsigned heard; /* messages of the room: the number of the next */
	unsigned filled; /* messages of its own */
	char *rest;
	size_t rest_len;
};

struct part {
	float *times; /* ms */
	size_t count;
	unsigned long long cpu_ns; /* of the gateway's thread */
};

static struct {
	unsigned port, pid, clients, stalled, messages, rounds, fill, timeout;
} options = { 0, 0, 1000, 1, 50, 7, 3072, 600 };

static struct client *clients;
static unsigned open_count, sent, fills;
static uint64_t sent_at, deadline;
static int epoll_fd;
static struct part *part; /* that is measured; NULL: none */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("stalled: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void *need(void *memory)
{
	if (!memory)
		fail("out of memory");
	return memory;
}

static unsigned index_of(const struct client *client)
{
	return (unsigned)(client - clients);
}

static bool may_stall(const struct client *client)
{
	return index_of(client) < options.stalled;
}

/* ---- saying ---- */

static void write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			fail("send: %s", strerror(errno));
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

static void send_frame(struct client *client, unsigned opcode, const char *payload, size_t len)
{
	char frame[FRAME_MAX + 8] = { (char)(0x80 | opcode),
		(char)(0x80 | (len < 126 ? len : 126)) };
	size_t head = 2;

	if (len > FRAME_MAX)
		fail("a frame of %zu bytes", len);
	if (len >= 126) {
		frame[2] = (char)(len >> 8);
		frame[3] = (char)len;
		head = 4;
	}
	memset(frame + head, 0, 4); /* the mask */
	memcpy(frame + head + 4, payload, len);
	write_all(client->fd, frame, head + 4 + len);
}

static void publish(void)
{
	char text[160];
	int len = snprintf(text, sizeof(text),
		"{\"type\":\"message\",\"ephemeral\":true,\"content\":\"#%08u%060d\"}", sent, 0);

	sent++;
	sent_at = now_ns();
	send_frame(&clients[options.clients - 1], 1, text, (size_t)len);
}

static void fill(unsigned target)
{
	static char text[FRAME_MAX];
	int len = snprintf(text, sizeof(text),
		"{\"type\":\"private\",\"target\":\"s%u\",\"content\":\"%0*d\"}", target,
		FILL_BYTES, 0);

	send_frame(&clients[options.clients - 1], 1, text, (size_t)len);
}

/* ---- hearing ---- */

static void on_text(struct client *client, const char *payload, size_t len, uint64_t now)
{
	const char *mark = memmem(payload, len, "\"content\":\"#", 12);
	unsigned number;

	if (!mark && memmem(payload, len, "\"type\":\"private\"", 16))
		client->filled++;
	if (!mark || sscanf(mark + 12, "%8u", &number) != 1)
		return;
	if (number != client->heard++)
		fail("client %u got message %u for %u", index_of(client), number,
			client->heard - 1);
	if (part && !may_stall(client))
		part->times[part->count++] = (float)(now - sent_at) / 1e6f;
}

static void on_frame(
	struct client *client, unsigned opcode, const char *payload, size_t len, uint64_t now)
{
	if (opcode == 8)
		fail("client %u was closed: %d", index_of(client),
			len < 2 ? 1005
				: (unsigned char)payload[0] << 8 | (unsigned char)payload[1]);
	if (opcode == 9)
		send_frame(client, 10, payload, len);
	if (opcode == 1)
		on_text(client, payload, len, now);
}

/* How many bytes were used; 0: it has not come whole. */
static size_t take(struct client *client, const char *in, size_t have, uint64_t now)
{
	const unsigned char *byte = (const unsigned char *)in;
	size_t head, len = 0;

	if (!client->open) {
		const char *end = memmem(in, have, "\r\n\r\n", 4);

		if (!end)
			return 0;
		if (have < 12 || memcmp(in, "HTTP/1.1 101", 12))
			fail("handshake refused: %.*s", (int)strcspn(in, "\r"), in);
		client->open = true;
		open_count++;
		return (size_t)(end + 4 - in);
	}
	if (have < 2)
		return 0;
	head = byte[1] == 127 ? 10 : byte[1] == 126 ? 4 : 2;
	if (have < head)
		return 0;
	for (size_t i = head == 2 ? 1 : 2; i < head; i++)
		len = len << 8 | byte[i];
	if (have - head < len)
		return 0;
	on_frame(client, byte[0] & 15, in + head, len, now);
	return head + len;
}

static void client_read(struct client *client)
{
	static char input[INPUT_SIZE + 1];
	size_t have = client->rest_len, used = 0, taken;
	ssize_t got;
	uint64_t now;

	if (have)
		memcpy(input, client->rest, have);
	got = recv(client->fd, input + have, INPUT_SIZE - have, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		fail("client %u is cut off: %s", index_of(client), got ? strerror(errno) : "end");
	have += (size_t)got;
	input[have] = '\0';
	now = now_ns();
	while (used < have && (taken = take(client, input + used, have - used, now)))
		used += taken;
	client->rest_len = have - used;
	free(client->rest);
	client->rest = NULL;
	if (client->rest_len) {
		client->rest = need(malloc(client->rest_len));
		memcpy(client->rest, input + used, client->rest_len);
	}
}

static bool turn(int ms)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(epoll_fd, events, EVENTS_MAX, ms);

	if (now_ns() > deadline)
		fail("gave up after %u s: %u connected, %u sent", options.timeout, open_count,
			sent);
	for (int i = 0; i < count; i++)
		client_read(events[i].data.ptr);
	return count > 0;
}

/* ---- the room ---- */

static void connect_one(struct client *client)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	int one = 1, small = SMALL_BUFFER;
	char request[512];
	int len;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 && may_stall(client))
		setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)))
		fail("connect: %s", strerror(errno));
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
	len = snprintf(request, sizeof(request),
		"GET /api/ws?room=stalled&id=s%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"Upgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n\r\n",
		index_of(client), options.port);
	write_all(client->fd, request, (size_t)len);
}

static void connect_all(void)
{
	clients = need(calloc(options.clients, sizeof(*clients)));
	for (unsigned i = 0; i < options.clients; i++) {
		connect_one(&clients[i]);
		while (i + 1 - open_count >= HANDSHAKES_AT_ONCE)
			turn(1000);
	}
	while (open_count < options.clients || turn(QUIET_MS))
		turn(100);
}

/* All from the `from`-th on have all. */
static bool all_heard(unsigned from)
{
	for (unsigned i = from; i < options.clients; i++)
		if (clients[i].heard < sent ||
			(may_stall(&clients[i]) && clients[i].filled < fills))
			return false;
	return true;
}

static void set_stalled(bool stalled)
{
	for (unsigned i = 0; i < options.stalled; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };

		epoll_ctl(epoll_fd, stalled ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, clients[i].fd, &event);
	}
}

static void fill_all(void)
{
	for (unsigned bytes = 0; bytes < options.fill * 1024; bytes += FILL_BYTES, fills++)
		for (unsigned i = 0; i < options.stalled; i++) {
			fill(i);
			while (turn(0))
				;
		}
	publish(); /* what comes after all that has come when this has */
	while (!all_heard(options.stalled))
		turn(1000);
}

static unsigned long memory_kb(void)
{
	char path[64], line[256];
	unsigned long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", options.pid);
	file = fopen(path, "re");
	if (!file)
		fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %lu", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

static unsigned long long cpu_ns(void)
{
	char path[64];
	unsigned long long ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/schedstat", options.pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu", &ns) != 1)
		fail("%s: %s", path, strerror(errno));
	fclose(file);
	return ns;
}

/* How much memory the gateway has at its end. */
static unsigned long run(struct part *into, bool stalled)
{
	unsigned long kb;

	if (stalled) {
		set_stalled(true);
		fill_all();
	}
	into->count = 0;
	for (unsigned i = 0; i < WARM_UP + options.messages; i++) {
		if (i == WARM_UP)
			into->cpu_ns = cpu_ns();
		part = i < WARM_UP ? NULL : into;
		publish();
		while (!all_heard(stalled ? options.stalled : 0))
			turn(1000);
	}
	part = NULL;
	into->cpu_ns = cpu_ns() - into->cpu_ns;
	kb = memory_kb();
	if (stalled)
		set_stalled(false);
	while (!all_heard(0))
		turn(1000);
	return kb;
}

static int compare(const void *a, const void *b)
{
	float first = *(const float *)a, second = *(const float *)b;

	return (first > second) - (first < second);
}

static void print_round(struct part parts[2], unsigned long base, const unsigned long kb[2])
{
	double p50[2], p99[2];

	for (int i = 0; i < 2; i++) {
		qsort(parts[i].times, parts[i].count, sizeof(float), compare);
		p50[i] = (double)parts[i].times[parts[i].count / 2];
		p99[i] = (double)parts[i].times[parts[i].count * 99 / 100];
	}
	printf("{\"p50\":[%.3f,%.3f],\"p99\":[%.3f,%.3f],\"cpu\":[%.3f,%.3f],\"kb\":[%lu,%lu,%lu]}\n",
		p50[0], p50[1], p99[0], p99[1], (double)parts[0].cpu_ns / 1e6,
		(double)parts[1].cpu_ns / 1e6, base, kb[0], kb[1]);
	fflush(stdout);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = { { "port", 1, NULL, 0 }, { "pid", 1, NULL, 0 },
		{ "clients", 1, NULL, 0 }, { "stalled", 1, NULL, 0 }, { "messages", 1, NULL, 0 },
		{ "rounds", 1, NULL, 0 }, { "fill", 1, NULL, 0 }, { "timeout", 1, NULL, 0 },
		{ NULL, 0, NULL, 0 } };
	unsigned *const values[] = { &options.port, &options.pid, &options.clients,
		&options.stalled, &options.messages, &options.rounds, &options.fill,
		&options.timeout };
	int at, option;

	while ((option = getopt_long(argc, argv, "", longs, &at)) == 0)
		*values[at] = (unsigned)strtoul(optarg, NULL, 10);
	if (option != -1 || optind < argc || !options.port || !options.pid || !options.messages ||
		options.clients < options.stalled + 2)
		fail("wrong options");
}

int main(int argc, char **argv)
{
	struct part parts[2];
	unsigned long base, kb[2];

	parse(argc, argv);
	deadline = now_ns() + options.timeout * UINT64_C(1000000000);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < 2; i++)
		parts[i].times = need(
			calloc((size_t)options.clients * options.messages, sizeof(float)));
	connect_all();
	(void)run(&parts[0], false); /* all is warm */
	base = memory_kb();
	for (unsigned round = 0; round < options.rounds; round++) {
		for (unsigned i = 0; i < 2; i++) {
			bool stalled = (round + i) % 2;

			kb[stalled] = run(&parts[stalled], stalled);
		}
		print_round(parts, base, kb);
	}
	free(parts[0].times);
	free(parts[1].times);
	printf("{\"whole\":true,\"sent\":%u,\"clients\":%u}\n", sent, options.clients);
	return 0;
}

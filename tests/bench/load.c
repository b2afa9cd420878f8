/* load.c - many WebSocket clients in rooms: publishes, waits until all have all, tells the times */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	load - load generator of `make bench`
 *
 * SYNOPSIS
 *	load --port N [--path TEMPLATE] [--clients N] [--rooms N] [--publishers N] [--messages N]
 *	     [--bytes N] [--outstanding N] [--timeout S]
 *
 * DESCRIPTION
 *	Connects the clients to loopback, spread over the rooms; in TEMPLATE %r stands for the
 *	room's number and %c for the client's. When a message of each publisher has reached the
 *	whole of its room, and nothing more has come for a while, prints "ready" and waits for a
 *	line on stdin, so that who measures can read the server's clocks. Then each publisher (so
 *	many in each room) sends its messages, OUTSTANDING of them on the way at a time; a message
 *	is through when all clients of the room have it. At the end prints one JSON object and
 *	waits for another line. Exit status 1 if anything was missing after TIMEOUT, doubled or cut.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	INPUT_SIZE = 1024 * 1024,
	FRAME_MAX = 16 * 1024,
	HANDSHAKES_AT_ONCE = 64,
	QUIET_MS = 700, /* longer than any server here waits before it tells who came */
	QUIET_LIMIT_MS = 10000,
	EVENTS_MAX = 256,
	FINE = 64, /* histogram: buckets in each power of two, so 1.6% */
};

struct client {
	int fd;
	bool open; /* the handshake is done */
	unsigned room;
	char *rest; /* a frame, or handshake, that has not come whole */
	size_t rest_len;
	char *output; /* what the socket did not take */
	size_t output_len;
};

struct publisher {
	struct client *client;
	unsigned sent, through;
	uint64_t *sent_at; /* ns, by message */
	unsigned *received; /* by how many, by message */
};

static struct {
	unsigned port, clients, rooms, publishers, messages, bytes, outstanding, timeout;
	const char *path;
} options = { 0, 100, 1, 1, 100, 128, 1, 60, "/bench-%r" };

static struct client *clients;
static struct publisher *publishers;
static unsigned publisher_count, room_size, open_count, done_count;
static uint64_t histogram[64 * FINE], deliveries, slowest;
static int epoll_fd;
static uint64_t deadline;

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
	fputs("load: ", stderr);
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

static void want(struct client *client, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

static void client_send(struct client *client, const char *data, size_t len)
{
	ssize_t sent = client->output_len ? 0 : send(client->fd, data, len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN)
		fail("send: %s", strerror(errno));
	if (sent < 0)
		sent = 0;
	if ((size_t)sent == len)
		return;
	client->output = need(realloc(client->output, client->output_len + len - (size_t)sent));
	memcpy(client->output + client->output_len, data + sent, len - (size_t)sent);
	client->output_len += len - (size_t)sent;
	want(client, EPOLLIN | EPOLLOUT);
}

static void client_flush(struct client *client)
{
	ssize_t sent = send(client->fd, client->output, client->output_len, MSG_NOSIGNAL);

	if (sent < 0)
		return;
	client->output_len -= (size_t)sent;
	memmove(client->output, client->output + sent, client->output_len);
	if (!client->output_len)
		want(client, EPOLLIN);
}

static void send_frame(struct client *client, unsigned opcode, const char *payload, size_t len)
{
	static const char mask[4] = { 0x37, (char)0xa2, 0x51, 0x0c };
	char frame[FRAME_MAX + 8];
	size_t head = 2;

	if (len > FRAME_MAX)
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
	client_send(client, frame, head + 4 + len);
}

/* Message `number` of a publisher; the first of them only proves that all are there. */
static void publish(struct publisher *publisher)
{
	char text[FRAME_MAX];
	unsigned number = publisher->sent++;
	int len = snprintf(text, sizeof(text), "{\"type\":\"message\",\"content\":\"#%06u.%08u.",
		(unsigned)(publisher - publishers), number);
	size_t whole = options.bytes;

	if (whole < (size_t)len + 2)
		whole = (size_t)len + 2;
	memset(text + len, 'x', whole - (size_t)len);
	memcpy(text + whole - 2, "\"}", 2);
	publisher->sent_at[number] = now_ns();
	send_frame(publisher->client, 1, text, whole);
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < FINE)
		ns = FINE;
	power = 63 - (unsigned)__builtin_clzll(ns);
	return (power - 6) * FINE + (unsigned)(ns >> (power - 6)) - FINE;
}

static double quantile_us(double part)
{
	uint64_t below = (uint64_t)(part * (double)deliveries), sum = 0;

	for (unsigned i = 0; i < sizeof(histogram) / sizeof(*histogram); i++) {
		sum += histogram[i];
		if (sum > below)
			return (double)((uint64_t)(i % FINE + FINE) << (i / FINE)) / 1000.0;
	}
	return (double)slowest / 1000.0;
}

static void on_message(struct client *client, unsigned from, unsigned number, uint64_t now)
{
	struct publisher *publisher = &publishers[from];
	uint64_t took;

	if (from >= publisher_count || number >= publisher->sent)
		fail("a message that was never sent");
	if (publisher->client->room != client->room)
		fail("a message of another room");
	if (++publisher->received[number] > room_size)
		fail("a message that was delivered twice");
	if (number > 0) {
		took = now - publisher->sent_at[number];
		histogram[bucket_of(took)]++;
		deliveries++;
		if (took > slowest)
			slowest = took;
	}
	while (publisher->through < publisher->sent &&
		publisher->received[publisher->through] == room_size) {
		if (publisher->through == 0 || publisher->through == options.messages)
			done_count++;
		publisher->through++;
	}
}

static void on_frame(
	struct client *client, unsigned opcode, const char *payload, size_t len, uint64_t now)
{
	const char *mark;
	unsigned from, number;

	if (opcode == 8)
		fail("closed by the server, code %u",
			len < 2 ? 1005u
				: (unsigned)((unsigned char)payload[0] << 8 |
					  (unsigned char)payload[1]));
	if (opcode == 9)
		send_frame(client, 10, payload, len);
	if (opcode != 1)
		return;
	mark = memmem(payload, len, "\"content\":\"#", 12);
	if (mark && payload + len - mark >= 28 &&
		sscanf(mark + 12, "%6u.%8u.", &from, &number) == 2)
		on_message(client, from, number, now);
}

/* Returns how many bytes were used; 0 if the frame, or the handshake's answer, is not whole. */
static size_t take(struct client *client, const char *in, size_t have, uint64_t now)
{
	const unsigned char *byte = (const unsigned char *)in;
	size_t head = 2, len;
	const char *end;

	if (!client->open) {
		end = memmem(in, have, "\r\n\r\n", 4);
		if (!end)
			return 0;
		if (strncmp(in, "HTTP/1.1 101", 12))
			fail("handshake refused: %.*s", (int)strcspn(in, "\r"), in);
		client->open = true;
		open_count++;
		return (size_t)(end + 4 - in);
	}
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
	on_frame(client, byte[0] & 15, in + head, len, now);
	return head + len;
}

static void client_read(struct client *client)
{
	static char input[INPUT_SIZE + 1];
	size_t have = client->rest_len, used = 0, taken;
	ssize_t got;
	uint64_t now;

	memcpy(input, client->rest ? client->rest : "", have);
	got = recv(client->fd, input + have, INPUT_SIZE - have, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		fail("connection lost: %s", got ? strerror(errno) : "end of stream");
	have += (size_t)got;
	input[have] = '\0';
	now = now_ns();
	while (used < have && (taken = take(client, input + used, have - used, now)))
		used += taken;
	client->rest_len = have - used;
	if (client->rest_len == INPUT_SIZE)
		fail("a frame over %d bytes", INPUT_SIZE);
	free(client->rest);
	client->rest = NULL;
	if (client->rest_len) {
		client->rest = need(malloc(client->rest_len));
		memcpy(client->rest, input + used, client->rest_len);
	}
}

/* Handles what happens within `ms`; returns whether anything did. */
static bool turn(int ms)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(epoll_fd, events, EVENTS_MAX, ms);

	if (now_ns() > deadline)
		fail("gave up after %u s: %u of %u connected, %u publishers done, %llu deliveries",
			options.timeout, open_count, options.clients, done_count,
			(unsigned long long)deliveries);
	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;

		if (events[i].events & EPOLLOUT && client->output_len)
			client_flush(client);
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			client_read(client);
	}
	return count > 0;
}

/* The template with its numbers filled in. */
static void path_of(const struct client *client, char *path, size_t size)
{
	size_t len = 0;

	for (const char *c = options.path; *c && len + 12 < size; c++) {
		if (*c == '%' && (c[1] == 'r' || c[1] == 'c'))
			len += (size_t)snprintf(path + len, size - len, "%u",
				*++c == 'r' ? client->room : (unsigned)(client - clients));
		else
			path[len++] = *c;
	}
	path[len] = '\0';
}

static void client_connect(struct client *client)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	char path[512], request[1024];
	int one = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)))
		fail("connect: %s", strerror(errno));
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
	path_of(client, path, sizeof(path));
	snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n",
		path, options.port);
	client_send(client, request, strlen(request));
}

static void connect_all(void)
{
	clients = need(calloc(options.clients, sizeof(*clients)));
	for (unsigned i = 0; i < options.clients; i++) {
		clients[i].room = i % options.rooms;
		client_connect(&clients[i]);
		while (i + 1 - open_count >= HANDSHAKES_AT_ONCE)
			turn(1000);
	}
	while (open_count < options.clients)
		turn(1000);
}

/* The last clients of each room publish: they joined last, so all are there who should hear. */
static void make_publishers(void)
{
	room_size = options.clients / options.rooms;
	publisher_count = options.publishers * options.rooms;
	publishers = need(calloc(publisher_count, sizeof(*publishers)));
	for (unsigned i = 0; i < publisher_count; i++) {
		struct publisher *publisher = &publishers[i];

		publisher->client = &clients[options.clients - 1 - i];
		publisher->sent_at = need(calloc(options.messages + 1, sizeof(uint64_t)));
		publisher->received = need(calloc(options.messages + 1, sizeof(unsigned)));
	}
}

/* No message for QUIET_MS: whatever the server had to say about who came, it has said. */
static void until_quiet(void)
{
	uint64_t until = now_ns() + QUIET_LIMIT_MS * 1000000ull;

	while (turn(QUIET_MS))
		if (now_ns() > until)
			fail("the server never falls silent");
}

static void run(void)
{
	done_count = 0;
	while (done_count < publisher_count) {
		for (unsigned i = 0; i < publisher_count; i++) {
			struct publisher *publisher = &publishers[i];

			while (publisher->sent <= options.messages &&
				publisher->sent - publisher->through < options.outstanding)
				publish(publisher);
		}
		turn(1000);
	}
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
		{ "timeout", 1, NULL, 7 },
		{ "path", 1, NULL, 8 },
		{ 0 },
	};
	unsigned *values[] = { &options.port, &options.clients, &options.rooms, &options.publishers,
		&options.messages, &options.bytes, &options.outstanding, &options.timeout };
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		if (option == '?')
			fail("no such option");
		if (option == 8)
			options.path = optarg;
		else
			*values[option] = (unsigned)strtoul(optarg, NULL, 10);
	}
	if (!options.port || !options.clients || !options.rooms || !options.publishers ||
		!options.messages || !options.outstanding || options.clients % options.rooms ||
		options.publishers > options.clients / options.rooms ||
		options.publishers * options.rooms > 999999 || options.bytes > FRAME_MAX)
		fail("numbers that do not fit together");
}

int main(int argc, char **argv)
{
	struct rlimit files;
	uint64_t start;
	char line[16];

	read_options(argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	deadline = now_ns() + options.timeout * 1000000000ull;
	connect_all();
	make_publishers();
	until_quiet();
	for (unsigned i = 0; i < publisher_count; i++)
		publish(&publishers[i]);
	while (done_count < publisher_count)
		turn(1000);
	until_quiet();
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	start = now_ns();
	deadline = start + options.timeout * 1000000000ull;
	run();
	printf("{\"clients\":%u,\"deliveries\":%llu,\"seconds\":%.6f,", options.clients,
		(unsigned long long)deliveries, (double)(now_ns() - start) / 1e9);
	printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n", quantile_us(0.5),
		quantile_us(0.99), (double)slowest / 1000.0);
	fflush(stdout);
	/* Who measures reads the clocks before the server has to see us go. */
	(void)!fgets(line, sizeof(line), stdin);
	return 0;
}

/* client.c - the clients' sockets, in one epoll loop */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
	HANDSHAKES_AT_ONCE = 64,
	QUIET_LIMIT_MS = 10000,
	EVENTS_MAX = 256,
};

struct client *clients;
static unsigned joined_count;
static int epoll_fd;
static uint64_t deadline;

static void watch(struct client *client, int change, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	epoll_ctl(epoll_fd, change, client->fd, &event);
}

void client_queue(struct client *client, const void *data, size_t len)
{
	bytes_add(&client->output, data, len);
}

void client_flush(struct client *client)
{
	struct bytes *output = &client->output;
	ssize_t sent = send(client->fd, output->data, output->len, MSG_NOSIGNAL);
	bool waits;

	if (sent < 0 && errno != EAGAIN)
		fail("send: %s", strerror(errno));
	if (sent > 0)
		bytes_keep(output, output->data + sent, output->len - (size_t)sent);
	waits = output->len > 0;
	if (waits != client->waits)
		watch(client, EPOLL_CTL_MOD, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
	client->waits = waits;
}

void client_joined(struct client *client)
{
	if (!client->joined)
		joined_count++;
	client->joined = true;
}

static size_t client_take(struct client *client, const char *in, size_t have)
{
	return client->posts ? post_take(in, have) : websocket_take(client, in, have);
}

static void client_read(struct client *client)
{
	static char input[INPUT_SIZE + 1];
	size_t have = client->rest.len, used = 0, taken;
	ssize_t got;

	if (have)
		memcpy(input, client->rest.data, have);
	got = recv(client->fd, input + have, INPUT_SIZE - have, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0)
		fail("connection lost: %s", got ? strerror(errno) : "end of stream");
	have += (size_t)got;
	input[have] = '\0';
	while (used < have && (taken = client_take(client, input + used, have - used)))
		used += taken;
	if (have - used == INPUT_SIZE)
		fail("a frame over %d bytes", INPUT_SIZE);
	if (client->rest.len || used < have)
		bytes_keep(&client->rest, input + used, have - used);
}

bool turn(uint64_t ns)
{
	struct timespec wait = { (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_pwait2(epoll_fd, events, EVENTS_MAX, &wait, NULL);

	if (now_ns() > deadline)
		fail("gave up after %u s: %u of %u joined, %u publishers not done, %llu deliveries",
			options.timeout, joined_count, options.clients, traffic_unfinished(),
			(unsigned long long)traffic_deliveries());
	for (int i = 0; i < count; i++) {
		struct client *client = events[i].data.ptr;

		if (events[i].events & EPOLLOUT)
			client_flush(client);
		if (events[i].events & ~(uint32_t)EPOLLOUT)
			client_read(client);
	}
	return count > 0;
}

void until_quiet(unsigned ms)
{
	uint64_t until = now_ns() + QUIET_LIMIT_MS * (uint64_t)NS_PER_MS;

	while (turn(ms * (uint64_t)NS_PER_MS))
		if (now_ns() > until)
			fail("the server never falls silent");
}

void set_deadline(void)
{
	deadline = now_ns() + options.timeout * (uint64_t)NS_PER_S;
}

static void client_connect(struct client *client)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof(address)))
		fail("connect: %s", strerror(errno));
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(client->fd, F_SETFL, O_NONBLOCK);
	watch(client, EPOLL_CTL_ADD, EPOLLIN);
}

struct client *client_that_posts(unsigned room)
{
	struct client *client = need(calloc(1, sizeof(*client)));

	client->room = room;
	client->posts = true;
	client_connect(client);
	return client;
}

/* Many descriptors, and timeouts that are exact. */
static void prepare_process(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

void clients_connect(void)
{
	prepare_process();
	set_deadline();
	clients = need(calloc(options.clients, sizeof(*clients)));
	for (unsigned i = 0; i < options.clients; i++) {
		struct client *client = &clients[i];

		client->number = i;
		client->room = i % options.rooms;
		client->expected = need(calloc(options.publishers, sizeof(unsigned)));
		client_connect(client);
		websocket_request(client);
		client_flush(client);
		while (i + 1 - joined_count >= HANDSHAKES_AT_ONCE)
			turn(NS_PER_S);
	}
	while (joined_count < options.clients)
		turn(NS_PER_S);
}

/* floor.c - the least a WebSocket server can do: one send(2) per client and message */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	floor - the measure that Atrium is held against
 *
 * SYNOPSIS
 *	floor [PORT]
 *
 * DESCRIPTION
 *	Listens on loopback (PORT 0 or none: any free one), prints "port N" and serves WebSockets
 *	in one thread with epoll. Each text frame goes, as it is, to every client with the same
 *	request path, the sender included, by one send(2) each. No library but libc, no settings,
 *	no checks beyond what keeps it alive: it is no server to be used.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	INPUT_MAX = 128 * 1024,
	OUTPUT_MAX = 4 * 1024 * 1024,
	PATH_LENGTH_MAX = 256,
	ROOMS_MAX = 4096,
	EVENTS_MAX = 256,
};

struct room {
	char path[PATH_LENGTH_MAX];
	struct client *clients;
};

struct client {
	int fd;
	bool dead;
	struct room *room; /* NULL until the handshake is done */
	struct client *next, **link; /* in its room */
	struct client *next_dead;
	unsigned char *rest; /* a frame, or handshake, that has not come whole */
	size_t rest_len;
	unsigned char *output; /* what the socket did not take */
	size_t output_len;
};

static struct room rooms[ROOMS_MAX];
static size_t room_count;
static struct client *dead_clients;
static int epoll_fd;

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static uint32_t rotate(uint32_t value, int by)
{
	return value << by | value >> (32 - by);
}

static void sha1_block(uint32_t state[5], const unsigned char *block)
{
	uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
			(uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t mix = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999
			: i < 40      ? (b ^ c ^ d) + 0x6ed9eba1
			: i < 60      ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
				      : (b ^ c ^ d) + 0xca62c1d6;
		uint32_t next = rotate(a, 5) + mix + e + w[i];

		e = d, d = c, c = rotate(b, 30), b = a, a = next;
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* The digest of a text of at most 111 bytes, which is what a handshake needs. */
static void sha1(const char *text, size_t len, unsigned char ret_digest[20])
{
	uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	unsigned char padded[128] = { 0 };
	size_t size = len < 56 ? 64 : 128;

	memcpy(padded, text, len);
	padded[len] = 0x80;
	padded[size - 2] = (unsigned char)(len * 8 >> 8);
	padded[size - 1] = (unsigned char)(len * 8);
	for (size_t at = 0; at < size; at += 64)
		sha1_block(state, padded + at);
	for (int i = 0; i < 20; i++)
		ret_digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const unsigned char digest[20], char ret_text[29])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[21] = { 0 };

	memcpy(bytes, digest, 20);
	for (int i = 0, o = 0; i < 21; i += 3, o += 4) {
		uint32_t three = (uint32_t)(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);

		for (int k = 0; k < 4; k++)
			ret_text[o + k] = digits[three >> (18 - 6 * k) & 63];
	}
	ret_text[27] = '=';
	ret_text[28] = '\0';
}

static void client_end(struct client *client)
{
	if (client->dead)
		return;
	client->dead = true;
	if (client->room) {
		*client->link = client->next;
		if (client->next)
			client->next->link = client->link;
	}
	client->next_dead = dead_clients;
	dead_clients = client;
}

static void reap(void)
{
	while (dead_clients) {
		struct client *client = dead_clients;

		dead_clients = client->next_dead;
		close(client->fd);
		free(client->rest);
		free(client->output);
		free(client);
	}
}

static void want(struct client *client, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = client };

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

/* What the socket does not take waits for EPOLLOUT. */
static void client_send(struct client *client, const unsigned char *data, size_t len)
{
	ssize_t sent = client->output_len ? 0 : send(client->fd, data, len, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN) {
		client_end(client);
		return;
	}
	if (sent < 0)
		sent = 0;
	len -= (size_t)sent;
	if (!len)
		return;
	if (client->output_len + len > OUTPUT_MAX) {
		client_end(client);
		return;
	}
	if (!client->output_len)
		want(client, EPOLLIN | EPOLLOUT);
	client->output = need(realloc(client->output, client->output_len + len));
	memcpy(client->output + client->output_len, data + sent, len);
	client->output_len += len;
}

static void client_flush(struct client *client)
{
	ssize_t sent = send(client->fd, client->output, client->output_len, MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN)
			client_end(client);
		return;
	}
	client->output_len -= (size_t)sent;
	memmove(client->output, client->output + sent, client->output_len);
	if (!client->output_len)
		want(client, EPOLLIN);
}

static struct room *room_of(const char *path, size_t len)
{
	if (len >= PATH_LENGTH_MAX)
		return NULL;
	for (size_t i = 0; i < room_count; i++)
		if (strlen(rooms[i].path) == len && !memcmp(rooms[i].path, path, len))
			return &rooms[i];
	if (room_count == ROOMS_MAX)
		return NULL;
	memcpy(rooms[room_count].path, path, len);
	return &rooms[room_count++];
}

/* Returns how many bytes of input were used, 0 for none yet, -1 to end the client. */
static ssize_t handshake(struct client *client, unsigned char *in, size_t have)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char *text = (char *)in, *end, *path, *key, line[128], reply[256];
	unsigned char digest[20];
	char accept[29];
	size_t key_len;

	text[have] = '\0';
	end = strstr(text, "\r\n\r\n");
	if (!end)
		return have > 8192 ? -1 : 0;
	key = strcasestr(text, "\r\nSec-WebSocket-Key:");
	if (strncmp(text, "GET ", 4) || !key)
		return -1;
	key += strlen("\r\nSec-WebSocket-Key:");
	key += strspn(key, " ");
	key_len = strcspn(key, " \r");
	path = text + 4;
	client->room = room_of(path, strcspn(path, " \r"));
	if (key_len > 64 || !client->room)
		return -1;
	snprintf(line, sizeof(line), "%.*s%s", (int)key_len, key, magic);
	sha1(line, strlen(line), digest);
	base64(digest, accept);
	snprintf(reply, sizeof(reply),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		accept);
	client->next = client->room->clients;
	client->link = &client->room->clients;
	if (client->next)
		client->next->link = &client->next;
	client->room->clients = client;
	client_send(client, (unsigned char *)reply, strlen(reply));
	return end + 4 - text;
}

/* To all in the room; one frame, one send(2) each. */
static void broadcast(struct client *from, const unsigned char *payload, size_t len)
{
	static unsigned char frame[INPUT_MAX + 4];
	size_t head = 2;

	frame[0] = 0x81;
	if (len < 126) {
		frame[1] = (unsigned char)len;
	} else {
		frame[1] = 126;
		frame[2] = (unsigned char)(len >> 8);
		frame[3] = (unsigned char)len;
		head = 4;
	}
	memcpy(frame + head, payload, len);
	for (struct client *to = from->room->clients, *next; to; to = next) {
		next = to->next;
		client_send(to, frame, head + len);
	}
}

/* As handshake(): one frame of the client's. */
static ssize_t take_frame(struct client *client, unsigned char *in, size_t have)
{
	size_t len, head = 6;
	unsigned char *mask;

	if (have < 6)
		return 0;
	len = in[1] & 127;
	if (len == 126) {
		len = (size_t)in[2] << 8 | in[3];
		head = 8;
	}
	if (!(in[1] & 128) || len == 127 || (in[0] & 15) == 8)
		return -1;
	if (have < head + len)
		return 0;
	mask = in + head - 4;
	for (size_t i = 0; i < len; i++)
		in[head + i] ^= mask[i & 3];
	if ((in[0] & 15) == 1)
		broadcast(client, in + head, len);
	return (ssize_t)(head + len);
}

static void client_keep(struct client *client, const unsigned char *rest, size_t len)
{
	if (client->rest_len || len) {
		client->rest = need(realloc(client->rest, len + 1));
		memcpy(client->rest, rest, len);
		client->rest_len = len;
	}
}

static void client_read(struct client *client)
{
	static unsigned char input[INPUT_MAX];
	size_t have = client->rest_len, used = 0;
	ssize_t got, taken;

	if (have)
		memcpy(input, client->rest, have);
	got = recv(client->fd, input + have, INPUT_MAX - have - 1, 0);
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			client_end(client);
		return;
	}
	have += (size_t)got;
	while (!client->dead && used < have) {
		taken = client->room ? take_frame(client, input + used, have - used)
				     : handshake(client, input + used, have - used);
		if (taken < 0)
			client_end(client);
		if (taken <= 0)
			break;
		used += (size_t)taken;
	}
	client_keep(client, input + used, have - used);
}

static void accept_all(int listener)
{
	int fd, one = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct client *client = need(calloc(1, sizeof(*client)));
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		client->fd = fd;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 4096) ||
		getsockname(fd, (struct sockaddr *)&address, &size)) {
		perror("floor");
		exit(1);
	}
	printf("port %u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	int listener = listen_on(argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0);
	struct epoll_event events[EVENTS_MAX], event = { .events = EPOLLIN };
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < count; i++) {
			struct client *client = events[i].data.ptr;

			if (!client) {
				accept_all(listener);
				continue;
			}
			if (!client->dead && events[i].events & EPOLLOUT)
				client_flush(client);
			if (!client->dead && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				client_read(client);
		}
		reap();
	}
}

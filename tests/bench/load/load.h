/* load.h - what the parts of the load generator know of each other */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BENCH_LOAD_LOAD_H
#define TESTS_BENCH_LOAD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INPUT_SIZE = 1024 * 1024,
	BODY_MAX = 16 * 1024,
	BODY_MIN = 64, /* what the numbers and the JSON around them need */
	PATH_SIZE = 2048, /* a token may be in it */
	NS_PER_MS = 1000000,
	NS_PER_S = 1000000000,
};

struct options {
	unsigned port, clients, rooms, publishers, messages, bytes, outstanding, rate, timeout,
		quiet;
	const char *path;
	const struct dialect *dialect;
};

/* Bytes on the heap that wait for more, or for the socket. */
struct bytes {
	char *data;
	size_t len;
};

struct client {
	int fd;
	bool open; /* the handshake is done */
	bool joined; /* it hears its room */
	bool posts; /* no WebSocket: it publishes by HTTP POST and hears nothing */
	bool waits; /* for EPOLLOUT */
	unsigned number, room;
	unsigned *expected; /* by publisher of the room: the number of the next message */
	struct bytes rest; /* a frame, or the handshake's answer, that has not come whole */
	struct bytes packet; /* the same for what the dialect makes of frames */
	struct bytes output; /* what the socket has not taken */
};

/* How a server wants to be spoken to over a WebSocket. */
struct dialect {
	const char *name, *path; /* %r: number of the room, %c: of the client */
	const char *subprotocol; /* NULL: none */
	unsigned opcode; /* of the frames that carry it */
	/* Says who it is and subscribes to its room; NULL: the path does. */
	void (*subscribe)(struct client *client);
	void (*publish)(struct client *client, const char *body, size_t len);
	/* Returns how many bytes were used; less than `have`: the rest waits for more. */
	size_t (*take)(struct client *client, const char *in, size_t have);
	bool posts; /* publishers have a connection of their own, for HTTP */
};

extern struct options options;

/* main.c */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* bytes.c */
void *need(void *memory);
void bytes_add(struct bytes *bytes, const void *data, size_t len);
/* Leaves `len` bytes from `from` on, which may lie in it. */
void bytes_keep(struct bytes *bytes, const char *from, size_t len);

/* client.c: sockets */
extern struct client *clients;
void clients_connect(void);
/* One more connection, without a handshake. */
struct client *client_that_posts(unsigned room);
/* Puts bytes behind what waits; client_flush() sends all of it by one call. */
void client_queue(struct client *client, const void *data, size_t len);
void client_flush(struct client *client);
void client_joined(struct client *client);
/* Handles what happens within so many ns; returns whether anything did. */
bool turn(uint64_t ns);
/* Turns until nothing has come for `ms`. */
void until_quiet(unsigned ms);
void set_deadline(void);

/* websocket.c: handshake and frames */
void websocket_request(struct client *client);
void websocket_queue(struct client *client, unsigned opcode, const char *payload, size_t len);
/* One frame or answer; returns how many bytes were used, 0 if it is not whole. */
size_t websocket_take(struct client *client, const char *in, size_t have);

/* post.c: HTTP */
void post_queue(struct client *client, const char *body, size_t len);
/* One answer; returns how many bytes were used, 0 if it is not whole. */
size_t post_take(const char *in, size_t have);

/* dialect.c */
const struct dialect *dialect_find(const char *name);

/* traffic.c: who publishes, and whether all have it */
void traffic_prepare(void);
/* The first message of each publisher, which only proves that all hear it. */
void traffic_prove(void);
void traffic_run(void);
/* A message, as the dialect found it in what came; others than ours are let be. */
void traffic_heard(struct client *client, const char *body, size_t len);
uint64_t traffic_deliveries(void);
unsigned traffic_unfinished(void);

/* times.c */
uint64_t now_ns(void);
/* Processor time of this process so far. */
uint64_t used_ns(void);
void times_add(uint64_t ns);
double times_quantile_us(double part);
double times_max_us(void);

#endif

/* link_internal.h - what link.c and link_peer.c share */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_LINK_INTERNAL_H
#define PROTO_LINK_INTERNAL_H

#include "proto/base/buf.h"
#include "proto/link.h"

enum {
	BATCH_MAX = 256 * 1024, /* bytes after which a batch is sent within the turn, or refused */
	PAUSE_MS = 1000, /* before a dropped client starts over */
};

enum pattern { PATTERN_ROUTER, PATTERN_PULL };

struct link_row {
	const char *file;
	enum process server;
	enum pattern pattern;
	uint16_t version;
};

extern const struct link_row link_rows[LINK_MAX]; /* links.def */

struct link_peer {
	struct link *link;
	struct buf routing; /* how ROUTER names it; empty on a client */
	struct buf batch; /* what this turn, or a full queue, has for it; empty or begun */
	uint32_t generation;
	enum process process;
	char *name;
	uint64_t epoch;
	uint32_t pid;
	struct link_credentials credentials; /* if they are */
	bool known;
	unsigned messages; /* in the batch */
	bool up; /* link_send() takes messages */
	bool starved; /* link_send() had to say -EAGAIN */
	bool broken; /* ZeroMQ has said that it is not there */
	bool gone; /* to be freed at the end of the turn */
	void *data;
};

struct link {
	struct link_options options;
	char *name;
	void *socket;
	void *monitor;
	struct watch *socket_watch, *monitor_watch;
	struct loop_hook *receive_hook, *send_hook;
	struct timer *timer; /* client: the pause; server: probes */
	struct link_peer **peers; /* of a client one, for as long as the link lives */
	size_t peer_count;
	bool server;
	bool touched; /* ZeroMQ may have something for us */
	bool connected; /* client: as the monitor says */
	bool paused; /* client: dropped, will say HELLO when the timer fires */
	uint64_t seen_epoch, seen;
	void *received; /* what is being handed out; ZeroMQ's */
};

struct link_peer *link_peer_new(struct link *link, struct slice routing); /* added to link->peers */
void link_peer_free(void *peer);
int link_peer_flush(struct link_peer *peer); /* 0, or what link_send_bytes() said */
void link_peer_down(struct link_peer *peer);
void link_say_hello(struct link *link); /* client */
void link_take_batch(struct link *link, struct slice routing, struct slice bytes);

/*
 * Of link.c: hands bytes to ZeroMQ. -EAGAIN: the peer's queue is full; -EHOSTUNREACH: no such peer.
 */
int link_send_bytes(struct link *link, struct slice routing, struct slice bytes);
/* Likewise: who has sent what is being handed out. */
bool link_sender(const struct link *link, struct link_credentials *ret_credentials);
/* In link_peer.c; false: it has no such end. */
bool link_credentials_parse(const char *address, struct link_credentials *ret_credentials);

#endif

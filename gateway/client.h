/* client.h - one WebSocket connection, from its handshake to its end */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include <libwebsockets.h>

#include "gateway/dialect.h"
#include "gateway/frame.h"
#include "gateway/gateway.h"
#include "gateway/outbox.h"
#include "gateway/roster.h"
#include "gateway/wheel.h"
#include "gateway/wsproto.h"
#include "proto/close.h"

enum client_state {
	CLIENT_ADMITTING,   /* auth has been asked; what the client sends is held */
	CLIENT_LOCKED,      /* a token is needed: only `auth` is taken */
	CLIENT_CONNECTING,  /* the hub has been told; what the client sends is held */
	CLIENT_OPEN,
	CLIENT_CLOSING,     /* nothing is taken any more; the queue and then a close frame go out */
};

/* Why nothing is read from a client. */
enum client_pause {
	PAUSE_HELD = 1,     /* it has sent too much before it was let in */
	PAUSE_UPLINK = 2,   /* the hub is behind */
};

struct client {
	struct roster_member member;  /* first: a member of a room is a client */
	struct wheel_node deadline;   /* by state: first token, ping, pong, end of closing */
	struct gateway *gateway;
	struct lws *wsi;
	struct session *session;      /* NULL until it was let in, and when the hub was told it is gone */
	struct question *question;    /* what auth is being asked; NULL: nothing */
	struct client *next_dirty, *next_paused;
	const struct dialect *dialect;
	struct outbox outbox;
	struct assembly assembly;     /* of the message that is coming in */
	struct buf held;              /* messages that wait until it is let in */
	struct introduction *intro;   /* what the handshake said; NULL once it is let in */
	uint64_t join_seq;            /* of the newest JOIN */
	uint32_t joins;               /* asked for, and perhaps not in the roster yet */
	uint8_t state;                /* enum client_state */
	uint8_t paused;               /* enum client_pause */
	uint8_t reason;               /* enum close_reason, when closing */
	bool dirty, awaiting_pong, close_sent, cut, doomed;
	bool peer_clean;              /* it said goodbye: 1000 or no code */
	uint32_t retry_ms;            /* its slot to come back, when closing */
	int fd;
};

/* What a handshake asks for: all slices borrowed; an empty one was not given. */
struct handshake {
	const struct dialect *dialect;
	struct slice id;        /* valid, as are: */
	struct slice nickname;
	struct slice room;
	struct slice resume;    /* never logged, as is: */
	struct slice token;
	struct slice address;   /* of the peer, as text */
};

struct clients;
struct clients *clients_new(struct gateway *gateway);
void clients_free(struct clients *clients);  /* takes NULL */
size_t clients_count(const struct clients *clients);
void clients_resume(struct clients *clients);  /* the hub has caught up: read again */
/* Closes all; each is given a slot to come back within spread_ms. */
void clients_close_all(struct clients *clients, enum close_reason reason, uint64_t spread_ms);

/* Every callback of lws that is about a WebSocket. */
int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);

/* The frame is queued; it goes out at the end of the turn. The caller keeps its reference. */
void client_send(struct client *client, struct frame *frame);

/* The text of gateway->text, which is emptied; nothing if it is empty. */
void client_send_text(struct client *client);

void client_error(struct client *client, enum error error, struct slice ref);
void client_close(struct client *client, enum close_reason reason);

/* Let in by auth: the hub is told. Empty: what the handshake said is used. */
void client_admitted(struct client *client, const struct msg_verdict *verdict);
void client_locked(struct client *client);     /* a token is needed */
void client_connected(struct client *client, const struct msg_connected *connected);

#endif

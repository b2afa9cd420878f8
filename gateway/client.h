/* client.h - one WebSocket connection, from its handshake to its end */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include "gateway/addresses.h"
#include "gateway/dialect.h"
#include "gateway/frame.h"
#include "gateway/gateway.h"
#include "gateway/outbox.h"
#include "gateway/rate.h"
#include "gateway/session.h"
#include "gateway/wheel.h"
#include "gateway/wsproto.h"
#include "proto/base/list.h"
#include "proto/close.h"

enum client_state {
	CLIENT_ADMITTING, /* auth has been asked, if it need be; what the client sends is held */
	CLIENT_LOCKED, /* a token is needed: only `auth` is taken */
	CLIENT_CONNECTING, /* the hub has been told; what the client sends is held */
	CLIENT_OPEN,
	CLIENT_CLOSING, /* nothing is taken any more; the queue and then a close frame go out */
};

/* Why nothing is read from a client. */
enum client_pause {
	PAUSE_HELD = 1, /* it has sent too much before it was let in */
	PAUSE_UPLINK = 2, /* the hub is behind */
	/* the gateway ends: it is closed when what was read of it is answered; drain.c */
	PAUSE_LEAVING = 4,
};

/* Messages, and their bytes; pings, pongs and close frames are among those that were sent. */
struct tally {
	uint64_t sent_bytes, received_bytes;
	uint32_t sent, received;
};

/*
 * In the order of how often it is needed: what each delivery touches is together, in four lines of
 * the cache, and a thousand clients have another thousand of messages at once.
 */
struct client {
	struct wheel_node deadline; /* first; by state: first token, ping, pong, end of closing */
	struct gateway *gateway;
	struct tls_stream *tls; /* what is read and written goes through it; NULL: plain */
	struct list dirty_link; /* of those with something to write, or that are to be killed */
	/* of those whose sockets are full, or who are answering, the longest first; flush.c */
	struct list stuck_link;
	int fd;
	uint32_t asked; /* bytes that may wait beyond max_queue, for the client asked for them */
	uint8_t state; /* enum client_state */
	uint8_t paused; /* enum client_pause */
	uint8_t deflate_bits; /* as of struct extensions; 0: no compression */
	bool dirty;
	bool blocked; /* the socket takes no more */
	bool answering; /* the answer to its handshake waits for what follows; flush.c */
	bool overrun; /* too much is waiting: it is closed at the end of the turn */
	bool doomed; /* it is freed at the end of the turn */
	struct outbox outbox;
	struct tally tally; /* what was said */
	struct buf unread; /* what has been read and is not looked at, for the client is paused */
	/* here the lines end that deliveries touch */
	bool close_heard; /* the peer has sent its close frame, or nothing more can be read */
	bool awaiting_pong;
	bool said_goodbye; /* it closed with 1000 or no code */
	bool quiet; /* what it publishes is not sent back to it */
	uint32_t retry_ms; /* its slot to come back, when closing */
	uint32_t unanswered; /* requests with a ref that the hub has not answered */
	uint32_t counted; /* bytes that it is known to hold of what was read; memory.c */
	const struct dialect *dialect;
	struct watch *watch; /* of the socket */
	struct wsproto ws; /* what has been read of the message that is coming in */
	struct rate rate; /* what it may still say */
	struct session *session; /* from CONNECT to DISCONNECT */
	struct buf held; /* messages that wait until it is let in */
	struct joins joins; /* asked for, and perhaps not in the roster yet */
	struct address_use *from; /* NULL: an address that is not known */
	struct question *question; /* what auth is being asked; NULL: nothing */
	struct introduction *intro; /* what the handshake said; NULL once it is let in */
	struct expiry *expiry; /* when its token runs out; NULL: never */
	struct list link; /* of all */
	struct list paused_link; /* of those that wait for the hub */
	struct mono stuck_since; /* when this one last took something, or began to answer */
};

/* What a handshake asks for: all slices borrowed; an empty one was not given. */
struct handshake {
	const struct dialect *dialect;
	struct slice id; /* valid, as are: */
	struct slice nickname;
	struct slice room;
	struct slice resume; /* never logged, as is: */
	struct slice token;
	struct slice address; /* of the client, as text; empty: not known */
	struct slice answer; /* to the handshake; empty: it has gone */
	struct address from; /* the same */
	uint8_t deflate_bits; /* as of struct extensions */
	bool quiet; /* as struct client's */
	bool recover; /* what came in the room after `since` of its `epoch` is wanted */
	uint64_t since, epoch;
	enum event_state state; /* whether the room's state is wanted; of STATE_SINCE, */
	uint64_t rev; /* up to where it has it, of the same epoch */
};

struct lws;
/* The socket, under a number of at least `from`: lws has another now, and is to end; or -errno. */
int client_take_socket(struct gateway *gateway, struct lws *wsi, int from);
/*
 * A handshake that is accepted: the socket is taken, its TLS (NULL: plain), and what has come
 * behind it. `valid`: what it asks for can be.
 */
void client_enter(struct gateway *gateway, int fd, struct tls_stream *tls,
	const struct handshake *handshake, bool valid, struct slice behind);

/*
 * The frame is queued; it goes out at the end of the turn. The caller keeps its reference. Closes
 * no one at once.
 */
void client_send(struct client *client, struct frame *frame);
/* What an encoder has written into gateway->text, which is emptied; nothing if it is empty. */
void client_send_text(struct client *client);
/*
 * The same for what the client has asked for: it may be more than max_queue, for that it is much is
 * not the client's fault. Up to a point.
 */
void client_send_asked(struct client *client, enum said said);
/* What is not in gateway->text: so many bytes may wait more. */
void client_allow(struct client *client, size_t len);
/* A request with this ref is answered; an empty one is not counted. */
void client_answered(struct client *client, struct slice ref);
bool client_is_answered(const struct client *client); /* nothing of it is on its way */
void client_error(struct client *client, enum error error, struct slice ref);
/* in a handler's words, if it has some */
void client_refused(struct client *client, const struct msg_refusal *refusal);
void client_over_rate(struct client *client, struct slice ref);

/* NULL: the reason's own text; one that asks to come back says when instead, in any case. */
void client_close_saying(struct client *client, enum close_reason reason, const char *text);
static inline void client_close(struct client *client, enum close_reason reason)
{
	client_close_saying(client, reason, NULL);
}

/* Without a close frame: it is freed at the end of the turn. */
void client_doom(struct client *client);
void client_pause(struct client *client, enum client_pause why);
void client_unpause(struct client *client, enum client_pause why);

/* auth lets it in */
void client_admitted(struct client *client, const struct msg_verdict *verdict);
void client_locked(struct client *client); /* auth wants a token */
/* the hub knows it */
void client_connected(struct client *client, const struct msg_connected *connected);

/* Between client.c, client_end.c and client_io.c: */
struct client *client_new(struct gateway *gateway, int fd);
void client_free(struct client *client);
/* How it ended; `text` is borrowed. */
struct ending {
	enum ender by;
	uint16_t code;
	struct slice text;
};
/* The hub is told once, as soon as the client is not served any more. */
void client_leave_hub(struct client *client, const struct ending *ending);
void client_greet(struct client *client, const struct handshake *handshake, bool valid);
void client_release(struct client *client); /* what was held is taken */
void client_ponged(struct client *client);
void client_said_close(struct client *client, struct slice payload);
void client_written(struct client *client); /* nothing waits any more */
void client_watch(struct client *client); /* what is waited for: by paused, blocked and doomed */
void client_read_on(struct client *client); /* what was read before a pause is looked at */

#endif

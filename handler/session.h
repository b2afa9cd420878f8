/* session.h - the link to the hub: HELLO, WELCOME, SERVE, generations, what a batch has */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_SESSION_H
#define HANDLER_SESSION_H

#include "proto/base/buf.h"
#include "proto/msg.h"

struct atrium;

enum session_state {
	SESSION_AWAY, /* there is no connection */
	SESSION_PAUSED, /* the hub has ended it, or we have; HELLO is said when the pause is over */
	SESSION_GREETING, /* HELLO is said, or to be */
	SESSION_LINKED, /* WELCOME has come */
	SESSION_UP, /* and SERVED */
	SESSION_REPLACED, /* another process has our name: there is nothing more to do */
};

struct session {
	enum session_state state;
	bool connected;
	bool hello; /* to be said */
	bool serve; /* likewise */
	uint32_t generation; /* counts our HELLOs: what is of another is ignored */
	uint64_t serve_call; /* of the last SERVE */
	uint64_t told; /* the last number of HANDLED, or of HELLO */
	uint64_t now; /* ms of a clock that only goes forward */
	uint64_t resume_at; /* PAUSED, or `starved`: until then */
	unsigned pause_ms; /* of the last pause; 0: none since it was up */
	bool starved; /* a batch could not be made for lack of memory */
	struct buf batch; /* to be sent; empty: none */
};

enum {
	SESSION_BATCH_MAX = 256 * 1024, /* bytes, after which another batch is begun */
	SESSION_PAUSE_MS = 100, /* the first; then twice as long each time, up to: */
	SESSION_PAUSE_MAX_MS = 10 * 1000,
};

void session_time(struct atrium *atrium, uint64_t now); /* ms; before all others of a turn */
uint64_t session_due(const struct atrium *atrium); /* when it wants to be told the time; 0: never */

void session_connected(struct atrium *atrium);
void session_broken(struct atrium *atrium);

/* One batch of the hub; calls back. */
void session_receive(struct atrium *atrium, struct slice bytes);

/* The next batch to be sent, until session_sent(); false: there is none. */
bool session_compose(struct atrium *atrium, struct slice *ret_batch);
void session_sent(struct atrium *atrium);

/* Ends the link and begins it anew after a pause; `error` and the text are told. */
void session_restart(struct atrium *atrium, int error, const char *why);

void session_up(struct atrium *atrium); /* SERVED has come */

#endif

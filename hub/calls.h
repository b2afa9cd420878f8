/* calls.h - what clients call goes to a handler, and its answer back */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_CALLS_H
#define HUB_CALLS_H

#include "hub/hub.h"

void call_ask(struct hub *hub, struct conn *conn, const struct msg_call *call);

/* ANSWER. Not NULL: what is wrong with it, and nothing was done. */
const char *call_answer(
	struct hub *hub, const struct handler *handler, const struct msg_answer *answer);

/*
 * The question is decided, and its answer kept, as far as there is room; else it is not kept
 * (question->kept is 0). `answer` NULL: no handler has given one.
 */
void call_keep(struct hub *hub, struct question *question, const struct msg_answer *answer,
	enum error error);

/* Of a connection that ends: no one waits for the answers. */
void calls_end(struct hub *hub, struct conn *conn);
/* Who has called is back, and is told what was answered meanwhile. */
void calls_deliver(struct conn *conn);
/* At the end of each turn: likewise those whose gateway is. */
void calls_step(struct hub *hub);
/* From the journal: false: who has called is gone. */
bool call_restore(struct hub *hub, struct question *question);

/* For asking.c: the deadline is over. Or there is no one of that name any more. */
void call_late(struct hub *hub, struct question *question);
void call_abandon(struct hub *hub, struct question *question);

#endif

/* asking.h - handlers are asked, in time and again; what becomes of what they do not answer */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_ASKING_H
#define HUB_ASKING_H

#include "hub/hub.h"

enum {
	ASKING_OUT_MAX = 1024 * 1024, /* bytes that a handler is asked at a time, or one question */
	ASKING_CODE_MAX = 64, /* bytes of a handler's own error code, and of its text: */
	ASKING_TEXT_MAX = 1024,
};

void asking_init(struct hub *hub);
struct journal_question;
/* As the journal had it; if it is not decided, its deadline begins anew. */
void asking_restore(struct hub *hub, const struct journal_question *row);
/* The settings of handlers are others now, or than those of the hub that asked. */
void asking_recheck(struct hub *hub);

/* At the end of each turn; then when the journal has taken it. */
void asking_step(struct hub *hub);
void asking_saved(struct hub *hub);
struct mono asking_deadline(const struct hub *hub);

/*
 * A question for a handler, PUBLISH or CALL of a connection; NULL: as many wait for the handler as
 * may.
 */
struct question *asking_new(struct hub *hub, const struct handler *handler, const struct conn *conn,
	const struct msg *message);
/* One that the handler is asked, or was, and may still answer; NULL: there is none. */
struct question *asking_open(struct hub *hub, const struct handler *handler, uint64_t ask);
/* Its handler need not answer any more; the question is there still. */
void asking_withdraw(struct hub *hub, struct question *question);

/* Who has asked, or has taken its connection over, if it is there now; or NULL. */
struct conn *asking_sender(struct hub *hub, const struct question *question);
/* A handler's error and what it says; if they cannot be told, neither is. */
bool asking_may_tell(struct slice code, struct slice text);
void asking_refuse(const struct conn *conn, struct slice ref, struct slice code, struct slice text);
/* It says what clients cannot be told. */
void asking_complain(const struct handler *handler, const char *what);

#endif

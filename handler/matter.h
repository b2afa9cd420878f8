/* matter.h - what users are told: numbered events and questions, deferred or not */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_MATTER_H
#define HANDLER_MATTER_H

#include "handler/intake.h"
#include "handler/store.h"
#include "proto/atrium.h"

/* `open.link` is in intake.open of one that is numbered, else in atrium->questions. */
struct matter {
	struct atrium_event public; /* first: users have a pointer to this */
	struct atrium *atrium;
	struct intake_entry open;
	struct arena strings;
	bool running; /* its callback is */
	bool deferred;
	bool answered;
	bool withdrawn;
};

/* NULL: no memory. Its strings are "", and its memory is that of `strings`, which it takes. */
struct matter *matter_new(struct atrium *atrium, enum atrium_kind kind);
void matter_free(struct matter *matter); /* in no list then; takes NULL */

/* Of an event's strings, which are set: another number for another event. */
uint64_t matter_print(const struct atrium_event *event);

/* Calls it (NULL: no one), and is done with it unless that deferred it. */
void matter_run(struct matter *matter, atrium_event_fn *fn);

/* One that is deferred, by its number; or NULL. */
struct matter *matter_question(const struct atrium *atrium, uint64_t ask);
void matter_withdraw(struct matter *matter); /* no one waits for its answer; the user is told */

/* Answers a question with an error, whatever its user has done: in answers.c. */
int matter_refuse(struct matter *matter, const char *code, const char *text);

/* Of all that are deferred: their numbers mean nothing any more; their answers do not. */
void matters_set_aside(struct atrium *atrium);
void matters_withdraw(struct atrium *atrium);
void matters_free(struct atrium *atrium);

#endif

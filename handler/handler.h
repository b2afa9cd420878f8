/* handler.h - a handler within libatrium: what its parts share */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_HANDLER_H
#define HANDLER_HANDLER_H

#include "handler/intake.h"
#include "handler/matter.h"
#include "handler/queue.h"
#include "handler/routes.h"
#include "handler/session.h"
#include "proto/dispatch.h"

struct loop;

struct callbacks {
	atrium_event_fn *connect, *disconnect, *state, *missed, *withdrawn;
	struct routes messages, commands, guards;
	atrium_link_fn *up, *down, *room;
	atrium_error_fn *error;
	atrium_log_fn *log;
};

struct atrium {
	char *name;
	void *user;
	uint64_t epoch; /* random: this process, to the hub */
	struct callbacks on;
	struct patterns serves, allowed;
	struct session session;
	struct intake intake; /* of struct matter */
	struct list questions; /* struct matter: deferred, and not numbered */
	struct queue queue;
	struct loop *loop; /* its sockets and timers; NULL in tests of the rest */
	bool inside; /* a callback may be running */
	bool doomed; /* atrium_free() was called by one: only results are told any more */
};

extern const struct dispatch handler_dispatch; /* `self` is a struct atrium, `peer` NULL */

/* With a text as of printf. */
void handler_error(struct atrium *atrium, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void handler_log(struct atrium *atrium, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void handler_call(struct atrium *atrium, atrium_link_fn *fn);

/* All but its loop. -EINVAL, -ENOMEM. */
int handler_new(const char *name, void *user, uint64_t epoch, struct atrium **ret_atrium);
void handler_free(struct atrium *atrium); /* tells those who wait for results; takes NULL */

/* Of loop.c: there is something to send that the loop may not know of. */
void handler_touch(struct atrium *atrium);

#endif

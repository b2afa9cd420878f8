/* routes.h - callbacks by name, and the patterns that are served */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_ROUTES_H
#define HANDLER_ROUTES_H

#include "proto/atrium.h"
#include "proto/msg.h"

struct route {
	struct route *next;
	char *name;
	union {
		atrium_event_fn *fn;
		unsigned what;
	};
};

/* Callbacks for some names, and one for all others. */
struct routes {
	struct route *named;
	atrium_event_fn *others;
	unsigned count;
};

/* `name` NULL: for all others; `fn` NULL: none. -EINVAL: no name; -ENOMEM. */
int routes_set(struct routes *routes, const char *name, atrium_event_fn *fn);
atrium_event_fn *routes_find(const struct routes *routes, struct slice name); /* or NULL */
bool routes_empty(const struct routes *routes);
void routes_done(struct routes *routes);

enum { PATTERNS_MAX = 256 }; /* the hub's: patterns, or commands, in one SERVE */

/* Patterns of rooms, in the order that they were added. */
struct patterns {
	struct route *first;
	unsigned count;
};

/* `what` 0: not that one. -EINVAL: no pattern; -ENOSPC; -ENOMEM. */
int patterns_set(struct patterns *patterns, struct slice rooms, unsigned what);
/* The same, beside what it was. */
int patterns_add(struct patterns *patterns, struct slice rooms, unsigned what);
void patterns_done(struct patterns *patterns);

/* What they cover of the rooms that a pattern means: enum atrium_what. */
unsigned patterns_cover(const struct patterns *patterns, const char *rooms);

/*
 * SERVE: `what` of ATRIUM_CALLS is left out when there is no callback for any. Appends it to
 * `out`: 0 or -ENOMEM.
 */
int routes_serve(struct buf *out, uint64_t call, const struct patterns *patterns,
	const struct routes *commands);

#endif

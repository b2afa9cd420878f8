/* route.h - what a path leads to, and what a query says; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/dialect.h"
#include "proto/base/buf.h"
#include "proto/ranges.h"

enum route_kind {
	ROUTE_NONE, /* 404 */
	ROUTE_WEBSOCKET,
	ROUTE_FILE, /* of static_dir */
	ROUTE_HEALTH,
	ROUTE_READY,
	ROUTE_SERIES,
};

struct route {
	enum route_kind kind;
	enum series_range range; /* of SERIES */
	enum dialect_id dialect; /* of WEBSOCKET, as are: */
	struct slice room; /* a name as pathname.h has it, a slice of the path; with in_path */
	bool in_path; /* the path names the room, not the query */
	/* of FILE: its name below static_dir, a slice of the path or a literal */
	struct slice file;
};

/* `path`: percent-decoded, without the query. Without `websocket` there are no such paths. */
struct route route_match(struct slice path, bool websocket);

/* What the query of a handshake may say; an empty slice was not said. */
struct route_query {
	struct slice id;
	struct slice nickname;
	struct slice room;
	struct slice token;
	struct slice resume;
	struct slice since;
	struct slice epoch;
	struct slice echo;
	struct slice state;
	struct slice rev; /* of the state */
};

/*
 * One percent-decoded `name=value`. The first of a name counts, `room` is also called `channel` and
 * `ch`, and others are ignored.
 */
void route_query_add(struct route_query *query, struct slice pair);

/*
 * The token of an Authorization header (`Bearer TOKEN`), or of a list of subprotocols (`bearer,
 * TOKEN`). Empty: there is none.
 */
struct slice route_bearer(struct slice authorization);
struct slice route_subprotocol_token(struct slice subprotocols);

/* The token in the cookie of this name; of several the first. Empty: there is none. */
struct slice route_cookie_token(struct slice cookies, struct slice name);

#endif

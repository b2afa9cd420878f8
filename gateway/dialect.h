/* dialect.h - a language of clients: bytes to requests, and what the hub says to texts */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_H
#define GATEWAY_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/close.h"
#include "proto/event.h"
#include "proto/msg.h"

/* What a client's message asks for. */
enum request_kind {
	REQUEST_PUBLISH, /* an application's own type, to a room */
	REQUEST_DIRECT, /* to a connection or a user */
	REQUEST_JOIN,
	REQUEST_LEAVE,
	REQUEST_USERS,
	REQUEST_ROOMS,
	REQUEST_HISTORY,
	REQUEST_PING,
	REQUEST_AUTH,
	REQUEST_KINDS,
};

/*
 * All slices are borrowed from the message or from the scratch buffer, decoded (no quotes, no
 * escapes) but for ref and body.
 */
struct request {
	enum request_kind kind;
	struct slice room; /* as it was named; empty: none was, and the client's own is meant */
	struct slice type; /* of PUBLISH and DIRECT */
	struct slice target; /* of DIRECT */
	struct slice ref; /* JSON text; empty: none */
	struct slice mid; /* of PUBLISH and DIRECT: what makes it be applied once; empty: none */
	struct slice token; /* of AUTH; never logged */
	bool recover; /* JOIN: what came after `since` of the room's `epoch` is wanted */
	uint64_t since, epoch; /* of JOIN; `since` of HISTORY too, 0: from the first */
	uint32_t limit; /* of HISTORY: 1 to HISTORY_MAX */
	unsigned flags; /* enum event_flag */
	enum event_format format;
	struct slice body; /* of PUBLISH and DIRECT, by format */
};

enum { HISTORY_MAX = 300, HISTORY_DEFAULT = 100 /* messages in an answer */ };

struct dialect_limits {
	unsigned json_depth;
};

/* Who a client is, as the hub and auth have said. */
struct dialect_welcome {
	struct slice id;
	struct slice nickname;
	struct slice user; /* empty: not signed in */
	struct slice resume;
	uint64_t epoch; /* of the hub */
	uint64_t ping_ms;
	bool resumed;
};

enum dialect_id { DIALECT_ROOM, DIALECT_MAX };

/*
 * Encoders append one message's text to `out`; one that appends nothing has nothing to say in this
 * dialect, and nothing is sent. They may be called with any message that msg_decode() has let
 * through.
 */
struct dialect {
	enum dialect_id id;
	const char *name;
	bool binary; /* takes binary messages; else one closes the connection (1003) */

	/*
	 * One whole message, text already checked as UTF-8. Names, targets and refs of the request
	 * are valid (event.h), and a member that its kind needs is there. ERROR_NONE, or what to
	 * answer; then ret_request->ref is set if it could be read, and nothing else is.
	 * `scratch` is cleared first; slices live until it is used again.
	 */
	enum error (*decode)(struct slice text, bool binary, const struct dialect_limits *limits,
		struct buf *scratch, struct request *ret_request);

	void (*welcome)(struct buf *out, const struct dialect_welcome *welcome);
	void (*joined)(struct buf *out, const struct msg_joined *joined);
	void (*left)(struct buf *out, const struct msg_left *left);
	/* room empty: direct; true: a binary message */
	bool (*event)(struct buf *out, const struct event *event);
	void (*notice)(struct buf *out, const struct msg_notice *notice);
	void (*presence)(struct buf *out, const struct msg_presence *presence);
	void (*roomlist)(struct buf *out, const struct msg_roomlist *roomlist);
	void (*history)(struct buf *out, const struct msg_historylist *history);
	void (*ack)(struct buf *out, const struct msg_receipt *receipt);
	void (*error)(struct buf *out, enum error error, struct slice ref);
	/* ERROR_RATE; NULL: the dialect has no place for the time, and says it as any error */
	void (*over_rate)(struct buf *out, uint32_t retry_ms, struct slice ref);
	void (*pong)(struct buf *out, uint64_t wall_ms, struct slice ref);
	/* expires: s since 1970, 0: never */
	void (*authorized)(struct buf *out, struct slice user, int64_t expires, struct slice ref);
};

/* One that a room has kept, as an event. False: its format is not known here. */
bool dialect_kept(
	const struct msg_kept *kept, struct slice room, uint64_t epoch, struct event *ret_event);

extern const struct dialect dialect_room;

const struct dialect *dialect_get(enum dialect_id id); /* of dialect.c */

#endif

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
	REQUEST_BROADCAST, /* to many rooms, or to everyone */
	REQUEST_JOIN,
	REQUEST_LEAVE,
	REQUEST_USERS,
	REQUEST_ROOMS,
	REQUEST_HISTORY,
	REQUEST_STATE, /* a change of a room's state */
	REQUEST_STATE_GET,
	REQUEST_CALL, /* of the room's handler */
	REQUEST_PING,
	REQUEST_AUTH,
	REQUEST_TAP, /* to be shown all that is said */
	REQUEST_UNTAP,
	REQUEST_KINDS,
};

/* What a tap is to show: patterns, and the id of a connection; an empty one: any. */
struct tap_filter {
	struct slice room, user, type, connection;
};

/*
 * All slices are borrowed from the message or from the scratch buffer, decoded (no quotes, no
 * escapes) but for ref and body.
 */
struct request {
	enum request_kind kind;
	struct slice room; /* as it was named; empty: none was, and the client's own is meant */
	struct slice type; /* of PUBLISH, DIRECT and BROADCAST, as are format and body */
	struct slice mid; /* of the same and STATE: what makes it be applied once; empty: none */
	struct slice target; /* of DIRECT */
	struct slice cmd; /* of CALL, which has a body too */
	struct slice ref; /* JSON text; empty: none */
	struct slice token; /* of AUTH; never logged */
	bool recover; /* JOIN: what came after `since` of the room's `epoch` is wanted */
	uint64_t since, epoch; /* of JOIN; `since` of HISTORY too, 0: from the first */
	uint64_t before; /* of HISTORY; 0: to the last */
	uint32_t limit; /* of HISTORY: 1 to HISTORY_MAX */
	enum event_state state; /* of JOIN, as are, with STATE_SINCE: */
	uint64_t rev, state_epoch;
	struct slice ops, checks; /* JSON text, of STATE: dialect_state.h; checks may be empty */
	enum event_scope scope; /* of BROADCAST */
	struct slice rooms; /* JSON text, an array of names; of SCOPE_ROOMS */
	struct tap_filter filter; /* of TAP */
	unsigned flags; /* enum event_flag */
	enum event_format format;
	struct slice body;
};

enum {
	HISTORY_MAX = 300, /* messages in an answer */
	HISTORY_DEFAULT = 100,
	BROADCAST_MAX = 128, /* rooms that are named */
};

struct dialect_limits {
	unsigned json_depth;
};

/* Who a client is, as the hub and auth have said. */
struct dialect_welcome {
	struct slice id;
	struct slice nickname;
	struct slice user; /* empty: not signed in */
	struct slice resume;
	struct slice room; /* what is meant where a message names none */
	uint64_t epoch; /* of the hub */
	uint64_t ping_ms;
	bool resumed;
};

enum dialect_id { DIALECT_ROOM, DIALECT_COMMAND, DIALECT_RAW, DIALECT_MAX };

/* What an encoder has written; a raw message may be empty. */
enum said { SAID_NOTHING, SAID_TEXT, SAID_BINARY };

/*
 * Encoders append one message's text to `out`; one that appends nothing has nothing to say in this
 * dialect, and nothing is sent. They may be called with any message that msg_decode() has let
 * through.
 */
struct dialect {
	enum dialect_id id;
	const char *name;
	bool binary; /* takes binary messages; else one closes the connection (1003) */
	bool own_room; /* who names no room gets one of its own, not default_room */
	bool notice_others; /* that someone joined is told to the others only */
	/* there is no token in a message, and no coming back with `resume` */
	bool bare;

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
	/* room empty: direct */
	enum said (*event)(struct buf *out, const struct event *event);
	void (*notice)(struct buf *out, const struct msg_notice *notice);
	/* conn 0: not asked for, as is */
	void (*presence)(struct buf *out, const struct msg_presence *presence);
	void (*roomlist)(struct buf *out, const struct msg_roomlist *roomlist);
	void (*history)(struct buf *out, const struct msg_historylist *history);
	void (*ack)(struct buf *out, const struct msg_receipt *receipt);
	/* A room's state; NULL, as are its others: the dialect has no word for it. */
	void (*stated)(struct buf *out, const struct msg_stated *stated);
	void (*snapshot)(struct buf *out, const struct msg_snapshot *snapshot);
	void (*state_done)(struct buf *out, const struct msg_state_done *done);
	void (*state_conflict)(struct buf *out, const struct msg_state_conflict *conflict);
	/* What a handler answers; NULL: no one who speaks it can call. */
	void (*result)(struct buf *out, const struct msg_result *result);
	void (*error)(struct buf *out, enum error error, struct slice ref);
	/* The same in a handler's words, which may be left out; NULL: it is said as any error. */
	void (*refused)(struct buf *out, const struct msg_refusal *refusal);
	/* ERROR_RATE; NULL: the dialect has no place for the time, and says it as any error */
	void (*over_rate)(struct buf *out, uint32_t retry_ms, struct slice ref);
	/* What a client that cannot be told of an error is closed with; NULL: all are told. */
	enum close_reason (*fatal)(enum error error);
	/* room: what the ping named, unchecked */
	void (*pong)(struct buf *out, struct slice room, uint64_t wall_ms, struct slice ref);
	/* expires: s since 1970, 0: never */
	void (*authorized)(struct buf *out, struct slice user, int64_t expires, struct slice ref);
	/* its token runs out soon; NULL: this is not said */
	void (*expiring)(struct buf *out, int64_t expires);
	/* NULL, as is the next: no one who speaks it can have a tap. */
	void (*tapping)(struct buf *out, const struct msg_tapping *tapping);
	void (*tapped)(struct buf *out, const struct msg_tapped *tapped);
	/* The last before the close frame; NULL: that says all. retry_ms 0: not to come back. */
	void (*closing)(struct buf *out, const struct close_row *row, uint32_t retry_ms);
};

/* One that a room has kept, as an event. False: its format is not known here. */
bool dialect_kept(
	const struct msg_kept *kept, struct slice room, uint64_t epoch, struct event *ret_event);

/* A request's `rooms`, a checked array of names, as the list of a message, kept in `raw`. */
struct msg_list dialect_rooms(struct slice array, struct buf *raw);

extern const struct dialect dialect_room;
extern const struct dialect dialect_command;
extern const struct dialect dialect_raw;

const struct dialect *dialect_get(enum dialect_id id); /* of dialect.c */

#endif

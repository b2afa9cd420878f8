/* event.h - the canonical event that all dialects meet in, and what its names may be */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_EVENT_H
#define PROTO_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

/* What `body` is. */
enum event_format {
	/* members of a JSON object as sent, without the braces: `"a":1,"b":[]`; may be empty */
	EVENT_MEMBERS = 0,
	EVENT_TEXT = 1, /* the UTF-8 text of a raw frame */
	EVENT_BINARY = 2, /* the bytes of a raw frame */
	/* as MEMBERS, and some have names that are the server's own in the room dialect */
	EVENT_PARAM = 3,
	EVENT_FORMATS,
};

/* What of a room's state is wanted by who joins. */
enum event_state {
	STATE_NONE,
	STATE_ALL,
	STATE_SINCE, /* what it has not got; all if that is not known */
	EVENT_STATES,
};

/* What a broadcast goes to. */
enum event_scope {
	SCOPE_ROOMS, /* those that are named */
	SCOPE_ALL_ROOMS,
	SCOPE_CONNECTIONS, /* all of them, whatever rooms they are in */
	EVENT_SCOPES,
};

/* What the server API does to connections, and what it asks. */
enum api_action { API_JOIN, API_LEAVE, API_DISCONNECT, API_ACTIONS };
enum api_query {
	API_QUERY_ROOMS,
	API_QUERY_CONNECTIONS,
	API_QUERY_CLOSED,
	API_QUERY_HISTORY,
	API_QUERY_STATUS,
	API_QUERIES
};

/* What a tap is shown. */
enum tap_kind {
#define TAP(NAME, name, help) TAP_##NAME,
#include "proto/taps.def"
#undef TAP
	TAP_KINDS,
};
const char *tap_kind_name(enum tap_kind kind);
/* What a page is in the order of. */
enum api_order {
#define ORDER(NAME, name, OF) ORDER_##NAME,
#include "proto/orders.def"
#undef ORDER
	API_ORDERS,
};

/* What of its rooms a handler wants; a sum. */
enum handler_what {
	HANDLER_PEOPLE = 1, /* who comes and goes */
	HANDLER_MESSAGES = 2, /* what is said */
	HANDLER_CALLS = 4, /* it answers calls */
	HANDLER_GUARD = 8, /* nothing is said but by its ruling */
	HANDLER_STATE = 16, /* what becomes of the room's state */
	HANDLER_WHATS = 31,
};

/* What becomes of a message in a guarded room. */
enum handler_ruling { RULING_PASS, RULING_CHANGE, RULING_REFUSE, HANDLER_RULINGS };

/* Who ended a connection; GONE: no one said so. */
enum ender { ENDER_CLIENT, ENDER_SERVER, ENDER_GONE, ENDERS };
/* Of a close frame without a code, and where there was none (RFC 6455 section 7.4.1). */
enum { ENDER_NO_CODE = 1005, ENDER_NO_FRAME = 1006 };

/* What comes by the server API has this as its sender; no client gets it as an id. */
#define EVENT_API_ID "api"
#define EVENT_API_NICKNAME "API"
/* Likewise what a handler says, under its name. */
#define EVENT_HANDLER_ID "handler"

enum event_flag {
	EVENT_NO_ECHO = 1, /* not to the sender */
	EVENT_EPHEMERAL = 2, /* neither numbered nor kept */
	/* of a sender's messages of this type in this room only the latest is of worth */
	EVENT_LATEST = 4,
};

/* All slices are borrowed. */
struct event {
	struct slice room; /* empty: a direct message */
	struct slice type;
	enum event_format format;
	struct slice body;
	struct slice id; /* of the sender, as are: */
	struct slice nickname;
	struct slice user; /* empty: not signed in */
	uint64_t epoch; /* of the room */
	uint64_t offset; /* 0: not kept */
	uint64_t time; /* ms since 1970 */
};

enum {
	EVENT_ROOM_MAX = 255, /* bytes */
	EVENT_TYPE_MAX = 64, /* bytes */
	EVENT_KEY_MAX = 255, /* bytes, of a room's state */
	EVENT_ID_MAX = 64, /* bytes */
	EVENT_REF_MAX = 128, /* bytes of JSON text */
	EVENT_EPOCH_LEN = 16, /* hexadecimal digits */
	EVENT_NICKNAME_MAX = 256, /* bytes: 64 characters of 4 */
};

bool event_room_valid(struct slice room); /* 1 to 255 bytes of UTF-8 without control characters */
const char *event_room_check(
	struct slice room); /* the same, for settings: what is wrong, or NULL */
bool event_type_valid(struct slice type); /* 1 to 64 bytes, likewise */
bool event_key_valid(struct slice key); /* 1 to 255 bytes, likewise */
bool event_id_valid(struct slice id); /* 1 to 64 of A-Z a-z 0-9 . _ : @ - ; not `user:` first */
/* 1 to max characters, likewise; not only spaces */
bool event_nickname_valid(struct slice nickname, size_t max_characters);

/* Decimal digits only, and it fits. */
bool event_offset_parse(struct slice text, uint64_t *ret_offset);
bool event_epoch_parse(struct slice text, uint64_t *ret_epoch); /* 16 hexadecimal digits */

#endif

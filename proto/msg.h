/* msg.h - messages between processes: types and codec, made from messages.def */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_MSG_H
#define PROTO_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

/*
 * Processes of different versions do not talk; both sides say so in their logs. Handlers, which
 * are not upgraded with the server, have a version of their own (links.def says which counts).
 */
enum { PROTO_VERSION = 6, HANDLER_VERSION = 1 };

/* What HELLO and WELCOME say there: with 2, HANDLED_SOME and SKIPPED are known. */
enum { HANDLER_KNOWS = 2 };

enum process {
#define PROCESS(NAME, name, code) PROCESS_##NAME = code,
#include "proto/ends.def"
#undef PROCESS
	PROCESS_MAX,
};

const char *process_name(enum process process); /* "gateway"; "unknown" for a number that is none */

/* TOKEN.result */
enum login_result {
	LOGIN_OK,
	LOGIN_DENIED, /* no such user, not the password, or no valid name */
	LOGIN_RATE, /* tried too often */
	LOGIN_BUSY, /* try again */
	LOGIN_FORBIDDEN, /* there are no guests here */
};

/* What auth says of a token. */
enum verdict {
	VERDICT_DENY = 0, /* the token is not good */
	VERDICT_ALLOW = 1,
	VERDICT_NEEDED = 2, /* there was none, and without one no one comes in */
};

/* REVOKE_DONE.result */
enum revoke_result {
	REVOKE_OK,
	REVOKE_DENIED, /* the token is not good any more, or no administrator's */
	REVOKE_BAD, /* no jti, user or time */
	REVOKE_FULL, /* there are as many as there may be */
	REVOKE_FAILED, /* it cannot be kept, and is not in force */
};

/*
 * A list of records: borrowed, encoded, and (when it comes out of msg_decode) already checked, so
 * that walking it cannot fail.
 */
struct msg_list {
	uint32_t count;
	struct slice raw;
};

/* clang-format off */
#define u8 uint8_t
#define u16 uint16_t
#define u32 uint32_t
#define u64 uint64_t
#define i64 int64_t
#define str struct slice
#define blob struct slice
#define FIELD(type, name) type name;
#define LIST(record, name) struct msg_list name;
#define REC(name) struct msg_##name {
#define REC_END };
#define MSG(NAME, name, code, from, to) struct msg_##name {
#define MSG_END };
#include "proto/messages.def"
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END
#undef FIELD
#undef LIST
#undef u8
#undef u16
#undef u32
#undef u64
#undef i64
#undef str
#undef blob

enum msg_type {
#define FIELD(type, name)
#define LIST(record, name)
#define REC(name)
#define REC_END
#define MSG_END
#define MSG(NAME, name, code, from, to) MSG_##NAME = code,
#include "proto/messages.def"
#undef MSG
	MSG_TYPE_MAX = 192,  /* every code is below */
};

/* One message of any type; slices in it are borrowed. */
struct msg {
	enum msg_type type;
	union {
#define MSG(NAME, name, code, from, to) struct msg_##name name;
#include "proto/messages.def"
#undef MSG
	};
};

/*
 * Lists are built record by record into a buffer of the caller's, and walked with
 * `while (msg_next_member(&list, &member))`, which takes what it gives off the list.
 */
#undef REC
#define REC(name) \
	void msg_add_##name( \
		struct buf *raw, struct msg_list *list, const struct msg_##name *record); \
	bool msg_next_##name(struct msg_list *list, struct msg_##name *ret_record);
#define MSG(NAME, name, code, from, to)
#include "proto/messages.def"
#undef REC
#undef REC_END
#undef MSG
#undef MSG_END
#undef FIELD
#undef LIST
/* clang-format on */

const char *msg_name(unsigned type); /* "deliver"; "unknown" for a code that has no row */

/* Whether messages.def lets `from` send this type to `to`. */
bool msg_allowed(unsigned type, enum process from, enum process to);

/*
 * Appends the message: type, length, fields in order; numbers little-endian. A str over 65,535
 * bytes is our own bug.
 */
void msg_encode(struct buf *out, const struct msg *msg);

/*
 * Takes one message off the front of `in`. Slices of ret_msg point into it. Returns 0, or
 * -EBADMSG if it is cut, has a byte too many, or a type that is not in the table; then `in` and
 * ret_msg are untouched.
 */
int msg_decode(struct slice *in, struct msg *ret_msg);

/* The `seq` of a message, or 0 for a type that has none. */
uint64_t msg_seq(const struct msg *msg);
bool msg_set_seq(struct msg *msg, uint64_t seq); /* false: it has none */

#endif

/* dialect_parts.h - a client's JSON taken apart: what is the server's own, and what it asks for */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_DIALECT_PARTS_H
#define GATEWAY_DIALECT_PARTS_H

#include "gateway/dialect.h"
#include "proto/json.h"

/*
 * Members that are the server's own, by their names in the room dialect. There they are taken out
 * of what a client sends, each may be there once, and those that have a kind must be of it. From
 * OWN_SHARED on they are so only in the types that they belong to, and stay in the body: `target`
 * is given to the receiver of `private` like the rest, and elsewhere they are an application's own.
 */
enum own {
	OWN_TYPE,
	OWN_ROOM,
	OWN_NICKNAME,
	OWN_ID,
	OWN_USER,
	OWN_OFFSET,
	OWN_REF,
	OWN_MID,
	OWN_ECHO,
	OWN_EPHEMERAL,
	OWN_TOKEN,
	OWN_SHARED,
	OWN_TARGET = OWN_SHARED,
	OWN_SINCE,
	OWN_EPOCH,
	OWN_BEFORE,
	OWN_LIMIT,
	OWN_ROOMS,
	OWN_ALL,
	OWN_OPS,
	OWN_IF,
	OWN_STATE,
	OWN_FILTER,
	OWN_CMD,
	OWN_MAX,
};

/* All-zero: none of them. */
struct parts {
	struct json_value value[OWN_MAX];
	unsigned count[OWN_MAX];
	enum event_format format;
	struct slice body;
	bool command; /* the words of the command dialect count as well */
};

/* One whole message as a JSON object, or why it is none. `scratch` is cleared first. */
enum error parts_open(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct slice *ret_object);

enum own parts_own(struct slice key); /* OWN_MAX for a member that is the application's own */
bool parts_named(struct slice key, struct slice name); /* whether the key means this name */
void parts_add(struct parts *parts, enum own own, struct json_value value);

/* What the type asks for; ERROR_BAD_MESSAGE if there is none, and KINDS if it is refused. */
enum error parts_kind(const struct parts *parts, struct buf *scratch, enum request_kind *ret_kind);
/* Whether a request of this kind has such a member beside its type. */
bool parts_belongs(enum own own, enum request_kind kind);

/*
 * What is asked for. `scratch` has room for every string twice, so that no slice moves. Of one
 * that is refused only the ref is set, if it could be read.
 */
enum error parts_request(
	const struct parts *parts, struct buf *scratch, struct request *ret_request);

#endif

/* dialects.h - what the fuzz targets of the dialects share: what was taken is said in all three */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_GATEWAY_DIALECTS_H
#define TESTS_FUZZ_GATEWAY_DIALECTS_H

#include <assert.h>
#include <jansson.h>
#include <stdint.h>

#include "gateway/dialect.h"
#include "gateway/dialect_state.h"
#include "proto/base/mem.h"
#include "proto/json.h"

enum { FUZZ_DEPTH = 16 };

static inline bool jansson_takes(struct slice text)
{
	json_t *tree = json_loadb(text.ptr, text.len, 0, NULL);

	json_decref(tree);
	return tree;
}

static inline struct slice object_of(const struct buf *text)
{
	struct json_value value;

	assert(json_check(buf_slice(text), FUZZ_DEPTH + 2, &value) == 0);
	assert(value.type == JSON_TYPE_OBJECT);
	return value.text;
}

static inline struct event event_of(const struct request *request)
{
	return (struct event){
		.room = SLICE("a \"room\""),
		.type = request->type,
		.format = request->format,
		.body = request->body,
		.id = SLICE("id"),
		.nickname = SLICE("N"),
		.user = SLICE("u"),
		.offset = 7,
	};
}

static inline void check_request(const struct request *request)
{
	assert(request->kind < REQUEST_KINDS && request->format < EVENT_FORMATS);
	assert(request->type.len && request->ref.len <= EVENT_REF_MAX);
	if (request->kind == REQUEST_JOIN)
		assert(event_room_valid(request->room));
	if (request->kind == REQUEST_PUBLISH)
		assert(event_type_valid(request->type) &&
			(request->room.len == 0 || event_room_valid(request->room)));
	if (request->kind == REQUEST_DIRECT)
		assert(request->target.len);
	assert(event_type_valid(request->cmd) == (request->kind == REQUEST_CALL));
	assert(request->mid.len <= 64);
	assert(request->recover <= (request->kind == REQUEST_JOIN));
	assert(request->epoch == 0 || request->recover);
	assert(request->since == 0 || request->recover || request->kind == REQUEST_HISTORY);
	if (request->kind == REQUEST_HISTORY)
		assert(request->limit >= 1 && request->limit <= HISTORY_MAX);
	if (request->kind == REQUEST_AUTH)
		assert(request->token.len);
	assert(request->state < EVENT_STATES);
	assert(request->state == STATE_NONE || request->kind == REQUEST_JOIN);
	assert((request->ops.len > 0) == (request->kind == REQUEST_STATE));
	assert(request->scope < EVENT_SCOPES);
	assert((request->rooms.len > 0) ==
		(request->kind == REQUEST_BROADCAST && request->scope == SCOPE_ROOMS));
}

/* In each dialect: JSON is JSON, for jansson too where it took what the client said (`strict`). */
static inline void check_everywhere(const struct event *event, bool strict)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	enum said said;

	assert(dialect_room.event(&out, event) == SAID_TEXT);
	object_of(&out);
	assert(!strict || jansson_takes(buf_slice(&out)));
	buf_clear(&out);
	assert(dialect_command.event(&out, event) == SAID_TEXT);
	object_of(&out);
	assert(!strict || jansson_takes(buf_slice(&out)));
	buf_clear(&out);
	said = dialect_raw.event(&out, event);
	assert(said == SAID_TEXT || said == SAID_BINARY);
}

/* What a change says is told to all: each op, and nothing else. */
static inline void check_state(const struct request *request, bool strict)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 }, ops = { .cap = 0 },
				       checks = { .cap = 0 };
	struct msg_stated stated = { .room = SLICE("r"), .rev = 1, .id = SLICE("i") };
	struct msg_list list = state_checks(request->checks, &checks);
	struct msg_statecheck check;

	while (msg_next_statecheck(&list, &check))
		assert(event_key_valid(check.key));
	stated.ops = state_ops(request->ops, &ops);
	assert(stated.ops.count > 0);
	dialect_room.stated(&out, &stated);
	object_of(&out);
	assert(!strict || jansson_takes(buf_slice(&out)));
	buf_clear(&out);
	dialect_command.stated(&out, &stated);
	object_of(&out);
}

/* What a call asks may be what its handler answers; the answer's own members are there once. */
static inline void check_result(const struct dialect *dialect, struct slice body)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct msg_result result = { .room = SLICE("r"), .ref = SLICE("1"), .body = body };
	struct json_member member;
	struct json_walk walk;
	unsigned rooms = 0;

	dialect->result(&out, &result);
	json_walk_init(&walk, object_of(&out));
	while (json_next_member(&walk, &member))
		rooms += json_string_eq(member.key, SLICE("room")) ||
			json_string_eq(member.key, SLICE("channel"));
	assert(rooms == 1 || dialect != &dialect_command);
	assert(rooms >= 1);
}

/* The same within a list of what was kept. */
static inline void check_history(const struct dialect *dialect, const struct event *event)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 }, raw = { .cap = 0 };
	struct msg_historylist list = { .room = SLICE("r"), .ref = SLICE("1") };
	struct msg_kept kept = { .offset = 7,
		.type = event->type,
		.format = (uint8_t)event->format,
		.body = event->body };
	struct json_value value;

	msg_add_kept(&raw, &list.messages, &kept);
	msg_add_kept(&raw, &list.messages, &kept);
	dialect->history(&out, &list);
	assert(json_check(buf_slice(&out), FUZZ_DEPTH + 4, &value) == 0);
}

static inline void check_answers(
	const struct dialect *dialect, enum error error, struct slice room, struct slice ref)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct msg_receipt receipt = { .ref = ref, .room = SLICE("r") };

	dialect->error(&out, error, ref);
	object_of(&out);
	buf_clear(&out);
	dialect->over_rate(&out, 1, ref);
	object_of(&out);
	buf_clear(&out);
	dialect->pong(&out, room, 1, ref);
	object_of(&out);
	buf_clear(&out);
	dialect->ack(&out, &receipt);
	if (ref.len)
		object_of(&out);
}

/* What is refused has nothing but its ref; what is JSON is not called something else. */
static inline void check_error(struct slice text, enum error error, const struct request *request)
{
	struct json_value value;
	bool json = json_check(text, FUZZ_DEPTH, &value) == 0;

	if (json)
		assert(error != ERROR_BAD_JSON && error != ERROR_TOO_DEEP);
	else
		assert(error == ERROR_BAD_JSON || error == ERROR_TOO_DEEP ||
			error == ERROR_BAD_MESSAGE);
	if (error)
		assert(request->room.len + request->type.len + request->body.len == 0);
}

#endif

/* fuzz_dialect_room.c - what a client says stays JSON, and the body survives */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>

#include "gateway/dialect.h"
#include "proto/base/mem.h"
#include "proto/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH = 16 };

static bool jansson_takes(struct slice text)
{
	json_t *tree = json_loadb(text.ptr, text.len, 0, NULL);

	json_decref(tree);
	return tree;
}

static struct slice object_of(const struct buf *text)
{
	struct json_value value;

	assert(json_check(buf_slice(text), DEPTH, &value) == 0);
	assert(value.type == JSON_TYPE_OBJECT);
	return value.text;
}

/* The members that were stamped come first; then those of the client, byte for byte. */
static void check_event(const struct buf *out, const struct request *request, unsigned stamped)
{
	struct slice rest = request->body;
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object_of(out));
	while (stamped-- > 0)
		assert(json_next_member(&walk, &member));
	while (json_next_member(&walk, &member)) {
		assert(slice_starts(rest, member.text));
		rest = slice_make(rest.ptr + member.text.len, rest.len - member.text.len);
		if (rest.len == 0)
			continue;
		assert(rest.ptr[0] == ',');
		rest = slice_make(rest.ptr + 1, rest.len - 1);
	}
	assert(rest.len == 0);
}

static void check_request(const struct request *request)
{
	assert(request->kind < REQUEST_KINDS && request->format == EVENT_MEMBERS);
	assert(request->type.len && request->ref.len <= EVENT_REF_MAX);
	if (request->kind == REQUEST_JOIN)
		assert(event_room_valid(request->room));
	if (request->kind == REQUEST_PUBLISH)
		assert(event_type_valid(request->type) &&
			(request->room.len == 0 || event_room_valid(request->room)));
	if (request->kind == REQUEST_DIRECT)
		assert(request->target.len);
	assert(request->mid.len <= 64);
	assert(request->recover <= (request->kind == REQUEST_JOIN));
	assert(request->epoch == 0 || request->recover);
	assert(request->since == 0 || request->recover || request->kind == REQUEST_HISTORY);
	if (request->kind == REQUEST_HISTORY)
		assert(request->limit >= 1 && request->limit <= HISTORY_MAX);
	if (request->kind == REQUEST_AUTH)
		assert(request->token.len);
}

static void publish(const struct request *request, bool strict)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct event event = {
		.room = SLICE("a \"room\""),
		.type = request->type,
		.format = request->format,
		.body = request->body,
		.id = SLICE("id"),
		.nickname = SLICE("N"),
		.user = SLICE("u"),
		.offset = 7,
	};

	assert(dialect_room.event(&out, &event) == SAID_TEXT);
	check_event(&out, request, 6);
	if (strict)
		assert(jansson_takes(buf_slice(&out)));
}

/* The same within a list of what was kept. */
static void recall(const struct request *request)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 }, raw = { .cap = 0 };
	struct msg_historylist list = { .room = SLICE("r"), .ref = request->ref };
	struct msg_kept kept = { .offset = 7, .type = request->type, .body = request->body };
	struct json_value value;

	msg_add_kept(&raw, &list.messages, &kept);
	msg_add_kept(&raw, &list.messages, &kept);
	dialect_room.history(&out, &list);
	assert(json_check(buf_slice(&out), DEPTH + 2, &value) == 0);
}

static void answer(enum error error, struct slice ref)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct msg_receipt receipt = { .ref = ref, .room = SLICE("r") };

	dialect_room.error(&out, error, ref);
	object_of(&out);
	buf_clear(&out);
	dialect_room.pong(&out, SLICE("r"), 1, ref);
	object_of(&out);
	buf_clear(&out);
	dialect_room.ack(&out, &receipt);
	if (ref.len)
		object_of(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect_limits limits = { .json_depth = DEPTH };
	_cleanup_(buf_done) struct buf scratch = { .cap = 0 };
	struct slice text = slice_make(data, size);
	struct json_value value;
	struct request request;
	enum error error = dialect_room.decode(text, false, &limits, &scratch, &request);
	bool json = json_check(text, DEPTH, &value) == 0;

	if (json)
		assert(error != ERROR_BAD_JSON && error != ERROR_TOO_DEEP);
	else
		assert(error == ERROR_BAD_JSON || error == ERROR_TOO_DEEP ||
			error == ERROR_BAD_MESSAGE);
	answer(error, request.ref);
	if (error) {
		assert(request.room.len + request.type.len + request.body.len == 0);
		return 0;
	}
	check_request(&request);
	if (request.kind == REQUEST_PUBLISH || request.kind == REQUEST_DIRECT)
		publish(&request, jansson_takes(text));
	recall(&request);
	return 0;
}

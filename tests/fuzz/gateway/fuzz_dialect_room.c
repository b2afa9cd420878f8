/* fuzz_dialect_room.c - what a client says stays JSON, and the body survives */
/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/gateway/dialects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect_limits limits = { .json_depth = FUZZ_DEPTH };
	_cleanup_(buf_done) struct buf scratch = { .cap = 0 }, out = { .cap = 0 };
	struct slice text = slice_make(data, size);
	struct request request;
	enum error error = dialect_room.decode(text, false, &limits, &scratch, &request);
	struct event event;

	check_error(text, error, &request);
	check_answers(&dialect_room, error, request.room, request.ref);
	if (error)
		return 0;
	check_request(&request);
	assert(request.format == EVENT_MEMBERS);
	event = event_of(&request);
	assert(dialect_room.event(&out, &event) == SAID_TEXT);
	check_event(&out, &request, 6);
	check_everywhere(&event, jansson_takes(text));
	check_history(&dialect_room, &event);
	check_result(&dialect_room, request.body);
	if (request.kind == REQUEST_STATE)
		check_state(&request, jansson_takes(text));
	return 0;
}

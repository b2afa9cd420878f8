/* fuzz_dialect_command.c - what a client says stays JSON, and param survives byte for byte */
/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/gateway/dialects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* It arrives as the same bytes, or, if it was no object, as the only member of one. */
static void check_param(const struct event *event)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct json_member member;
	struct json_walk walk;
	unsigned params = 0;

	dialect_command.event(&out, event);
	json_walk_init(&walk, object_of(&out));
	while (json_next_member(&walk, &member)) {
		if (!json_string_eq(member.key, SLICE("param")))
			continue;
		params++;
		assert(member.value.text.len == event->body.len + 2);
		assert(slice_eq(
			slice_make(member.value.text.ptr + 1, event->body.len), event->body));
	}
	assert(params == 1);
}

/* Of what a client has said, nothing is taken for the server's own in the room dialect. */
static void check_stamped(const struct event *event)
{
	static const char *const names[] = { "type", "room", "id", "nickname", "user", "offset" };
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	unsigned seen[6] = { 0 };
	struct json_member member;
	struct json_walk walk;

	dialect_room.event(&out, event);
	json_walk_init(&walk, object_of(&out));
	while (json_next_member(&walk, &member))
		for (size_t i = 0; i < 6; i++)
			seen[i] += json_string_eq(member.key, slice_of(names[i]));
	for (size_t i = 0; i < 6; i++)
		assert(seen[i] == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dialect_limits limits = { .json_depth = FUZZ_DEPTH };
	_cleanup_(buf_done) struct buf scratch = { .cap = 0 };
	struct slice text = slice_make(data, size);
	struct request request;
	enum error error = dialect_command.decode(text, false, &limits, &scratch, &request);
	struct event event;

	check_error(text, error, &request);
	check_answers(&dialect_command, error, request.room, request.ref);
	if (error)
		return 0;
	check_request(&request);
	event = event_of(&request);
	check_param(&event);
	check_stamped(&event);
	check_everywhere(&event, jansson_takes(text));
	check_history(&dialect_command, &event);
	check_result(&dialect_command, request.body);
	if (request.kind == REQUEST_STATE)
		check_state(&request, jansson_takes(text));
	return 0;
}

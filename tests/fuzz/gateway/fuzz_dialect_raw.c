/* fuzz_dialect_raw.c - frames become JSON and come back the same; no body of others is misread */
/* SPDX-License-Identifier: MIT */
#include "proto/base/base64.h"
#include "proto/base/utf8.h"
#include "tests/fuzz/gateway/dialects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `content` of the room dialect's text is the frame. */
static void check_content(const struct event *event)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 }, text = { .cap = 0 },
				       bytes = { .cap = 0 };
	struct json_member member = { .key = { NULL, 0 } };
	struct json_walk walk;

	dialect_room.event(&out, event);
	json_walk_init(&walk, object_of(&out));
	while (json_next_member(&walk, &member))
		;
	assert(json_string_eq(member.key, SLICE("content")));
	json_string_decode(&text, member.value.text);
	if (event->format == EVENT_BINARY)
		assert(base64_get(&bytes, buf_slice(&text)));
	else
		buf_put(&bytes, buf_slice(&text));
	assert(slice_eq(buf_slice(&bytes), event->body));
}

/* Said by a room client as `content`, it is the same frame to a raw client. */
static void check_back(const struct event *event)
{
	_cleanup_(buf_done) struct buf body = { .cap = 0 }, out = { .cap = 0 };
	struct event other = *event;

	if (event->format == EVENT_BINARY) {
		buf_put(&body, SLICE("\"content\":\""));
		base64_put(&body, event->body);
		buf_putc(&body, '"');
	} else {
		json_add_string(&body, "content", event->body);
	}
	other.format = EVENT_MEMBERS;
	other.body = buf_slice(&body);
	assert(dialect_raw.event(&out, &other) ==
		(event->format == EVENT_BINARY ? SAID_BINARY : SAID_TEXT));
	assert(slice_eq(buf_slice(&out), event->body));
}

static void check_frame(struct slice frame, bool binary)
{
	static const struct dialect_limits limits = { .json_depth = FUZZ_DEPTH };
	_cleanup_(buf_done) struct buf scratch = { .cap = 0 }, out = { .cap = 0 };
	struct request request;
	struct event event;

	assert(dialect_raw.decode(frame, binary, &limits, &scratch, &request) == ERROR_NONE);
	check_request(&request);
	event = event_of(&request);
	assert(dialect_raw.event(&out, &event) == (binary ? SAID_BINARY : SAID_TEXT));
	assert(slice_eq(buf_slice(&out), frame));
	/* jansson takes no NUL in a string, which ours is given as \u0000 */
	check_content(&event);
	check_back(&event);
	check_everywhere(&event, binary || !memchr(frame.ptr, 0, frame.len));
	check_history(&dialect_room, &event);
}

/* Bodies that no client could have said: nothing is read that is not there. */
static void check_nonsense(struct slice body, struct slice type, enum event_format format)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 }, base = { .cap = 0 };
	struct event event = { .type = type, .format = format, .body = body };

	assert(dialect_raw.event(&out, &event) != SAID_NOTHING);
	if (base64_get(&base, body)) {
		buf_clear(&out);
		base64_put(&out, buf_slice(&base));
		assert(slice_eq(buf_slice(&out), body));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make(data, size);

	check_frame(bytes, true);
	if (utf8_valid(bytes) && !memchr(data, 0, size))
		check_frame(bytes, false);
	check_nonsense(bytes, SLICE("text"), EVENT_MEMBERS);
	check_nonsense(bytes, SLICE("binary"), EVENT_PARAM);
	check_nonsense(bytes, SLICE("chat"), EVENT_MEMBERS);
	return 0;
}

/* dialect_raw.c - the raw dialect: frames as they are, to the room and from it; nothing else */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"
#include "proto/base/base64.h"
#include "proto/base/mem.h"
#include "proto/json.h"

static const struct slice type_text = SLICE("text"), type_binary = SLICE("binary");

static enum error raw_decode(struct slice text, bool binary, const struct dialect_limits *limits,
	struct buf *scratch, struct request *ret_request)
{
	(void)limits;
	(void)scratch;
	*ret_request = (struct request){
		.kind = REQUEST_PUBLISH,
		.type = binary ? type_binary : type_text,
		.format = binary ? EVENT_BINARY : EVENT_TEXT,
		.body = text,
	};
	return ERROR_NONE;
}

/* ---- what others say ---- */

/* The only `content` of members, as JSON text that is a string; else empty. */
static struct slice content_of(const struct json_value *object)
{
	struct slice content = { NULL, 0 };
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object->text);
	while (json_next_member(&walk, &member)) {
		if (!json_string_eq(member.key, SLICE("content")))
			continue;
		if (content.len || member.value.type != JSON_TYPE_STRING)
			return (struct slice){ NULL, 0 };
		content = member.value.text;
	}
	return content;
}

/* What others call `text` or `binary` is what it says, if its `content` can be that. */
static enum said put_content(struct buf *out, const struct event *event)
{
	_cleanup_(buf_done) struct buf object = { .cap = 0 }, plain = { .cap = 0 };
	struct json_value value;
	struct slice content;

	json_begin(&object, '{');
	buf_put(&object, event->body);
	json_end(&object, '}');
	if (json_check(buf_slice(&object), JSON_DEPTH_MAX, &value) != 0)
		return SAID_NOTHING;
	content = content_of(&value);
	if (content.len == 0)
		return SAID_NOTHING;
	if (slice_eq(event->type, type_text)) {
		json_string_decode(out, content);
		return SAID_TEXT;
	}
	return base64_get(out, json_string_plain(content, &plain)) ? SAID_BINARY : SAID_NOTHING;
}

static enum said raw_event(struct buf *out, const struct event *event)
{
	enum said said = SAID_NOTHING;

	if (event->format == EVENT_TEXT || event->format == EVENT_BINARY) {
		buf_put(out, event->body);
		return event->format == EVENT_TEXT ? SAID_TEXT : SAID_BINARY;
	}
	if (slice_eq(event->type, type_text) || slice_eq(event->type, type_binary))
		said = put_content(out, event);
	return said == SAID_NOTHING ? dialect_room.event(out, event) : said;
}

/* ---- what is not said ---- */

static void raw_welcome(struct buf *out, const struct dialect_welcome *welcome)
{
	(void)out;
	(void)welcome;
}

static void raw_joined(struct buf *out, const struct msg_joined *joined)
{
	(void)out;
	(void)joined;
}

static void raw_left(struct buf *out, const struct msg_left *left)
{
	(void)out;
	(void)left;
}

static void raw_notice(struct buf *out, const struct msg_notice *notice)
{
	(void)out;
	(void)notice;
}

static void raw_presence(struct buf *out, const struct msg_presence *presence)
{
	(void)out;
	(void)presence;
}

static void raw_roomlist(struct buf *out, const struct msg_roomlist *roomlist)
{
	(void)out;
	(void)roomlist;
}

static void raw_history(struct buf *out, const struct msg_historylist *history)
{
	(void)out;
	(void)history;
}

static void raw_ack(struct buf *out, const struct msg_receipt *receipt)
{
	(void)out;
	(void)receipt;
}

static void raw_error(struct buf *out, enum error error, struct slice ref)
{
	(void)out;
	(void)error;
	(void)ref;
}

static void raw_pong(struct buf *out, struct slice room, uint64_t wall_ms, struct slice ref)
{
	(void)out;
	(void)room;
	(void)wall_ms;
	(void)ref;
}

static void raw_authorized(struct buf *out, struct slice user, int64_t expires, struct slice ref)
{
	(void)out;
	(void)user;
	(void)expires;
	(void)ref;
}

/* Each means that what was said has reached no one, which it could not learn otherwise. */
static enum close_reason raw_fatal(enum error error)
{
	switch (error) {
	case ERROR_UNAUTHORIZED:
		return CLOSE_UNAUTHORIZED;
	case ERROR_FORBIDDEN:
	case ERROR_NOT_IN_ROOM:
	case ERROR_REFUSED:
		return CLOSE_FORBIDDEN;
	case ERROR_RATE:
		return CLOSE_RATE;
	default:
		return CLOSE_TRY_LATER;
	}
}

const struct dialect dialect_raw = {
	.id = DIALECT_RAW,
	.name = "raw",
	.binary = true,
	.bare = true,
	.decode = raw_decode,
	.welcome = raw_welcome,
	.joined = raw_joined,
	.left = raw_left,
	.event = raw_event,
	.notice = raw_notice,
	.presence = raw_presence,
	.roomlist = raw_roomlist,
	.history = raw_history,
	.ack = raw_ack,
	.error = raw_error,
	.fatal = raw_fatal,
	.pong = raw_pong,
	.authorized = raw_authorized,
};

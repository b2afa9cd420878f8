/* dialect_write.c - what the two JSON dialects write alike */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_write.h"

#include "proto/base/base64.h"

void write_unless_empty(struct buf *out, const char *key, struct slice text)
{
	if (text.len)
		json_add_string(out, key, text);
}

void write_user(struct buf *out, struct slice user)
{
	if (user.len)
		json_add_string(out, "user", user);
	else
		json_add_null(out, "user");
}

void write_members(struct buf *out, const char *key, struct msg_list members)
{
	struct msg_member member;

	json_key(out, key);
	json_begin(out, '[');
	while (msg_next_member(&members, &member)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "id", member.id);
		json_add_string(out, "nickname", member.nickname);
		write_unless_empty(out, "user", member.user);
		json_end(out, '}');
	}
	json_end(out, ']');
}

void write_kept(struct buf *out, const struct msg_historylist *history,
	enum said (*event)(struct buf *out, const struct event *event))
{
	struct msg_list messages = history->messages;
	struct msg_kept kept;
	struct event each;

	json_key(out, "messages");
	json_begin(out, '[');
	while (msg_next_kept(&messages, &kept)) {
		if (!dialect_kept(&kept, history->room, history->epoch, &each))
			continue;
		json_comma(out);
		event(out, &each);
	}
	json_end(out, ']');
}

void write_nicknames(struct buf *out, const char *key, struct msg_list members)
{
	struct msg_member member;

	json_key(out, key);
	json_begin(out, '[');
	while (msg_next_member(&members, &member)) {
		json_comma(out);
		json_put_string(out, member.nickname);
	}
	json_end(out, ']');
}

void write_rooms(struct buf *out, const char *key, struct msg_list rooms)
{
	struct msg_roomstat room;

	json_key(out, key);
	json_begin(out, '[');
	while (msg_next_roomstat(&rooms, &room)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "name", room.name);
		json_add_u64(out, "users", room.users);
		json_end(out, '}');
	}
	json_end(out, ']');
}

void write_expires(struct buf *out, int64_t expires)
{
	if (expires)
		json_add_i64(out, "expires", expires);
	else
		json_add_null(out, "expires");
}

void write_content(struct buf *out, const struct event *event)
{
	switch (event->format) {
	case EVENT_MEMBERS:
	case EVENT_PARAM:
		json_add_members(out, event->body);
		break;
	case EVENT_TEXT:
		json_add_string(out, "content", event->body);
		break;
	default:
		json_key(out, "content");
		buf_putc(out, '"');
		base64_put(out, event->body);
		buf_putc(out, '"');
	}
}

void write_error(struct buf *out, const struct error_row *row)
{
	json_add_string(out, "code", slice_of(row->code));
	json_add_string(out, "content", slice_of(row->text));
}

void write_refusal(struct buf *out, const struct msg_refusal *refusal)
{
	const struct error_row *row = error_row((enum error)refusal->error);

	json_add_string(out, "code", refusal->code.len ? refusal->code : slice_of(row->code));
	json_add_string(out, "content", refusal->text.len ? refusal->text : slice_of(row->text));
}

void write_tapping(struct buf *out, const struct msg_tapping *tapping)
{
	if (!tapping->on)
		return;
	json_add_u64(out, "rate", tapping->rate);
	json_add_u64(out, "bytes", tapping->bytes);
}

static void write_shown_state(
	struct buf *out, const struct msg_tapped *tapped, const struct dialect *dialect)
{
	struct msg_stated shown = { .room = tapped->room,
		.rev = tapped->rev,
		.id = tapped->id,
		.nickname = tapped->nickname,
		.user = tapped->user,
		.ops = tapped->ops };

	dialect->stated(out, &shown);
}

static void write_shown_event(
	struct buf *out, const struct msg_tapped *tapped, const struct dialect *dialect)
{
	struct event shown = { .room = tapped->room,
		.type = tapped->type,
		.format = (enum event_format)tapped->format,
		.body = tapped->body,
		.id = tapped->id,
		.nickname = tapped->nickname,
		.user = tapped->user,
		.epoch = tapped->epoch,
		.offset = tapped->offset };

	dialect->event(out, &shown);
}

/* As its receivers get it. */
static void write_shown(
	struct buf *out, const struct msg_tapped *tapped, const struct dialect *dialect)
{
	if (tapped->kind == TAP_JOIN || tapped->kind == TAP_LEAVE)
		return;
	json_key(out, "message");
	if (tapped->kind == TAP_STATE)
		write_shown_state(out, tapped, dialect);
	else
		write_shown_event(out, tapped, dialect);
}

void write_tapped(struct buf *out, const struct msg_tapped *tapped, const struct dialect *dialect)
{
	enum tap_kind kind = (enum tap_kind)tapped->kind;

	json_add_string(out, "kind", slice_of(tap_kind_name(kind)));
	json_add_u64(out, "time", tapped->time);
	if (kind == TAP_LEFT_OUT) {
		json_add_u64(out, "count", tapped->count);
		return;
	}
	write_unless_empty(out, "in", tapped->room);
	write_unless_empty(out, "target", tapped->target);
	json_add_string(out, "id", tapped->id);
	json_add_string(out, "nickname", tapped->nickname);
	write_unless_empty(out, "user", tapped->user);
	write_shown(out, tapped, dialect);
}

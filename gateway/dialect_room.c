/* dialect_room.c - the room dialect: one JSON object a message; what the server says */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_room.h"
#include "gateway/dialect_call.h"
#include "gateway/dialect_state.h"
#include "gateway/dialect_write.h"

static void begin(struct buf *out, struct slice type)
{
	json_begin(out, '{');
	json_add_string(out, "type", type);
}

static void end(struct buf *out, struct slice ref)
{
	if (ref.len)
		json_add_raw(out, "ref", ref);
	json_end(out, '}');
}

static void room_welcome(struct buf *out, const struct dialect_welcome *welcome)
{
	begin(out, SLICE("welcome"));
	json_add_string(out, "id", welcome->id);
	json_add_string(out, "nickname", welcome->nickname);
	write_user(out, welcome->user);
	json_add_string(out, "resume", welcome->resume);
	json_add_hex(out, "epoch", welcome->epoch);
	json_add_u64(out, "ping", welcome->ping_ms);
	json_add_bool(out, "resumed", welcome->resumed);
	end(out, (struct slice){ 0 });
}

static void room_joined(struct buf *out, const struct msg_joined *joined)
{
	begin(out, SLICE("joined"));
	json_add_string(out, "room", joined->room);
	json_add_u64(out, "offset", joined->offset);
	json_add_hex(out, "epoch", joined->epoch);
	json_add_bool(out, "recovered", joined->recovered);
	write_members(out, "users", joined->members);
	json_add_u64(out, "count", joined->count);
	end(out, joined->ref);
}

static void room_left(struct buf *out, const struct msg_left *left)
{
	begin(out, SLICE("left"));
	json_add_string(out, "room", left->room);
	end(out, left->ref);
}

static enum said room_event(struct buf *out, const struct event *event)
{
	begin(out, event->type);
	write_unless_empty(out, "room", event->room);
	write_unless_empty(out, "id", event->id);
	json_add_string(out, "nickname", event->nickname);
	write_unless_empty(out, "user", event->user);
	if (event->offset)
		json_add_u64(out, "offset", event->offset);
	if (event->format == EVENT_PARAM) {
		json_key(out, "param");
		json_begin(out, '{');
		write_content(out, event);
		json_end(out, '}');
	} else {
		write_content(out, event);
	}
	end(out, (struct slice){ 0 });
	return SAID_TEXT;
}

static void room_notice(struct buf *out, const struct msg_notice *notice)
{
	struct slice did = notice->joined ? SLICE(" joined the room") : SLICE(" left the room");
	struct buf content = { 0 };

	buf_put(&content, notice->nickname);
	buf_put(&content, did);
	begin(out, SLICE("system"));
	json_add_string(out, "content", buf_slice(&content));
	json_add_string(out, "room", notice->room);
	json_add_string(out, "nickname", SLICE("System"));
	end(out, (struct slice){ 0 });
	buf_done(&content);
}

static void room_presence(struct buf *out, const struct msg_presence *presence)
{
	begin(out, SLICE("users_update"));
	write_nicknames(out, "content", presence->members);
	json_add_string(out, "room", presence->room);
	json_add_u64(out, "count", presence->count);
	json_add_u64(out, "users", presence->users);
	write_members(out, "members", presence->members);
	end(out, presence->ref);
}

static void room_roomlist(struct buf *out, const struct msg_roomlist *roomlist)
{
	begin(out, SLICE("rooms"));
	write_rooms(out, "rooms", roomlist->rooms);
	json_add_u64(out, "count", roomlist->count);
	end(out, roomlist->ref);
}

static void room_history(struct buf *out, const struct msg_historylist *history)
{
	begin(out, SLICE("history"));
	json_add_string(out, "room", history->room);
	json_add_u64(out, "offset", history->offset);
	json_add_hex(out, "epoch", history->epoch);
	write_kept(out, history, room_event);
	end(out, history->ref);
}

static void room_ack(struct buf *out, const struct msg_receipt *receipt)
{
	if (receipt->ref.len == 0)
		return;
	begin(out, SLICE("ack"));
	json_add_raw(out, "ref", receipt->ref);
	write_unless_empty(out, "room", receipt->room);
	if (receipt->offset)
		json_add_u64(out, "offset", receipt->offset);
	end(out, (struct slice){ 0 });
}

static void begin_error(struct buf *out, enum error error)
{
	begin(out, SLICE("error"));
	write_error(out, error_row(error));
}

static void room_stated(struct buf *out, const struct msg_stated *stated)
{
	begin(out, SLICE("state"));
	json_add_string(out, "room", stated->room);
	write_stated(out, stated);
	write_unless_empty(out, "id", stated->id);
	json_add_string(out, "nickname", stated->nickname);
	write_unless_empty(out, "user", stated->user);
	end(out, (struct slice){ 0 });
}

static void room_snapshot(struct buf *out, const struct msg_snapshot *snapshot)
{
	begin(out, SLICE("state_snapshot"));
	json_add_string(out, "room", snapshot->room);
	write_snapshot(out, snapshot);
	end(out, snapshot->ref);
}

static void room_state_done(struct buf *out, const struct msg_state_done *done)
{
	begin(out, SLICE("ack"));
	json_add_raw(out, "ref", done->ref);
	json_add_string(out, "room", done->room);
	json_add_u64(out, "rev", done->rev);
	end(out, (struct slice){ 0 });
}

static void room_state_conflict(struct buf *out, const struct msg_state_conflict *conflict)
{
	begin_error(out, ERROR_CONFLICT);
	json_add_string(out, "room", conflict->room);
	write_conflict(out, conflict);
	end(out, conflict->ref);
}

static void room_result(struct buf *out, const struct msg_result *result)
{
	begin(out, SLICE("result"));
	if (result->ref.len)
		json_add_raw(out, "ref", result->ref);
	json_add_string(out, "room", result->room);
	write_result_flat(out, result);
	end(out, (struct slice){ 0 });
}

static void room_error(struct buf *out, enum error error, struct slice ref)
{
	begin_error(out, error);
	end(out, ref);
}

static void room_refused(struct buf *out, const struct msg_refusal *refusal)
{
	begin(out, SLICE("error"));
	write_refusal(out, refusal);
	end(out, refusal->ref);
}

static void room_over_rate(struct buf *out, uint32_t retry_ms, struct slice ref)
{
	begin_error(out, ERROR_RATE);
	json_add_u64(out, "retry_ms", retry_ms);
	end(out, ref);
}

static void room_pong(struct buf *out, struct slice room, uint64_t wall_ms, struct slice ref)
{
	(void)room;
	begin(out, SLICE("pong"));
	json_add_u64(out, "time", wall_ms);
	end(out, ref);
}

static void room_authorized(struct buf *out, struct slice user, int64_t expires, struct slice ref)
{
	begin(out, SLICE("authorized"));
	write_user(out, user);
	write_expires(out, expires);
	end(out, ref);
}

static void room_expiring(struct buf *out, int64_t expires)
{
	begin(out, SLICE("expiring"));
	json_add_i64(out, "expires", expires);
	end(out, (struct slice){ 0 });
}

static void room_tapping(struct buf *out, const struct msg_tapping *tapping)
{
	begin(out, tapping->on ? SLICE("tapping") : SLICE("untapped"));
	write_tapping(out, tapping);
	end(out, tapping->ref);
}

static void room_tapped(struct buf *out, const struct msg_tapped *tapped)
{
	begin(out, SLICE("tapped"));
	write_tapped(out, tapped, &dialect_room);
	end(out, (struct slice){ 0 });
}

const struct dialect dialect_room = {
	.id = DIALECT_ROOM,
	.name = "room",
	.binary = false,
	.decode = dialect_room_decode,
	.welcome = room_welcome,
	.joined = room_joined,
	.left = room_left,
	.event = room_event,
	.notice = room_notice,
	.presence = room_presence,
	.roomlist = room_roomlist,
	.history = room_history,
	.ack = room_ack,
	.stated = room_stated,
	.snapshot = room_snapshot,
	.state_done = room_state_done,
	.state_conflict = room_state_conflict,
	.result = room_result,
	.error = room_error,
	.refused = room_refused,
	.over_rate = room_over_rate,
	.pong = room_pong,
	.authorized = room_authorized,
	.expiring = room_expiring,
	.tapping = room_tapping,
	.tapped = room_tapped,
};

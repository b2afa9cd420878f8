/* dialect_command.c - the command dialect: {channel, cmd, param}; what the server says */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_command.h"
#include "gateway/dialect_call.h"
#include "gateway/dialect_state.h"
#include "gateway/dialect_write.h"

static const struct slice none = { NULL, 0 };

/* Up to what is in `param`. */
static void begin(struct buf *out, struct slice channel, struct slice cmd)
{
	json_begin(out, '{');
	write_unless_empty(out, "channel", channel);
	json_add_string(out, "cmd", cmd);
	json_key(out, "param");
	json_begin(out, '{');
}

static void end(struct buf *out, struct slice ref)
{
	json_end(out, '}');
	if (ref.len)
		json_add_raw(out, "ref", ref);
	json_end(out, '}');
}

static void command_welcome(struct buf *out, const struct dialect_welcome *welcome)
{
	begin(out, welcome->room, SLICE("welcome"));
	json_add_string(out, "id", welcome->id);
	json_add_string(out, "nickname", welcome->nickname);
	write_user(out, welcome->user);
	json_add_string(out, "resume", welcome->resume);
	json_add_hex(out, "epoch", welcome->epoch);
	json_add_u64(out, "ping", welcome->ping_ms);
	json_add_bool(out, "resumed", welcome->resumed);
	end(out, none);
}

static void command_joined(struct buf *out, const struct msg_joined *joined)
{
	begin(out, joined->room, SLICE("joined"));
	json_add_u64(out, "offset", joined->offset);
	json_add_hex(out, "epoch", joined->epoch);
	json_add_bool(out, "recovered", joined->recovered);
	write_members(out, "users", joined->members);
	json_add_u64(out, "count", joined->count);
	end(out, joined->ref);
}

static void command_left(struct buf *out, const struct msg_left *left)
{
	begin(out, left->room, SLICE("left"));
	end(out, left->ref);
}

static enum said command_event(struct buf *out, const struct event *event)
{
	begin(out, event->room, event->type);
	write_content(out, event);
	json_end(out, '}');
	write_unless_empty(out, "from", event->id);
	write_unless_empty(out, "user", event->user);
	if (event->offset)
		json_add_u64(out, "offset", event->offset);
	json_end(out, '}');
	return SAID_TEXT;
}

static void command_notice(struct buf *out, const struct msg_notice *notice)
{
	begin(out, notice->room, SLICE("online-update"));
	json_add_string(out, "userID", notice->id);
	json_add_bool(out, "connected", notice->joined);
	json_add_string(out, "nickname", notice->nickname);
	write_unless_empty(out, "user", notice->user);
	end(out, none);
}

/* Who comes and goes is told by online-update: this is sent to who asks. */
static void command_presence(struct buf *out, const struct msg_presence *presence)
{
	if (presence->conn == 0)
		return;
	begin(out, presence->room, SLICE("users_update"));
	write_nicknames(out, "content", presence->members);
	json_add_u64(out, "count", presence->count);
	json_add_u64(out, "users", presence->users);
	write_members(out, "members", presence->members);
	end(out, presence->ref);
}

static void command_roomlist(struct buf *out, const struct msg_roomlist *roomlist)
{
	if (roomlist->conn == 0)
		return;
	begin(out, none, SLICE("rooms"));
	write_rooms(out, "rooms", roomlist->rooms);
	json_add_u64(out, "count", roomlist->count);
	end(out, roomlist->ref);
}

static void command_history(struct buf *out, const struct msg_historylist *history)
{
	begin(out, history->room, SLICE("history"));
	json_add_u64(out, "offset", history->offset);
	json_add_hex(out, "epoch", history->epoch);
	write_kept(out, history, command_event);
	end(out, history->ref);
}

static void command_ack(struct buf *out, const struct msg_receipt *receipt)
{
	if (receipt->ref.len == 0)
		return;
	begin(out, receipt->room, SLICE("ack"));
	if (receipt->offset)
		json_add_u64(out, "offset", receipt->offset);
	end(out, receipt->ref);
}

static void begin_error(struct buf *out, struct slice channel, enum error error)
{
	begin(out, channel, SLICE("error"));
	write_error(out, error_row(error));
}

static void command_stated(struct buf *out, const struct msg_stated *stated)
{
	begin(out, stated->room, SLICE("state"));
	write_stated(out, stated);
	json_end(out, '}');
	write_unless_empty(out, "from", stated->id);
	write_unless_empty(out, "user", stated->user);
	json_end(out, '}');
}

static void command_snapshot(struct buf *out, const struct msg_snapshot *snapshot)
{
	begin(out, snapshot->room, SLICE("state_snapshot"));
	write_snapshot(out, snapshot);
	end(out, snapshot->ref);
}

static void command_state_done(struct buf *out, const struct msg_state_done *done)
{
	begin(out, done->room, SLICE("ack"));
	json_add_u64(out, "rev", done->rev);
	end(out, done->ref);
}

static void command_state_conflict(struct buf *out, const struct msg_state_conflict *conflict)
{
	begin_error(out, conflict->room, ERROR_CONFLICT);
	write_conflict(out, conflict);
	end(out, conflict->ref);
}

static void command_result(struct buf *out, const struct msg_result *result)
{
	begin(out, result->room, SLICE("result"));
	write_result(out, result);
	end(out, result->ref);
}

static void command_error(struct buf *out, enum error error, struct slice ref)
{
	begin_error(out, none, error);
	end(out, ref);
}

static void command_refused(struct buf *out, const struct msg_refusal *refusal)
{
	begin(out, none, SLICE("error"));
	write_refusal(out, refusal);
	end(out, refusal->ref);
}

static void command_over_rate(struct buf *out, uint32_t retry_ms, struct slice ref)
{
	begin_error(out, none, ERROR_RATE);
	json_add_u64(out, "retry_ms", retry_ms);
	end(out, ref);
}

static void command_pong(struct buf *out, struct slice room, uint64_t wall_ms, struct slice ref)
{
	begin(out, event_room_valid(room) ? room : none, SLICE("pong"));
	json_add_u64(out, "timestamp", wall_ms);
	end(out, ref);
}

static void command_authorized(
	struct buf *out, struct slice user, int64_t expires, struct slice ref)
{
	begin(out, none, SLICE("authorized"));
	write_user(out, user);
	write_expires(out, expires);
	end(out, ref);
}

static void command_expiring(struct buf *out, int64_t expires)
{
	begin(out, none, SLICE("expiring"));
	write_expires(out, expires);
	end(out, none);
}

static void command_tapping(struct buf *out, const struct msg_tapping *tapping)
{
	begin(out, none, tapping->on ? SLICE("tapping") : SLICE("untapped"));
	write_tapping(out, tapping);
	end(out, tapping->ref);
}

static void command_tapped(struct buf *out, const struct msg_tapped *tapped)
{
	begin(out, none, SLICE("tapped"));
	write_tapped(out, tapped, &dialect_command);
	end(out, none);
}

static void command_closing(struct buf *out, const struct close_row *row, uint32_t retry_ms)
{
	begin(out, none, SLICE("close-connection"));
	json_add_u64(out, "code", row->code);
	json_add_string(out, "reason", slice_of(row->text));
	if (retry_ms)
		json_add_u64(out, "retry_ms", retry_ms);
	end(out, none);
}

const struct dialect dialect_command = {
	.id = DIALECT_COMMAND,
	.name = "command",
	.own_room = true,
	.notice_others = true,
	.decode = dialect_command_decode,
	.welcome = command_welcome,
	.joined = command_joined,
	.left = command_left,
	.event = command_event,
	.notice = command_notice,
	.presence = command_presence,
	.roomlist = command_roomlist,
	.history = command_history,
	.ack = command_ack,
	.stated = command_stated,
	.snapshot = command_snapshot,
	.state_done = command_state_done,
	.state_conflict = command_state_conflict,
	.result = command_result,
	.error = command_error,
	.refused = command_refused,
	.over_rate = command_over_rate,
	.pong = command_pong,
	.authorized = command_authorized,
	.expiring = command_expiring,
	.tapping = command_tapping,
	.tapped = command_tapped,
	.closing = command_closing,
};

/* actions.c - what users do: publish, send, join, leave, close, ask, change a room's state */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "handler/body.h"
#include "handler/handler.h"
#include "proto/event.h"
#include "proto/json.h"

enum {
	MID_MAX = 128, /* bytes */
	MID_ROOM = 48, /* of one that is made here */
	CLOSE_TEXT_MAX = 123, /* RFC 6455 section 5.5 */
	KEYS_MAX = 1 << 16,
};

static int act(struct atrium *atrium, const struct msg *msg, atrium_result_fn *fn, void *arg)
{
	int r = queue_act(&atrium->queue, msg, fn, arg);

	if (r == 0)
		handler_touch(atrium);
	return r;
}

/* The user's, or one that no one has used: of this process, and this action. */
static int mid_of(
	const struct atrium *atrium, const char *given, char made[MID_ROOM], struct slice *ret_mid)
{
	*ret_mid = slice_of(given);
	if (!given) {
		int len = snprintf(made, MID_ROOM, "%016" PRIx64 "-%" PRIu64, atrium->epoch,
			queue_call(&atrium->queue));

		*ret_mid = slice_make(made, (size_t)len);
	}
	return ret_mid->len > 0 && ret_mid->len <= MID_MAX ? 0 : -EINVAL;
}

static bool room_valid(const char *room)
{
	return event_room_valid(slice_of(room));
}

static bool target_valid(const char *target)
{
	struct slice text = slice_of(target);

	return slice_starts(text, SLICE("user:"))
		? text.len > 5 && text.len <= 5 + EVENT_NICKNAME_MAX
		: event_id_valid(text);
}

/* ---- messages ---- */

static int check_message(const struct atrium_message *message)
{
	if (!message || !event_type_valid(slice_of(message->type)))
		return -EINVAL;
	if (message->except && !event_id_valid(slice_of(message->except)))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(message->reserved) / sizeof(*message->reserved); i++)
		if (message->reserved[i])
			return -EINVAL;
	return 0;
}

static uint8_t flags_of(const struct atrium_message *message)
{
	return message->ephemeral ? EVENT_EPHEMERAL : 0;
}

int atrium_publish(struct atrium *atrium, const char *room, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ACT_PUBLISH };
	struct msg_act_publish *publish = &msg.act_publish;
	char mid[MID_ROOM];
	int r = atrium && room_valid(room) ? check_message(message) : -EINVAL;

	if (r == 0)
		r = mid_of(atrium, message->mid, mid, &publish->mid);
	if (r == 0)
		r = body_take(message->format, message->body, message->body_len, &publish->format,
			&publish->body);
	if (r < 0)
		return r;
	publish->call = queue_call(&atrium->queue);
	publish->room = slice_of(room);
	publish->type = slice_of(message->type);
	publish->flags = flags_of(message);
	publish->except = slice_of(message->except);
	return act(atrium, &msg, fn, arg);
}

int atrium_send(struct atrium *atrium, const char *target, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ACT_SEND };
	struct msg_act_send *send = &msg.act_send;
	char mid[MID_ROOM];
	int r = atrium && target_valid(target) ? check_message(message) : -EINVAL;

	if (r == 0 && (message->except || message->ephemeral))
		r = -EINVAL;
	if (r == 0)
		r = mid_of(atrium, message->mid, mid, &send->mid);
	if (r == 0)
		r = body_take(message->format, message->body, message->body_len, &send->format,
			&send->body);
	if (r < 0)
		return r;
	send->call = queue_call(&atrium->queue);
	send->target = slice_of(target);
	send->type = slice_of(message->type);
	return act(atrium, &msg, fn, arg);
}

int atrium_broadcast(struct atrium *atrium, const struct atrium_message *message,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ACT_BROADCAST };
	struct msg_act_broadcast *broadcast = &msg.act_broadcast;
	char mid[MID_ROOM];
	int r = atrium ? check_message(message) : -EINVAL;

	if (r == 0)
		r = mid_of(atrium, message->mid, mid, &broadcast->mid);
	if (r == 0)
		r = body_take(message->format, message->body, message->body_len, &broadcast->format,
			&broadcast->body);
	if (r < 0)
		return r;
	broadcast->call = queue_call(&atrium->queue);
	broadcast->type = slice_of(message->type);
	broadcast->flags = flags_of(message);
	broadcast->except = slice_of(message->except);
	return act(atrium, &msg, fn, arg);
}

int atrium_say(struct atrium *atrium, const char *room, const char *type, const char *body)
{
	const struct atrium_message message = { .type = type, .body = body };

	return atrium_publish(atrium, room, &message, NULL, NULL);
}

int atrium_tell(struct atrium *atrium, const char *target, const char *type, const char *body)
{
	const struct atrium_message message = { .type = type, .body = body };

	return atrium_send(atrium, target, &message, NULL, NULL);
}

/* ---- connections ---- */

int atrium_join(struct atrium *atrium, const char *target, const char *room, atrium_result_fn *fn,
	void *arg)
{
	struct msg msg = { .type = MSG_ACT_JOIN };

	if (!atrium || !target_valid(target) || !room_valid(room))
		return -EINVAL;
	msg.act_join = (struct msg_act_join){ queue_call(&atrium->queue), slice_of(target),
		slice_of(room) };
	return act(atrium, &msg, fn, arg);
}

int atrium_leave(struct atrium *atrium, const char *target, const char *room, atrium_result_fn *fn,
	void *arg)
{
	struct msg msg = { .type = MSG_ACT_LEAVE };

	if (!atrium || !target_valid(target) || !room_valid(room))
		return -EINVAL;
	msg.act_leave = (struct msg_act_leave){ queue_call(&atrium->queue), slice_of(target),
		slice_of(room) };
	return act(atrium, &msg, fn, arg);
}

int atrium_close(struct atrium *atrium, const char *target, unsigned code, const char *text,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ACT_CLOSE };

	if (!atrium || !target_valid(target) || code > UINT16_MAX ||
		slice_of(text).len > CLOSE_TEXT_MAX)
		return -EINVAL;
	msg.act_close = (struct msg_act_close){ queue_call(&atrium->queue), slice_of(target),
		(uint16_t)code, slice_of(text) };
	return act(atrium, &msg, fn, arg);
}

/* ---- state ---- */

/*
 * One JSON value of any kind. json_check() wants an array or an object, and no comma brings a
 * second.
 */
static int check_value(const char *value)
{
	struct json_value array, first, second;
	struct buf wrapped = { 0 };
	struct json_walk walk;
	int r = -EINVAL;

	if (!value || strlen(value) > BODY_MAX)
		return -EINVAL;
	if (store_room(&wrapped, strlen(value) + 2) < 0)
		return -ENOMEM;
	buf_putc(&wrapped, '[');
	buf_put(&wrapped, slice_of(value));
	buf_putc(&wrapped, ']');
	if (json_check(buf_slice(&wrapped), BODY_DEPTH + 1, &array) == 0) {
		json_walk_init(&walk, array.text);
		if (json_next_element(&walk, &first) && !json_next_element(&walk, &second))
			r = 0;
	}
	free(wrapped.data);
	return r;
}

static int check_ops(const struct atrium_op *ops, size_t count, size_t *ret_room)
{
	size_t room = 0;
	int r;

	if (!ops || count == 0 || count > KEYS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (!event_key_valid(slice_of(ops[i].key)) || (unsigned)ops[i].what > ATRIUM_IF)
			return -EINVAL;
		r = ops[i].what == ATRIUM_SET ? check_value(ops[i].value) : 0;
		if (r < 0)
			return r;
		room += slice_of(ops[i].key).len + 16;
		if (ops[i].what == ATRIUM_SET)
			room += strlen(ops[i].value);
	}
	*ret_room = room;
	return 0;
}

static void put_ops(const struct atrium_op *ops, size_t count, struct buf *raw_ops,
	struct buf *raw_checks, struct msg_act_state *state)
{
	for (size_t i = 0; i < count; i++) {
		struct slice key = slice_of(ops[i].key);
		struct msg_statecheck check = { key, ops[i].rev };
		struct msg_stateop op = { .remove = ops[i].what == ATRIUM_DELETE, .key = key };

		if (ops[i].what == ATRIUM_SET)
			op.value = slice_of(ops[i].value);
		if (ops[i].what == ATRIUM_IF)
			msg_add_statecheck(raw_checks, &state->checks, &check);
		else
			msg_add_stateop(raw_ops, &state->ops, &op);
	}
}

int atrium_state_apply(struct atrium *atrium, const char *room, const struct atrium_op *ops,
	size_t count, const char *mid, atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ACT_STATE };
	struct buf raw_ops = { 0 }, raw_checks = { 0 };
	char made[MID_ROOM];
	size_t need = 0;
	int r = atrium && room_valid(room) ? check_ops(ops, count, &need) : -EINVAL;

	if (r == 0)
		r = mid_of(atrium, mid, made, &msg.act_state.mid);
	if (r == 0 && (store_room(&raw_ops, need) < 0 || store_room(&raw_checks, need) < 0))
		r = -ENOMEM;
	if (r == 0) {
		msg.act_state.call = queue_call(&atrium->queue);
		msg.act_state.room = slice_of(room);
		put_ops(ops, count, &raw_ops, &raw_checks, &msg.act_state);
		r = act(atrium, &msg, fn, arg);
	}
	free(raw_ops.data);
	free(raw_checks.data);
	return r;
}

int atrium_state_get(struct atrium *atrium, const char *room, const char *prefix,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_STATE };

	if (!atrium || !room_valid(room) || slice_of(prefix).len > EVENT_KEY_MAX)
		return -EINVAL;
	msg.ask_state.call = queue_call(&atrium->queue);
	msg.ask_state.room = slice_of(room);
	msg.ask_state.prefix = slice_of(prefix);
	return act(atrium, &msg, fn, arg);
}

int atrium_state_get_keys(struct atrium *atrium, const char *room, const char *const *keys,
	size_t count, atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_STATE };
	struct buf raw = { 0 };
	int r;

	if (!atrium || !room_valid(room) || !keys || count == 0 || count > KEYS_MAX)
		return -EINVAL;
	if (store_room(&raw, count * (EVENT_KEY_MAX + 2)) < 0)
		return -ENOMEM;
	msg.ask_state.call = queue_call(&atrium->queue);
	msg.ask_state.room = slice_of(room);
	for (size_t i = 0; i < count; i++) {
		struct msg_statekey key = { slice_of(keys[i]) };

		if (!event_key_valid(key.key)) {
			free(raw.data);
			return -EINVAL;
		}
		msg_add_statekey(&raw, &msg.ask_state.keys, &key);
	}
	r = act(atrium, &msg, fn, arg);
	free(raw.data);
	return r;
}

/* ---- what there is ---- */

int atrium_history(struct atrium *atrium, const char *room, uint64_t since, uint32_t limit,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_HISTORY };

	if (!atrium || !room_valid(room))
		return -EINVAL;
	msg.ask_history = (struct msg_ask_history){ queue_call(&atrium->queue), slice_of(room),
		since, limit ? limit : UINT32_MAX };
	return act(atrium, &msg, fn, arg);
}

int atrium_history_page(struct atrium *atrium, const char *room, uint64_t since, uint64_t before,
	uint32_t limit, atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_PAGE };

	if (before == 0)
		return atrium_history(atrium, room, since, limit, fn, arg);
	if (!atrium || !room_valid(room))
		return -EINVAL;
	msg.ask_page = (struct msg_ask_page){ queue_call(&atrium->queue), slice_of(room), since,
		before, limit ? limit : UINT32_MAX };
	return act(atrium, &msg, fn, arg);
}

int atrium_members(struct atrium *atrium, const char *room, const char *after, uint32_t limit,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_MEMBERS };

	if (!atrium || !room_valid(room) || (after && *after && !event_id_valid(slice_of(after))))
		return -EINVAL;
	msg.ask_members = (struct msg_ask_members){ queue_call(&atrium->queue), slice_of(room),
		slice_of(after), limit };
	return act(atrium, &msg, fn, arg);
}

int atrium_count(struct atrium *atrium, const char *room, atrium_result_fn *fn, void *arg)
{
	return atrium_members(atrium, room, NULL, 0, fn, arg);
}

int atrium_connection_get(struct atrium *atrium, const char *id, atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_CONNECTION };

	if (!atrium || !event_id_valid(slice_of(id)))
		return -EINVAL;
	msg.ask_connection = (struct msg_ask_connection){ queue_call(&atrium->queue),
		slice_of(id) };
	return act(atrium, &msg, fn, arg);
}

int atrium_rooms(struct atrium *atrium, const char *pattern, const char *after, uint32_t limit,
	atrium_result_fn *fn, void *arg)
{
	struct msg msg = { .type = MSG_ASK_ROOMS };

	if (!atrium || (pattern && *pattern && !room_valid(pattern)) ||
		slice_of(after).len > EVENT_ROOM_MAX)
		return -EINVAL;
	msg.ask_rooms = (struct msg_ask_rooms){ queue_call(&atrium->queue), slice_of(pattern),
		slice_of(after), limit };
	return act(atrium, &msg, fn, arg);
}

/* ---- how many may wait ---- */

int atrium_limit(struct atrium *atrium, size_t actions, size_t bytes)
{
	if (!atrium || actions == 0 || bytes == 0)
		return -EINVAL;
	atrium->queue.max_count = actions;
	atrium->queue.max_bytes = bytes;
	return 0;
}

size_t atrium_pending(const struct atrium *atrium)
{
	return atrium->queue.count;
}

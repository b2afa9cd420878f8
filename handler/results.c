/* results.c - what the hub answers to actions */
/* SPDX-License-Identifier: MIT */
#include "handler/results.h"

#include <errno.h>

#include "handler/handler.h"
#include "proto/event.h"

/* An answer in the making. */
struct answer {
	struct atrium *atrium;
	struct item *item;
	struct arena arena;
	struct atrium_result result;
};

/* What an action is answered with. */
static enum msg_type answer_of(enum msg_type action)
{
	switch ((unsigned)action) {
	case MSG_ACT_STATE:
	case MSG_ASK_STATE:
		return MSG_STATE_IS;
	case MSG_ASK_HISTORY:
	case MSG_ASK_PAGE:
		return MSG_HISTORY_IS;
	case MSG_ASK_MEMBERS:
		return MSG_MEMBERS_ARE;
	case MSG_ASK_CONNECTION:
		return MSG_CONNECTION_IS;
	case MSG_ASK_ROOMS:
		return MSG_ROOMS_ARE;
	default:
		return MSG_ACTED;
	}
}

/* That it cannot be done now is said of all in the same way. */
static bool is_answer(enum msg_type action, const struct msg *msg)
{
	return msg->type == answer_of(action) ||
		(msg->type == MSG_ACTED && msg->acted.error.len > 0);
}

/* False: no one asked, or not that. All answers begin with `call` and `error`. */
static bool begin(struct answer *answer, void *self, const struct msg *msg)
{
	struct slice error = msg->acted.error;

	*answer = (struct answer){ .atrium = self };
	answer->item = queue_find(&answer->atrium->queue, msg->acted.call);
	if (!answer->item)
		return false;
	if (!is_answer(answer->item->type, msg)) {
		session_restart(answer->atrium, -EBADMSG, "the hub answers another question");
		return false;
	}
	if (error.len)
		answer->result.error = arena_text(&answer->arena, error);
	return true;
}

static const char *text(struct answer *answer, struct slice slice)
{
	return arena_text(&answer->arena, slice);
}

/* An action is over before its callback is called, which may begin others. */
static void end(struct answer *answer)
{
	struct atrium *atrium = answer->atrium;
	struct item *item = answer->item;
	bool room;

	if (answer->arena.failed) {
		arena_done(&answer->arena);
		session_restart(atrium, -ENOMEM, "there is no memory for what the hub says");
		return;
	}
	room = queue_take(&atrium->queue, item);
	if (item->fn)
		item->fn(atrium, &answer->result, item->arg);
	else if (answer->result.error)
		handler_error(atrium, -EREMOTEIO, "%s failed: %s", msg_name(item->type),
			answer->result.error);
	item_free(item);
	arena_done(&answer->arena);
	if (room)
		handler_call(atrium, atrium->on.room);
}

void on_acted(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	answer.result.epoch = msg->acted.epoch;
	answer.result.offset = msg->acted.offset;
	answer.result.count = msg->acted.count;
	end(&answer);
}

void on_state_is(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct msg_list entries = msg->state_is.entries;
	struct msg_stateentry entry;
	const struct atrium_entry **last;
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	answer.result.rev = msg->state_is.rev;
	answer.result.offset = msg->state_is.offset;
	answer.result.epoch = msg->state_is.epoch;
	last = &answer.result.entries;
	while (msg_next_stateentry(&entries, &entry)) {
		struct atrium_entry *next = arena_take(&answer.arena, sizeof(*next));

		if (!next)
			break;
		next->key = text(&answer, entry.key);
		next->rev = entry.rev;
		next->value = text(&answer, entry.value);
		next->value_len = entry.value.len;
		*last = next;
		last = &next->next;
	}
	end(&answer);
}

static enum atrium_format format_of(uint8_t format)
{
	return format == EVENT_TEXT	 ? ATRIUM_TEXT
		: format == EVENT_BINARY ? ATRIUM_BINARY
					 : ATRIUM_JSON;
}

static void fill_kept(struct answer *answer, struct atrium_kept *kept, const struct msg_kept *from)
{
	kept->offset = from->offset;
	kept->time = from->time;
	kept->format = format_of(from->format);
	kept->type = text(answer, from->type);
	kept->id = text(answer, from->id);
	kept->nickname = text(answer, from->nickname);
	kept->user = text(answer, from->user);
	kept->body = arena_body(&answer->arena, from->format, from->body, &kept->body_len);
}

void on_history_is(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct msg_list messages = msg->history_is.messages;
	const struct atrium_kept **last;
	struct msg_kept kept;
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	answer.result.epoch = msg->history_is.epoch;
	answer.result.offset = msg->history_is.offset;
	last = &answer.result.messages;
	while (msg_next_kept(&messages, &kept)) {
		struct atrium_kept *next = arena_take(&answer.arena, sizeof(*next));

		if (!next)
			break;
		fill_kept(&answer, next, &kept);
		*last = next;
		last = &next->next;
	}
	end(&answer);
}

void on_members_are(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct msg_list members = msg->members_are.members;
	const struct atrium_member **last;
	struct msg_member member;
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	answer.result.count = msg->members_are.count;
	answer.result.users = msg->members_are.users;
	answer.result.more = msg->members_are.more != 0;
	last = &answer.result.members;
	while (msg_next_member(&members, &member)) {
		struct atrium_member *next = arena_take(&answer.arena, sizeof(*next));

		if (!next)
			break;
		next->id = text(&answer, member.id);
		next->nickname = text(&answer, member.nickname);
		next->user = text(&answer, member.user);
		*last = next;
		last = &next->next;
	}
	end(&answer);
}

static const struct atrium_room *room_names(struct answer *answer, struct msg_list rooms)
{
	const struct atrium_room *first = NULL, **last = &first;
	struct msg_roomname room;

	while (msg_next_roomname(&rooms, &room)) {
		struct atrium_room *next = arena_take(&answer->arena, sizeof(*next));

		if (!next)
			break;
		next->name = text(answer, room.name);
		*last = next;
		last = &next->next;
	}
	return first;
}

void on_connection_is(void *self, struct link_peer *peer, const struct msg *msg)
{
	const struct msg_connection_is *from = &msg->connection_is;
	struct atrium_connection connection;
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	connection = (struct atrium_connection){ .id = text(&answer, from->id),
		.nickname = text(&answer, from->nickname),
		.user = text(&answer, from->user),
		.address = text(&answer, from->address),
		.dialect = text(&answer, from->dialect),
		.since = from->since,
		.here = from->here != 0,
		.admin = from->admin != 0,
		.meta = text(&answer, from->meta),
		.rooms = room_names(&answer, from->rooms) };
	if (from->error.len == 0)
		answer.result.connection = &connection;
	end(&answer);
}

void on_rooms_are(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct msg_list rooms = msg->rooms_are.rooms;
	const struct atrium_room **last;
	struct msg_roominfo room;
	struct answer answer;

	(void)peer;
	if (!begin(&answer, self, msg))
		return;
	answer.result.count = msg->rooms_are.total;
	answer.result.more = msg->rooms_are.more != 0;
	last = &answer.result.rooms;
	while (msg_next_roominfo(&rooms, &room)) {
		struct atrium_room *next = arena_take(&answer.arena, sizeof(*next));

		if (!next)
			break;
		*next = (struct atrium_room){ .name = text(&answer, room.name),
			.count = room.count,
			.users = room.users,
			.epoch = room.epoch,
			.offset = room.offset,
			.kept = room.kept };
		*last = next;
		last = &next->next;
	}
	end(&answer);
}

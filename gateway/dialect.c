/* dialect.c - the dialects by number, and what they share */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect.h"

#include <assert.h>

#include "proto/base/mem.h"
#include "proto/json.h"

static const struct dialect *const dialects[DIALECT_MAX] = {
	[DIALECT_ROOM] = &dialect_room,
	[DIALECT_COMMAND] = &dialect_command,
	[DIALECT_RAW] = &dialect_raw,
};

const struct dialect *dialect_get(enum dialect_id id)
{
	assert((unsigned)id < DIALECT_MAX);
	return dialects[id];
}

bool dialect_kept(
	const struct msg_kept *kept, struct slice room, uint64_t epoch, struct event *ret_event)
{
	if (kept->format >= EVENT_FORMATS)
		return false;
	*ret_event = (struct event){
		.room = room,
		.type = kept->type,
		.format = (enum event_format)kept->format,
		.body = kept->body,
		.id = kept->id,
		.nickname = kept->nickname,
		.user = kept->user,
		.epoch = epoch,
		.offset = kept->offset,
		.time = kept->time,
	};
	return true;
}

struct msg_list dialect_rooms(struct slice array, struct buf *raw)
{
	_cleanup_(buf_done) struct buf name = { .cap = 0 };
	struct msg_list rooms = { .count = 0 };
	struct json_value value;
	struct json_walk walk;

	json_walk_init(&walk, array);
	while (json_next_element(&walk, &value)) {
		struct msg_roomname room = { .name = json_string_plain(value.text, &name) };

		msg_add_roomname(raw, &rooms, &room);
	}
	return rooms;
}

/* tap_filter.c - what a tap is to show, as a client says it; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/tap_filter.h"

#include "proto/json.h"

/* What is no name may be a pattern of names, and is as long. */
static struct slice *part_named(struct tap_filter *filter, struct slice key)
{
	const struct {
		struct slice name;
		struct slice *part;
	} parts[] = {
		{ SLICE("room"), &filter->room },
		{ SLICE("user"), &filter->user },
		{ SLICE("type"), &filter->type },
		{ SLICE("connection"), &filter->connection },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (json_string_eq(key, parts[i].name))
			return parts[i].part;
	return NULL;
}

bool tap_filter_read(struct slice object, struct buf *scratch, struct tap_filter *ret_filter)
{
	struct tap_filter filter = { .room = { NULL, 0 } };
	struct json_member member;
	struct json_walk walk;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		struct slice *part = part_named(&filter, member.key);
		size_t start = scratch->len;

		if (!part || part->len || member.value.type != JSON_TYPE_STRING)
			return false;
		json_string_decode(scratch, member.value.text);
		*part = slice_make(scratch->data + start, scratch->len - start);
		if (!event_room_valid(*part))
			return false;
	}
	if (filter.connection.len && !event_id_valid(filter.connection))
		return false;
	*ret_filter = filter;
	return true;
}

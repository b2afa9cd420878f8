/* dialect_call.c - calls of a room's handler in JSON: what is for it, and what it answers */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_call.h"

#include "proto/base/mem.h"

struct slice call_body(struct slice object, unsigned not_for_it, struct buf *scratch)
{
	struct json_member member;
	struct json_walk walk;
	size_t start = scratch->len;

	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member)) {
		if ((not_for_it | 1u << OWN_CMD) & 1u << parts_own(member.key))
			continue;
		if (scratch->len > start)
			buf_putc(scratch, ',');
		buf_put(scratch, member.text);
	}
	return slice_make(scratch->data + start, scratch->len - start);
}

/* What the hub has passed on is a handler's, which may be anyone's program. */
static bool open_body(struct slice body, struct buf *text, struct slice *ret_object)
{
	struct json_value value;

	buf_putc(text, '{');
	buf_put(text, body);
	buf_putc(text, '}');
	if (json_check(buf_slice(text), JSON_DEPTH_MAX, &value) != 0)
		return false;
	*ret_object = value.text;
	return true;
}

void write_result_flat(struct buf *out, const struct msg_result *result)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	unsigned taken = 1u << OWN_TYPE | 1u << OWN_REF | 1u << OWN_ROOM;
	struct json_member member;
	struct json_walk walk;
	struct slice object;

	if (!open_body(result->body, &text, &object))
		return;
	json_walk_init(&walk, object);
	while (json_next_member(&walk, &member))
		if (!(taken & 1u << parts_own(member.key)))
			json_add_members(out, member.text);
}

void write_result(struct buf *out, const struct msg_result *result)
{
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	struct slice object;

	if (open_body(result->body, &text, &object))
		json_add_members(out, result->body);
}

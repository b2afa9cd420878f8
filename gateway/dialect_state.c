/* dialect_state.c - a room's state in JSON: changes taken apart, and what is told of it written */
/* SPDX-License-Identifier: MIT */
#include "gateway/dialect_state.h"

#include "proto/base/mem.h"
#include "proto/json.h"

/* ---- what clients say ---- */

/* The parts of an op; a member that is there twice makes it none. */
struct op {
	struct json_value key, value, remove;
	unsigned keys, values, removes;
};

static void take_member(struct op *op, const struct json_member *member)
{
	if (json_string_eq(member->key, SLICE("key"))) {
		op->key = member->value;
		op->keys++;
	} else if (json_string_eq(member->key, SLICE("value"))) {
		op->value = member->value;
		op->values++;
	} else if (json_string_eq(member->key, SLICE("delete"))) {
		op->remove = member->value;
		op->removes++;
	}
}

static bool take_op(struct json_value object, struct op *ret_op)
{
	struct json_member member;
	struct json_walk walk;
	struct op op = { .keys = 0 };

	if (object.type != JSON_TYPE_OBJECT)
		return false;
	json_walk_init(&walk, object.text);
	while (json_next_member(&walk, &member))
		take_member(&op, &member);
	*ret_op = op;
	if (op.keys != 1 || op.key.type != JSON_TYPE_STRING || op.values + op.removes != 1)
		return false;
	return op.values || op.remove.type == JSON_TYPE_TRUE;
}

bool state_ops_valid(struct slice ops)
{
	_cleanup_(buf_done) struct buf plain = { .cap = 0 };
	struct json_value value;
	struct json_walk walk;
	unsigned count = 0;
	struct op op;

	json_walk_init(&walk, ops);
	while (json_next_element(&walk, &value)) {
		if (!take_op(value, &op) ||
			!event_key_valid(json_string_plain(op.key.text, &plain)))
			return false;
		count++;
	}
	return count > 0;
}

bool state_checks_valid(struct slice checks)
{
	_cleanup_(buf_done) struct buf plain = { .cap = 0 };
	struct json_member member;
	struct json_walk walk;
	uint64_t rev;

	json_walk_init(&walk, checks);
	while (json_next_member(&walk, &member))
		if (member.value.type != JSON_TYPE_NUMBER ||
			!event_offset_parse(member.value.text, &rev) ||
			!event_key_valid(json_string_plain(member.key, &plain)))
			return false;
	return true;
}

struct msg_list state_ops(struct slice ops, struct buf *raw)
{
	_cleanup_(buf_done) struct buf plain = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	struct json_value value;
	struct json_walk walk;
	struct op op;

	json_walk_init(&walk, ops);
	while (json_next_element(&walk, &value) && take_op(value, &op)) {
		struct msg_stateop record = { .remove = op.removes > 0,
			.key = json_string_plain(op.key.text, &plain),
			.value = op.value.text };

		msg_add_stateop(raw, &list, &record);
	}
	return list;
}

struct msg_list state_checks(struct slice checks, struct buf *raw)
{
	_cleanup_(buf_done) struct buf plain = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	struct json_member member;
	struct json_walk walk;

	if (checks.len == 0)
		return list;
	json_walk_init(&walk, checks);
	while (json_next_member(&walk, &member)) {
		struct msg_statecheck record = { .key = json_string_plain(member.key, &plain) };

		(void)event_offset_parse(member.value.text, &record.rev);
		msg_add_statecheck(raw, &list, &record);
	}
	return list;
}

struct msg_list state_keys(struct slice keys, struct buf *raw)
{
	_cleanup_(buf_done) struct buf plain = { .cap = 0 };
	struct msg_list list = { .count = 0 };
	struct json_value value;
	struct json_walk walk;

	json_walk_init(&walk, keys);
	while (json_next_element(&walk, &value)) {
		struct msg_statekey record = { .key = json_string_plain(value.text, &plain) };

		msg_add_statekey(raw, &list, &record);
	}
	return list;
}

/* ---- what they are told ---- */

/* What the hub has is what a client has sent: a value as it was written. */
static void write_ops(struct buf *out, struct msg_list ops)
{
	struct msg_stateop op;

	json_key(out, "ops");
	json_begin(out, '[');
	while (msg_next_stateop(&ops, &op)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "key", op.key);
		if (op.remove)
			json_add_bool(out, "delete", true);
		else
			json_add_raw(out, "value", op.value);
		json_end(out, '}');
	}
	json_end(out, ']');
}

void write_entries(struct buf *out, const char *key, struct msg_list entries)
{
	struct msg_stateentry entry;

	json_key(out, key);
	json_begin(out, '[');
	while (msg_next_stateentry(&entries, &entry)) {
		json_comma(out);
		json_begin(out, '{');
		json_add_string(out, "key", entry.key);
		if (entry.rev)
			json_add_raw(out, "value", entry.value);
		json_add_u64(out, "rev", entry.rev);
		json_end(out, '}');
	}
	json_end(out, ']');
}

static void write_deleted(struct buf *out, struct msg_list keys)
{
	struct msg_statekey key;

	if (keys.count == 0)
		return;
	json_key(out, "deleted");
	json_begin(out, '[');
	while (msg_next_statekey(&keys, &key)) {
		json_comma(out);
		json_put_string(out, key.key);
	}
	json_end(out, ']');
}

void write_stated(struct buf *out, const struct msg_stated *stated)
{
	json_add_u64(out, "rev", stated->rev);
	write_ops(out, stated->ops);
}

void write_snapshot(struct buf *out, const struct msg_snapshot *snapshot)
{
	json_add_u64(out, "rev", snapshot->rev);
	json_add_u64(out, "offset", snapshot->offset);
	json_add_hex(out, "epoch", snapshot->epoch);
	json_add_bool(out, "full", snapshot->full);
	write_entries(out, "entries", snapshot->entries);
	write_deleted(out, snapshot->deleted);
	if (snapshot->more)
		json_add_bool(out, "more", true);
}

void write_conflict(struct buf *out, const struct msg_state_conflict *conflict)
{
	json_add_u64(out, "rev", conflict->rev);
	write_entries(out, "current", conflict->current);
}

/* fake_state.h - writes down what is told of rooms' states */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_FAKE_STATE_H
#define TESTS_UNIT_HUB_FAKE_STATE_H

#include "proto/msg.h"

static inline void fake_state_key(struct buf *log, const char *sign, struct slice key)
{
	buf_printf(log, " %s%.*s", sign, (int)key.len, key.ptr);
}

static inline void fake_ops(struct buf *log, struct msg_list ops)
{
	struct msg_stateop op;

	while (msg_next_stateop(&ops, &op)) {
		fake_state_key(log, op.remove ? "-" : "", op.key);
		if (!op.remove)
			buf_printf(log, "=%.*s", (int)op.value.len, op.value.ptr);
	}
}

static inline void fake_entries(struct buf *log, struct msg_list entries)
{
	struct msg_stateentry entry;

	while (msg_next_stateentry(&entries, &entry)) {
		fake_state_key(log, "", entry.key);
		if (entry.rev)
			buf_printf(log, "=%.*s", (int)entry.value.len, entry.value.ptr);
		buf_printf(log, "@%llu", (unsigned long long)entry.rev);
	}
}

static inline void fake_snapshot(struct buf *log, const struct msg_snapshot *snapshot)
{
	struct msg_list deleted = snapshot->deleted;
	struct msg_statekey key;

	buf_printf(log, " %llu room=%.*s rev=%llu %s", (unsigned long long)snapshot->conn,
		(int)snapshot->room.len, snapshot->room.ptr, (unsigned long long)snapshot->rev,
		snapshot->full ? "full" : "since");
	fake_entries(log, snapshot->entries);
	while (msg_next_statekey(&deleted, &key))
		fake_state_key(log, "-", key.key);
	if (snapshot->more)
		buf_printf(log, " more");
}

static inline void fake_state(struct buf *log, const struct msg *msg)
{
	if (msg->type == MSG_STATED) {
		buf_printf(log, " room=%.*s rev=%llu id=%.*s", (int)msg->stated.room.len,
			msg->stated.room.ptr, (unsigned long long)msg->stated.rev,
			(int)msg->stated.id.len, msg->stated.id.ptr);
		fake_ops(log, msg->stated.ops);
	} else if (msg->type == MSG_STATE_DONE) {
		buf_printf(log, " %llu ref=%.*s room=%.*s rev=%llu",
			(unsigned long long)msg->state_done.conn, (int)msg->state_done.ref.len,
			msg->state_done.ref.ptr, (int)msg->state_done.room.len,
			msg->state_done.room.ptr, (unsigned long long)msg->state_done.rev);
	} else if (msg->type == MSG_STATE_CONFLICT) {
		buf_printf(log, " %llu ref=%.*s room=%.*s rev=%llu",
			(unsigned long long)msg->state_conflict.conn,
			(int)msg->state_conflict.ref.len, msg->state_conflict.ref.ptr,
			(int)msg->state_conflict.room.len, msg->state_conflict.room.ptr,
			(unsigned long long)msg->state_conflict.rev);
		fake_entries(log, msg->state_conflict.current);
	} else if (msg->type == MSG_SNAPSHOT_AGAIN) {
		buf_printf(log, " %llu", (unsigned long long)msg->snapshot_again.conn);
	} else if (msg->type == MSG_SNAPSHOT) {
		fake_snapshot(log, &msg->snapshot);
	}
}

#endif

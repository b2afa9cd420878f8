/* states.h - changes of rooms' states for the hub's fuzz target, and that a state is whole */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_HUB_STATES_H
#define TESTS_FUZZ_HUB_STATES_H

#include <stdlib.h>

#include "hub/room.h"

enum { STATES_KEYS = 8 };

/* Some are not valid. */
static const char *const states_keys[STATES_KEYS] = { "a", "b", "c", "", "d\n", "e", "a", "f" };

struct states_lists {
	struct buf raw_ops, raw_checks, raw_keys;
	struct msg_list ops, checks, keys;
};

static inline void states_op(struct states_lists *lists, unsigned what)
{
	struct msg_stateop op = { .remove = what % 16 == 15 ? 2 : what % 3 == 0,
		.key = slice_of(states_keys[what % STATES_KEYS]),
		.value = slice_make("1234567890123456", what / 16) };

	msg_add_stateop(&lists->raw_ops, &lists->ops, &op);
}

/* One or two ops, and sometimes a condition, as `what` says. */
static inline void states_lists(struct states_lists *lists, unsigned what)
{
	struct msg_statecheck check = { .key = slice_of(states_keys[what / 8 % STATES_KEYS]),
		.rev = what % 5 };
	struct msg_statekey key = { .key = check.key };

	if (what % 32)
		states_op(lists, what);
	if (what & 1)
		states_op(lists, what * 7 % 256);
	if (what % 4 == 3)
		msg_add_statecheck(&lists->raw_checks, &lists->checks, &check);
	if (what & 2)
		msg_add_statekey(&lists->raw_keys, &lists->keys, &key);
}

static inline void states_lists_done(struct states_lists *lists)
{
	buf_done(&lists->raw_ops);
	buf_done(&lists->raw_checks);
	buf_done(&lists->raw_keys);
}

static inline struct msg states_ask(const struct states_lists *lists, unsigned what, uint64_t conn,
	struct slice room, struct slice ref)
{
	switch (what / 64) {
	case 0:
		return (struct msg){ .type = MSG_STATE_GET,
			.state_get = { .conn = conn, .room = room, .ref = ref } };
	case 1:
		if (what & 1)
			return (struct msg){ .type = MSG_API_STATE_GET,
				.api_state_get = { .call = 1, .room = room, .keys = lists->keys } };
		return (struct msg){ .type = MSG_API_STATE,
			.api_state = { .call = 1,
				.room = room,
				.mid = ref,
				.ops = lists->ops,
				.checks = lists->checks } };
	default:
		return (struct msg){ .type = MSG_STATE,
			.state = { .conn = conn,
				.room = room,
				.flags = what & EVENT_NO_ECHO,
				.ref = ref,
				.mid = what % 8 == 0 ? ref : SLICE(""),
				.ops = lists->ops,
				.checks = lists->checks } };
	}
}

/* What is counted is what is there, in the order of revisions. */
static inline bool states_whole(const struct state *state)
{
	const struct state_entry *entry = state_after(state, 0);
	unsigned keys = 0, deleted = 0;
	uint64_t rev = 0;
	size_t bytes = 0;

	for (; entry; entry = state_next(state, entry)) {
		if (entry->rev < rev || entry->rev == 0 || entry->rev > state->rev)
			return false;
		rev = entry->rev;
		keys += !entry->deleted;
		deleted += entry->deleted;
		if (!entry->deleted)
			bytes += (size_t)entry->key_len + entry->value_len;
	}
	return keys == state->keys && deleted == state->deleted_count && bytes == state->bytes &&
		HASH_COUNT(state->by_key) == keys + deleted;
}

#endif

/* state.h - the keyed values of a room, and their revisions; knows no rooms and no store */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_STATE_H
#define HUB_STATE_H

#include "proto/base/hash.h"
#include "proto/base/list.h"
#include "proto/close.h"
#include "proto/msg.h"

enum {
	STATE_DELETED_MAX = 1000, /* deletions of a room that are remembered, for who was away */
	STATE_OVERHEAD = 256, /* bytes that a key takes beside its own and its value's, at most */
	STATES_GONE = 0, /* no room's id: in the journal that of all states that are gone */
};

/* All there are. */
struct states {
	struct list dirty, dirty_entries; /* not as the journal has them */
	struct buf removed; /* ids of entries that are in the journal and no longer here */
	struct buf removed_rooms; /* likewise: of the rooms of states */
	uint64_t last_id;
	size_t memory; /* bytes that all take, at most */
	size_t max; /* how many they may take */
	uint64_t mark;
	uint64_t
		floor; /* the greatest revision of those that are gone: no other one has it again */
	uint64_t floor_stored; /* as the journal has it */
};

/* A key that is there, or whose deletion is remembered. */
struct state_entry {
	struct list by_rev; /* of all entries of the state */
	struct list by_deleted;
	struct list by_dirty;
	uint64_t id; /* never used twice */
	uint64_t room; /* its id */
	uint64_t rev; /* of the change that last set or deleted it */
	uint64_t mark;
	char *value;
	uint32_t value_len;
	uint16_t key_len;
	bool deleted;
	bool stored; /* in the journal */
	UT_hash_handle hh;
	char key[];
};

struct state {
	struct states *states;
	uint64_t room; /* its id */
	uint64_t rev; /* of the last change, */
	uint64_t base; /* or this: there was none */
	uint64_t forgotten; /* deletions up to this one may be forgotten */
	uint64_t time; /* when it was last of use, ms since 1970 */
	size_t bytes; /* of keys and values */
	unsigned keys;
	unsigned deleted_count;
	struct state_entry *by_key;
	struct list by_rev, deleted; /* oldest first */
	struct list by_dirty;
	bool stored;
};

/* What one room may have. */
struct state_bounds {
	size_t bytes;
	unsigned keys;
};

void states_init(struct states *states);
void states_done(struct states *states); /* there are none */

struct state *state_new(struct states *states, uint64_t room);
void state_free(struct state *state); /* takes NULL; the journal forgets it too */
void state_touch(struct state *state, uint64_t time);

/*
 * All of `ops` (struct msg_stateop) or none, if all of `checks` (struct msg_statecheck) hold:
 * ERROR_NONE, and `rev` is that of the change; ERROR_CONFLICT; ERROR_STATE_FULL: a bound would be
 * passed, by something that makes the state larger; ERROR_BAD_MESSAGE: there are no ops, a key is
 * none, or is there twice.
 */
enum error state_apply(struct state *state, const struct state_bounds *bounds, struct msg_list ops,
	struct msg_list checks);

/* The keys that do not hold, as they are: struct msg_stateentry, in `raw`. `state` may be NULL. */
struct msg_list state_conflicts(const struct state *state, struct msg_list checks, struct buf *raw);

const struct state_entry *state_find(const struct state *state, struct slice key); /* or NULL */

/* Whether all that was changed or deleted since is known. */
bool state_reaches(const struct state *state, uint64_t rev);
/* Entries with a greater revision, in its order, deletions too; NULL: there are no more. */
const struct state_entry *state_after(const struct state *state, uint64_t rev);
const struct state_entry *state_next(const struct state *state, const struct state_entry *entry);

static inline struct slice state_key(const struct state_entry *entry)
{
	return slice_make(entry->key, entry->key_len);
}

static inline struct slice state_value(const struct state_entry *entry)
{
	return slice_make(entry->value, entry->value_len);
}

/* As the journal had it; in the order of revisions. False: that cannot be. */
bool state_restore(struct state *state, uint64_t id, struct slice key, uint64_t rev, bool deleted,
	struct slice value);

#endif

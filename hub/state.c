/* state.c - the keyed values of a room, and their revisions; knows no rooms and no store */
/* SPDX-License-Identifier: MIT */
#include "hub/state.h"

#include <assert.h>

#include "proto/counters.h"
#include "proto/event.h"

void states_init(struct states *states)
{
	*states = (struct states){ .memory = 0 };
	list_init(&states->dirty);
	list_init(&states->dirty_entries);
}

void states_done(struct states *states)
{
	assert(states->memory == 0 && list_empty(&states->dirty));
	buf_done(&states->removed);
	buf_done(&states->removed_rooms);
}

struct state *state_new(struct states *states, uint64_t room)
{
	struct state *state = mem_alloc(sizeof(*state));

	state->states = states;
	state->room = room;
	state->base = state->rev = states->floor;
	state->forgotten = states->floor ? states->floor + 1 : 0;
	list_init(&state->by_rev);
	list_init(&state->deleted);
	list_init(&state->by_dirty);
	return state;
}

/* ---- entries ---- */

static struct state_entry *find(const struct state *state, struct slice key)
{
	struct state_entry *entry = NULL;

	if (state && key.len)
		HASH_FIND(hh, state->by_key, key.ptr, key.len, entry);
	return entry;
}

static void count_memory(struct states *states, size_t before, size_t now)
{
	states->memory = states->memory - before + now;
	counter_set(COUNTER_HUB_STATE_BYTES, states->memory);
}

static size_t memory_of(const struct state_entry *entry)
{
	return STATE_OVERHEAD + entry->key_len + entry->value_len;
}

/* It was never there, until it is set. */
static struct state_entry *entry_new(struct state *state, struct slice key)
{
	struct state_entry *entry = mem_alloc(sizeof(*entry) + key.len);

	memcpy(entry->key, key.ptr, key.len);
	entry->key_len = (uint16_t)key.len;
	entry->room = state->room;
	entry->deleted = true;
	list_init(&entry->by_rev);
	list_init(&entry->by_deleted);
	list_init(&entry->by_dirty);
	HASH_ADD_KEYPTR(hh, state->by_key, entry->key, key.len, entry);
	count_memory(state->states, 0, memory_of(entry));
	return entry;
}

static void entry_free(struct state *state, struct state_entry *entry)
{
	HASH_DELETE(hh, state->by_key, entry);
	count_memory(state->states, memory_of(entry), 0);
	list_remove(&entry->by_rev);
	list_remove(&entry->by_deleted);
	list_remove(&entry->by_dirty);
	mem_free(entry->value);
	mem_free(entry);
}

void state_free(struct state *state)
{
	struct state_entry *entry, *next;

	if (!state)
		return;
	if (state->rev > state->states->floor)
		state->states->floor = state->rev;
	counter_sub(COUNTER_HUB_STATE_KEYS, state->keys);
	HASH_ITER(hh, state->by_key, entry, next)
	entry_free(state, entry);
	if (state->stored)
		buf_add(&state->states->removed_rooms, &state->room, sizeof(state->room));
	list_remove(&state->by_dirty);
	mem_free(state);
}

void state_touch(struct state *state, uint64_t time)
{
	state->time = time;
	list_append(&state->states->dirty, &state->by_dirty);
}

/* ---- what is asked for ---- */

static bool is_there(const struct state_entry *entry)
{
	return entry && !entry->deleted;
}

static bool holds(const struct state *state, const struct msg_statecheck *check)
{
	const struct state_entry *entry = find(state, check->key);

	return check->rev == (is_there(entry) ? entry->rev : 0);
}

static bool all_hold(const struct state *state, struct msg_list checks)
{
	struct msg_statecheck check;

	while (msg_next_statecheck(&checks, &check))
		if (!holds(state, &check))
			return false;
	return true;
}

struct msg_list state_conflicts(const struct state *state, struct msg_list checks, struct buf *raw)
{
	struct msg_list list = { .count = 0 };
	struct msg_statecheck check;

	buf_clear(raw);
	while (msg_next_statecheck(&checks, &check)) {
		const struct state_entry *entry = find(state, check.key);
		struct msg_stateentry current = { .key = check.key };

		if (holds(state, &check))
			continue;
		if (is_there(entry)) {
			current.rev = entry->rev;
			current.value = state_value(entry);
		}
		msg_add_stateentry(raw, &list, &current);
	}
	return list;
}

/* What a change would make of the state. */
struct plan {
	size_t bytes;
	size_t values; /* what values take more than before; may wrap */
	unsigned keys;
};

static void plan_op(
	struct plan *plan, const struct state_entry *entry, const struct msg_stateop *op)
{
	if (!entry->deleted) {
		plan->bytes -= (size_t)entry->key_len + entry->value_len;
		plan->keys--;
	}
	plan->values += op->remove ? 0 : op->value.len;
	plan->values -= entry->value_len;
	if (!op->remove) {
		plan->bytes += op->key.len + op->value.len;
		plan->keys++;
	}
}

/* Every key of a change gets an entry, if it has none. */
static enum error make_plan(struct state *state, struct msg_list ops, struct plan *ret_plan)
{
	uint64_t mark = ++state->states->mark;
	struct plan plan = { .bytes = state->bytes, .keys = state->keys };
	struct msg_stateop op;

	if (ops.count == 0)
		return ERROR_BAD_MESSAGE;
	while (msg_next_stateop(&ops, &op)) {
		struct state_entry *entry = find(state, op.key);

		if (!event_key_valid(op.key) || op.remove > 1 || op.value.len > UINT32_MAX)
			return ERROR_BAD_MESSAGE;
		if (!entry)
			entry = entry_new(state, op.key);
		if (entry->mark == mark)
			return ERROR_BAD_MESSAGE;
		entry->mark = mark;
		plan_op(&plan, entry, &op);
	}
	*ret_plan = plan;
	return ERROR_NONE;
}

/* What does not make a state larger that is too large already is no harm. */
static bool fits(
	const struct state *state, const struct state_bounds *bounds, const struct plan *plan)
{
	if (plan->bytes > bounds->bytes && plan->bytes > state->bytes)
		return false;
	if (plan->keys > bounds->keys && plan->keys > state->keys)
		return false;
	return (plan->bytes <= state->bytes && plan->keys <= state->keys) ||
		state->states->memory + plan->values <= state->states->max;
}

/* ---- a change ---- */

static void renew(struct state *state, struct state_entry *entry)
{
	entry->rev = state->rev;
	if (entry->id == 0)
		entry->id = ++state->states->last_id;
	list_append(&state->by_rev, &entry->by_rev);
	list_append(&state->states->dirty_entries, &entry->by_dirty);
}

static void put_value(struct state *state, struct state_entry *entry, struct slice value)
{
	size_t before = memory_of(entry);

	mem_free(entry->value);
	entry->value = value.len ? mem_strndup(value.ptr, value.len) : NULL;
	entry->value_len = (uint32_t)value.len;
	count_memory(state->states, before, memory_of(entry));
}

static void set(struct state *state, struct state_entry *entry, struct slice value)
{
	if (entry->deleted) {
		if (!list_empty(&entry->by_deleted))
			state->deleted_count--;
		list_remove(&entry->by_deleted);
		entry->deleted = false;
	}
	put_value(state, entry, value);
	renew(state, entry);
}

static void unset(struct state *state, struct state_entry *entry)
{
	if (entry->deleted)
		return;
	entry->deleted = true;
	put_value(state, entry, (struct slice){ NULL, 0 });
	list_append(&state->deleted, &entry->by_deleted);
	state->deleted_count++;
	renew(state, entry);
}

static void forget_oldest(struct state *state)
{
	struct state_entry *entry = LIST_ENTRY(state->deleted.next, struct state_entry, by_deleted);

	state->forgotten = entry->rev;
	state->deleted_count--;
	if (entry->stored)
		buf_add(&state->states->removed, &entry->id, sizeof(entry->id));
	entry_free(state, entry);
}

/* Entries made for a change that came to nothing, or only to delete what was not there. */
static void drop_made(struct state *state, struct msg_list ops)
{
	struct msg_stateop op;

	while (msg_next_stateop(&ops, &op)) {
		struct state_entry *entry = find(state, op.key);

		if (entry && entry->rev == 0)
			entry_free(state, entry);
	}
}

static void carry_out(struct state *state, const struct plan *plan, struct msg_list ops)
{
	unsigned before = state->keys;
	struct msg_stateop op;

	state->rev++;
	while (msg_next_stateop(&ops, &op)) {
		struct state_entry *entry = find(state, op.key);

		if (op.remove)
			unset(state, entry);
		else
			set(state, entry, op.value);
	}
	state->bytes = plan->bytes;
	state->keys = plan->keys;
	counter_sub(COUNTER_HUB_STATE_KEYS, before);
	counter_add(COUNTER_HUB_STATE_KEYS, state->keys);
	while (state->deleted_count > STATE_DELETED_MAX)
		forget_oldest(state);
}

enum error state_apply(struct state *state, const struct state_bounds *bounds, struct msg_list ops,
	struct msg_list checks)
{
	enum error error = ERROR_NONE;
	struct plan plan;

	if (!all_hold(state, checks))
		return ERROR_CONFLICT;
	error = make_plan(state, ops, &plan);
	if (error == ERROR_NONE && !fits(state, bounds, &plan))
		error = ERROR_STATE_FULL;
	if (error == ERROR_NONE)
		carry_out(state, &plan, ops);
	drop_made(state, ops);
	return error;
}

/* ---- reading ---- */

const struct state_entry *state_find(const struct state *state, struct slice key)
{
	const struct state_entry *entry = find(state, key);

	return is_there(entry) ? entry : NULL;
}

bool state_reaches(const struct state *state, uint64_t rev)
{
	return rev >= state->forgotten && rev <= state->rev;
}

static const struct state_entry *entry_of(const struct state *state, const struct list *link)
{
	return link == &state->by_rev ? NULL : LIST_ENTRY(link, const struct state_entry, by_rev);
}

const struct state_entry *state_after(const struct state *state, uint64_t rev)
{
	const struct list *link = &state->by_rev;

	if (rev == 0)
		return entry_of(state, link->next);
	while (link->prev != &state->by_rev && entry_of(state, link->prev)->rev > rev)
		link = link->prev;
	return entry_of(state, link);
}

const struct state_entry *state_next(const struct state *state, const struct state_entry *entry)
{
	return entry_of(state, entry->by_rev.next);
}

bool state_restore(struct state *state, uint64_t id, struct slice key, uint64_t rev, bool deleted,
	struct slice value)
{
	struct state_entry *entry;

	if (!event_key_valid(key) || rev == 0 || find(state, key))
		return false;
	entry = entry_new(state, key);
	entry->id = id;
	entry->rev = rev;
	entry->stored = true;
	list_append(&state->by_rev, &entry->by_rev);
	if (id > state->states->last_id)
		state->states->last_id = id;
	if (rev > state->rev)
		state->rev = rev;
	if (deleted) {
		list_append(&state->deleted, &entry->by_deleted);
		state->deleted_count++;
		return true;
	}
	entry->deleted = false;
	put_value(state, entry, value);
	state->bytes += key.len + value.len;
	state->keys++;
	counter_add(COUNTER_HUB_STATE_KEYS, 1);
	return true;
}

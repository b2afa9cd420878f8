/* savestate.c - what has changed in the states of rooms goes into the journal */
/* SPDX-License-Identifier: MIT */
#include "hub/savestate.h"

bool savestate_changed(const struct states *states)
{
	return !list_empty(&states->dirty) || !list_empty(&states->dirty_entries) ||
		states->removed.len || states->removed_rooms.len ||
		states->floor != states->floor_stored;
}

void savestate_put(struct journal *journal, const struct states *states)
{
	const struct list *link;

	if (states->floor != states->floor_stored)
		journal_put_state(journal,
			&(struct journal_state){ .room = STATES_GONE, .rev = states->floor });
	for (link = states->dirty.next; link != &states->dirty; link = link->next) {
		const struct state *state = LIST_ENTRY(link, const struct state, by_dirty);

		journal_put_state(journal,
			&(struct journal_state){ .room = state->room,
				.rev = state->rev,
				.forgotten = state->forgotten,
				.time = state->time });
	}
	for (link = states->dirty_entries.next; link != &states->dirty_entries; link = link->next) {
		const struct state_entry *entry = LIST_ENTRY(
			link, const struct state_entry, by_dirty);

		journal_put_entry(journal,
			&(struct journal_entry){ .id = entry->id,
				.room = entry->room,
				.key = state_key(entry),
				.rev = entry->rev,
				.deleted = entry->deleted,
				.value = state_value(entry) });
	}
}

void savestate_done(struct states *states)
{
	while (!list_empty(&states->dirty)) {
		LIST_ENTRY(states->dirty.next, struct state, by_dirty)->stored = true;
		list_remove(states->dirty.next);
	}
	while (!list_empty(&states->dirty_entries)) {
		LIST_ENTRY(states->dirty_entries.next, struct state_entry, by_dirty)->stored = true;
		list_remove(states->dirty_entries.next);
	}
}

/* api_state.c - the server API reads and changes states of rooms */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"
#include "hub/api_caller.h"
#include "hub/roomstate.h"

/* ---- changes ---- */

void api_state(struct hub *hub, struct gateway *gateway, const struct msg_api_state *change)
{
	struct msg msg = { .type = MSG_API_STATE_DONE, .api_state_done = { .call = change->call } };
	const struct msg_state wanted = { .room = change->room,
		.mid = change->mid,
		.ops = change->ops,
		.checks = change->checks };
	struct room_change said;
	struct caller caller;

	caller_init(&caller, change->user, change->room);
	msg.api_state_done.error = (uint16_t)caller_change(hub, &caller, &wanted, &said);
	caller_done(&caller);
	msg.api_state_done.rev = said.rev;
	msg.api_state_done.current = said.current;
	gateway_send(gateway, &msg);
}

/* ---- reading ---- */

static void add(struct hub *hub, struct msg_list *list, const struct state_entry *entry)
{
	struct msg_stateentry row = {
		.key = state_key(entry), .rev = entry->rev, .value = state_value(entry)
	};

	msg_add_stateentry(&hub->raw, list, &row);
}

static void add_keys(
	struct hub *hub, const struct state *state, struct msg_list keys, struct msg_list *list)
{
	const struct state_entry *entry;
	struct msg_statekey key;

	while (msg_next_statekey(&keys, &key)) {
		entry = state_find(state, key.key);
		if (entry)
			add(hub, list, entry);
	}
}

static void add_all(
	struct hub *hub, const struct state *state, struct slice prefix, struct msg_list *list)
{
	const struct state_entry *entry = state_after(state, 0);

	for (; entry; entry = state_next(state, entry))
		if (!entry->deleted && slice_starts(state_key(entry), prefix))
			add(hub, list, entry);
}

struct msg_list api_state_gather(
	struct hub *hub, const struct room *room, struct msg_list keys, struct slice prefix)
{
	struct msg_list list = { .count = 0 };

	buf_clear(&hub->raw);
	if (room && room->state && keys.count)
		add_keys(hub, room->state, keys, &list);
	else if (room && room->state)
		add_all(hub, room->state, prefix, &list);
	return list;
}

void api_state_get(struct hub *hub, struct gateway *gateway, const struct msg_api_state_get *get)
{
	const struct room *room = room_find(&hub->rooms, get->room);
	struct msg msg = { .type = MSG_API_ENTRIES, .api_entries = { .call = get->call } };
	struct msg_api_entries *entries = &msg.api_entries;

	if (room) {
		entries->rev = roomstate_rev(room);
		entries->offset = room->history.offset;
		entries->epoch = room->epoch;
	}
	entries->entries = api_state_gather(hub, room, get->keys, get->prefix);
	gateway_send(gateway, &msg);
}

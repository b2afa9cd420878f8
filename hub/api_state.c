/* api_state.c - the server API reads and changes states of rooms */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"
#include "hub/api_caller.h"
#include "hub/request.h"
#include "hub/roomstate.h"

/* ---- changes ---- */

static enum error apply(struct hub *hub, struct caller *caller, const struct msg_api_state *change,
	struct msg_api_state_done *ret_done)
{
	struct room *room = caller_room(hub, change->room);
	struct msg_state said = {
		.room = change->room, .ops = change->ops, .checks = change->checks
	};
	enum error error;

	if (!room)
		return ERROR_UNAVAILABLE;
	error = roomstate_apply(hub, &caller->conn, room, &said);
	ret_done->rev = roomstate_rev(room);
	if (error == ERROR_NONE)
		request_remember(hub, &caller->conn, change->mid, room->id, ret_done->rev);
	if (error == ERROR_CONFLICT)
		ret_done->current = state_conflicts(room->state, change->checks, &hub->raw);
	caller_leave(hub, room);
	return error;
}

void api_state(struct hub *hub, struct gateway *gateway, const struct msg_api_state *change)
{
	struct msg msg = { .type = MSG_API_STATE_DONE, .api_state_done = { .call = change->call } };
	enum error error = ERROR_NONE;
	const struct mid *known;
	struct caller caller;

	caller_init(&caller, change->user, change->room);
	known = request_known(hub, &caller.conn, change->mid);
	if (!event_room_valid(change->room))
		error = ERROR_BAD_ROOM;
	else if (change->mid.len > MIDS_LEN_MAX)
		error = ERROR_BAD_MESSAGE;
	else if (known)
		msg.api_state_done.rev = known->offset;
	else
		error = apply(hub, &caller, change, &msg.api_state_done);
	caller_done(&caller);
	msg.api_state_done.error = (uint16_t)error;
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

void api_state_get(struct hub *hub, struct gateway *gateway, const struct msg_api_state_get *get)
{
	const struct room *room = room_find(&hub->rooms, get->room);
	struct msg msg = { .type = MSG_API_ENTRIES, .api_entries = { .call = get->call } };
	struct msg_api_entries *entries = &msg.api_entries;

	buf_clear(&hub->raw);
	if (room) {
		entries->rev = roomstate_rev(room);
		entries->offset = room->history.offset;
		entries->epoch = room->epoch;
	}
	if (room && room->state && get->keys.count)
		add_keys(hub, room->state, get->keys, &entries->entries);
	else if (room && room->state)
		add_all(hub, room->state, get->prefix, &entries->entries);
	gateway_send(gateway, &msg);
}

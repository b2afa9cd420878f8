/* handler_ask.c - what handlers may know of rooms and connections */
/* SPDX-License-Identifier: MIT */
#include "hub/api.h"
#include "hub/handler_act.h"
#include "hub/page.h"
#include "hub/query.h"
#include "hub/recall.h"
#include "hub/roomstate.h"
#include "proto/glob.h"

void ask_state(struct hub *hub, struct handler *handler, const struct msg_ask_state *ask)
{
	struct msg msg = { .type = MSG_STATE_IS, .state_is = { .call = ask->call } };
	enum error error = handler_room_error(handler, ask->room);
	const struct room *room = error == ERROR_NONE ? room_find(&hub->rooms, ask->room) : NULL;

	msg.state_is.error = handler_error(error);
	if (room) {
		msg.state_is.rev = roomstate_rev(room);
		msg.state_is.offset = room->history.offset;
		msg.state_is.epoch = room->epoch;
	}
	msg.state_is.entries = api_state_gather(hub, room, ask->keys, ask->prefix);
	handler_send_loose(handler, &msg);
}

void ask_page(struct hub *hub, struct handler *handler, const struct msg_ask_page *ask)
{
	struct msg msg = { .type = MSG_HISTORY_IS, .history_is = { .call = ask->call } };
	const struct recall_page page = { ask->since, ask->before, ask->limit };
	enum error error = handler_room_error(handler, ask->room);
	struct room *room = error == ERROR_NONE ? room_find(&hub->rooms, ask->room) : NULL;

	msg.history_is.error = handler_error(error);
	if (room) {
		msg.history_is.epoch = room->epoch;
		msg.history_is.offset = recall_gather(hub, room, &page, &msg.history_is.messages);
	}
	handler_send_loose(handler, &msg);
}

void ask_history(struct hub *hub, struct handler *handler, const struct msg_ask_history *ask)
{
	const struct msg_ask_page page = {
		.call = ask->call, .room = ask->room, .since = ask->since, .limit = ask->limit
	};

	ask_page(hub, handler, &page);
}

/* ---- who is there ---- */

/* Where the page begins; if who was its last has left, it is the first page again. */
static const struct list *members_after(struct hub *hub, const struct room *room, struct slice id)
{
	const struct conn *conn = conn_by_id(&hub->conns, id);
	const struct member *member = conn ? member_find(room, conn) : NULL;

	return member ? member->by_room.next : room->members.next;
}

static void list_members(struct hub *hub, const struct room *room,
	const struct msg_ask_members *ask, struct msg_members_are *ret_page)
{
	const struct list *link = members_after(hub, room, ask->after);
	uint32_t limit = ask->limit < QUERY_LIMIT_MAX ? ask->limit : QUERY_LIMIT_MAX;

	ret_page->count = room->count;
	ret_page->users = room->users;
	for (; link != &room->members && ret_page->members.count < limit; link = link->next) {
		const struct conn *conn = LIST_ENTRY(link, const struct member, by_room)->key.conn;
		struct msg_member member = {
			.id = conn->id, .nickname = conn->nickname, .user = conn_user_name(conn)
		};

		msg_add_member(&hub->raw, &ret_page->members, &member);
	}
	ret_page->more = link != &room->members;
}

void ask_members(struct hub *hub, struct handler *handler, const struct msg_ask_members *ask)
{
	struct msg msg = { .type = MSG_MEMBERS_ARE, .members_are = { .call = ask->call } };
	enum error error = handler_room_error(handler, ask->room);
	const struct room *room = error == ERROR_NONE ? room_find(&hub->rooms, ask->room) : NULL;

	msg.members_are.error = handler_error(error);
	buf_clear(&hub->raw);
	if (room)
		list_members(hub, room, ask, &msg.members_are);
	handler_send_loose(handler, &msg);
}

/* ---- a connection ---- */

static struct slice dialect_name(uint8_t dialect)
{
	static const char *const names[] = { "room", "command", "raw" };

	return dialect < sizeof(names) / sizeof(*names) ? slice_of(names[dialect]) : SLICE("");
}

static void tell_rooms(struct hub *hub, const struct handler *handler, const struct conn *conn,
	struct msg_list *rooms)
{
	const struct list *link = conn->members.next;

	for (; link != &conn->members; link = link->next) {
		const struct member *member = LIST_ENTRY(link, const struct member, by_conn);
		struct msg_roomname name = { .name = member->key.room->name };

		if (handler_may_serve(handler, name.name))
			msg_add_roomname(&hub->raw, rooms, &name);
	}
}

/* Of one that is in none of its rooms it does not learn that it is there. */
void ask_connection(struct hub *hub, struct handler *handler, const struct msg_ask_connection *ask)
{
	struct msg msg = { .type = MSG_CONNECTION_IS, .connection_is = { .call = ask->call } };
	struct msg_connection_is *is = &msg.connection_is;
	const struct conn *conn = conn_by_id(&hub->conns, ask->id);

	buf_clear(&hub->raw);
	if (!event_id_valid(ask->id)) {
		is->error = handler_error(ERROR_BAD_TARGET);
	} else if (!conn || !handler_may_reach(handler, conn)) {
		is->error = handler_error(ERROR_NO_SUCH_TARGET);
	} else {
		is->id = conn->id;
		is->nickname = conn->nickname;
		is->user = conn_user_name(conn);
		is->address = conn->address;
		is->dialect = dialect_name(conn->dialect);
		is->since = conn->came;
		is->here = conn->state == CONN_LIVE;
		is->admin = conn->admin;
		is->meta = conn->meta;
		tell_rooms(hub, handler, conn, &is->rooms);
	}
	handler_send_loose(handler, &msg);
}

/* ---- rooms ---- */

static void gather_rooms(const struct hub *hub, const struct handler *handler,
	const struct msg_ask_rooms *ask, struct page *page)
{
	for (const struct room *room = hub->rooms.by_name; room; room = room->hh.next) {
		const struct page_key key = { .text = room->name };

		if (handler_may_serve(handler, room->name) &&
			(ask->search.len == 0 || glob_matches(ask->search, room->name)))
			page_add(page, &key, room);
	}
}

void ask_rooms(struct hub *hub, struct handler *handler, const struct msg_ask_rooms *ask)
{
	struct msg msg = { .type = MSG_ROOMS_ARE, .rooms_are = { .call = ask->call } };
	bool limited = ask->limit && ask->limit < QUERY_LIMIT_MAX;
	size_t at = 0, most;
	struct page page;

	page_init(&page, limited ? ask->limit : QUERY_LIMIT_MAX, false);
	if (ask->after.len)
		page_go_on(&page, &(struct page_key){ .text = ask->after });
	if (ask->search.len == 0 || event_room_valid(ask->search))
		gather_rooms(hub, handler, ask, &page);
	else
		msg.rooms_are.error = handler_error(ERROR_BAD_ROOM);
	buf_clear(&hub->raw);
	most = page.count < page.most ? page.count : page.most;
	while (at < most && hub->raw.len < QUERY_BYTES_MAX)
		query_add_room(hub, &msg.rooms_are.rooms, page.items[at++].what);
	msg.rooms_are.total = page.total;
	msg.rooms_are.more = at < page.count;
	handler_send_loose(handler, &msg);
	page_done(&page);
}

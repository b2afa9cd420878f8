/* query.c - what the server API asks: pages of rooms and connections, history, status */
/* SPDX-License-Identifier: MIT */
#include "hub/query.h"

#include <ctype.h>
#include <strings.h>

#include "hub/figures.h"
#include "hub/page.h"
#include "hub/recall.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/glob.h"

static size_t limit_of(const struct msg_api_query *query)
{
	return query->limit && query->limit < QUERY_LIMIT_MAX ? query->limit : QUERY_LIMIT_MAX;
}

static void begin_page(struct page *page, const struct msg_api_query *query)
{
	page_init(page, limit_of(query), query->descending);
	if (query->goes_on)
		page_go_on(page, &(struct page_key){ query->number, query->after, query->since });
}

/* ---- rooms ---- */

static struct page_key key_of_room(
	const struct hub *hub, const struct room *room, enum api_order order)
{
	struct page_key key = { .text = room->name };

	if (order == ORDER_MEMBERS)
		key.number = room->count;
	else if (order == ORDER_PEOPLE)
		key.number = room->users;
	else if (order == ORDER_OFFSET)
		key.number = room->history.offset;
	else if (order == ORDER_RATE)
		key.number = meter_rate(room->meter, hub->wall_ms);
	return key;
}

void query_add_room(struct hub *hub, struct msg_list *rooms, const struct room *room)
{
	struct msg_roominfo info = { .name = room->name,
		.count = room->count,
		.users = room->users,
		.epoch = room->epoch,
		.offset = room->history.offset,
		.kept = room->history.count,
		.rate = meter_rate(room->meter, hub->wall_ms) };

	msg_add_roominfo(&hub->raw, rooms, &info);
}

static void answer_rooms(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	struct msg msg = { .type = MSG_API_ROOMS, .api_rooms = { .call = query->call } };
	size_t at = 0, most;
	struct page page;

	begin_page(&page, query);
	for (const struct room *room = hub->rooms.by_name; room; room = room->hh.next) {
		struct page_key key = key_of_room(hub, room, (enum api_order)query->order);

		if (query->search.len == 0 || glob_matches(query->search, room->name))
			page_add(&page, &key, room);
	}
	buf_clear(&hub->raw);
	most = page.count < page.most ? page.count : page.most;
	while (at < most && hub->raw.len < QUERY_BYTES_MAX)
		query_add_room(hub, &msg.api_rooms.rooms, page.items[at++].what);
	msg.api_rooms.total = page.total;
	msg.api_rooms.more = at < page.count;
	gateway_send(gateway, &msg);
	page_done(&page);
}

/* ---- connections ---- */

static bool contains(struct slice text, struct slice in)
{
	for (size_t at = 0; at + text.len <= in.len; at++)
		if (strncasecmp(in.ptr + at, text.ptr, text.len) == 0)
			return true;
	return false;
}

bool query_found(struct slice text, const struct slice in[4])
{
	bool found = text.len == 0;

	for (size_t i = 0; i < 4 && !found; i++)
		found = contains(text, in[i]);
	return found;
}

static struct page_key key_of_conn(
	const struct hub *hub, const struct conn *conn, enum api_order order)
{
	struct page_key key = { .serial = conn->serial };

	if (order == ORDER_ID)
		key.text = conn->id;
	else if (order == ORDER_NICKNAME)
		key.text = conn->nickname;
	else if (order == ORDER_USER)
		key.text = conn_user_name(conn);
	else if (order == ORDER_ADDRESS)
		key.text = conn->address;
	else if (order == ORDER_ROOMS)
		key.number = conn->rooms;
	else
		key.number = figureset_number(&hub->ranking.all, conn->serial, order);
	return key;
}

static void look_at(const struct hub *hub, struct page *page, const struct conn *conn,
	const struct msg_api_query *query)
{
	const struct slice in[4] = { conn->id, conn->nickname, conn_user_name(conn),
		conn->address };
	struct page_key key = key_of_conn(hub, conn, (enum api_order)query->order);

	if (query->user.len && !slice_eq(conn_user_name(conn), query->user))
		return;
	if (query->id.len && !slice_eq(conn->id, query->id))
		return;
	if (query_found(query->search, in))
		page_add(page, &key, conn);
}

/* Those that are being closed have no id any more. */
static void look_at_gateways(struct hub *hub, struct page *page, const struct msg_api_query *query)
{
	const struct peers *peers = &hub->peers;

	for (struct list *i = peers->all.next; i != &peers->all; i = i->next) {
		const struct list *conns = &LIST_ENTRY(i, struct gateway, all)->conns;

		for (struct list *j = conns->next; j != conns; j = j->next) {
			const struct conn *conn = LIST_ENTRY(j, struct conn, by_gateway);

			if (conn->state != CONN_CLOSING)
				look_at(hub, page, conn, query);
		}
	}
}

/* Of a room, of a user, or of all. */
static void look_at_all(struct hub *hub, struct page *page, const struct room *room,
	const struct msg_api_query *query)
{
	const struct user *user = query->user.len ? conn_user(&hub->conns, query->user) : NULL;
	const struct list *link;

	if (query->room.len) {
		for (link = room ? room->members.next : NULL; room && link != &room->members;
			link = link->next)
			look_at(hub, page, LIST_ENTRY(link, const struct member, by_room)->key.conn,
				query);
	} else if (query->user.len) {
		for (link = user ? user->conns.next : NULL; user && link != &user->conns;
			link = link->next)
			look_at(hub, page, LIST_ENTRY(link, const struct conn, by_user), query);
	} else {
		look_at_gateways(hub, page, query);
	}
}

static void add_conn(struct hub *hub, struct buf *rooms, struct msg_api_connections *list,
	const struct conn *conn)
{
	struct msg_conninfo info = { .serial = conn->serial,
		.id = conn->id,
		.nickname = conn->nickname,
		.user = conn_user_name(conn),
		.address = conn->address,
		.dialect = conn->dialect,
		.since = conn->came,
		.here = conn->state == CONN_LIVE,
		.rooms = conn->rooms };
	const struct list *link = conn->members.next;

	msg_add_conninfo(&hub->raw, &list->connections, &info);
	for (unsigned n = 0; link != &conn->members && n < QUERY_ROOMS_MAX; n++) {
		const struct member *member = LIST_ENTRY(link, const struct member, by_conn);
		struct msg_inroom in = { .serial = conn->serial, .room = member->key.room->name };

		msg_add_inroom(rooms, &list->rooms, &in);
		link = link->next;
	}
}

void query_answer_ranked(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	struct msg msg = { .type = MSG_API_CONNECTIONS,
		.api_connections = { .call = query->call } };
	const struct room *room = room_find(&hub->rooms, query->room);
	_cleanup_(buf_done) struct buf rooms = { .cap = 0 };
	size_t at = 0, most;
	struct page page;

	begin_page(&page, query);
	look_at_all(hub, &page, room, query);
	buf_clear(&hub->raw);
	most = page.count < page.most ? page.count : page.most;
	while (at < most && hub->raw.len + rooms.len < QUERY_BYTES_MAX)
		add_conn(hub, &rooms, &msg.api_connections, page.items[at++].what);
	msg.api_connections.total = page.total;
	msg.api_connections.more = at < page.count;
	msg.api_connections.count = room ? room->count : 0;
	msg.api_connections.users = room ? room->users : 0;
	if (ranking_needed(query))
		msg.api_connections.parts = 1;
	else if (query->figures)
		msg.api_connections.parts = figures_ask(hub, gateway, query->call, &page, at);
	gateway_send(gateway, &msg);
	if (ranking_needed(query))
		ranking_tell(hub, gateway, query->call, &page, at);
	page_done(&page);
}

static void answer_connections(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	if (ranking_needed(query))
		ranking_ask(hub, gateway, query);
	else
		query_answer_ranked(hub, gateway, query);
}

/* ---- connections that ended ---- */

static bool is_asked_for(const struct closed *closed, const struct msg_api_query *query)
{
	const struct slice in[4] = { closed->id, closed->nickname, closed->user, closed->address };

	return (query->user.len == 0 || slice_eq(closed->user, query->user)) &&
		(query->id.len == 0 || slice_eq(closed->id, query->id)) &&
		query_found(query->search, in);
}

static void add_closed(struct hub *hub, struct msg_list *list, const struct closed *closed)
{
	struct msg_closeinfo info = { .serial = closed->serial,
		.id = closed->id,
		.nickname = closed->nickname,
		.user = closed->user,
		.address = closed->address,
		.gateway = closed->gateway,
		.dialect = closed->dialect,
		.since = closed->since,
		.at = closed->at,
		.by = (uint8_t)closed->ending.by,
		.code = closed->ending.code,
		.text = closed->ending.text,
		.queued = closed->ending.queued,
		.rooms = closed->rooms };

	msg_add_closeinfo(&hub->raw, list, &info);
}

/* `since`: the serial before which the page begins; 0: the latest. */
static void answer_closed(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	struct msg msg = { .type = MSG_API_CLOSED, .api_closed = { .call = query->call } };
	size_t limit = limit_of(query);
	struct msg_api_closed *page = &msg.api_closed;
	const struct closed *at = NULL;

	page->forgotten = closed_forgotten(&hub->closed);
	buf_clear(&hub->raw);
	while ((at = closed_before(&hub->closed, at ? at->serial : 0)) != NULL) {
		if (!is_asked_for(at, query))
			continue;
		page->total++;
		if (query->since && at->serial >= query->since)
			continue;
		page->more = page->closed.count >= limit || hub->raw.len >= QUERY_BYTES_MAX;
		if (!page->more)
			add_closed(hub, &page->closed, at);
	}
	gateway_send(gateway, &msg);
}

/* ---- the rest ---- */

/* A room that there is not has said nothing. */
static void answer_history(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	struct msg msg = { .type = MSG_API_HISTORY, .api_history = { .call = query->call } };
	const struct recall_page page = { query->since, query->before, query->limit };
	struct room *room = room_find(&hub->rooms, query->room);

	if (room) {
		msg.api_history.epoch = room->epoch;
		msg.api_history.offset = recall_gather(hub, room, &page, &msg.api_history.messages);
	}
	gateway_send(gateway, &msg);
}

static void add_gateways(const struct hub *hub, struct buf *raw, struct msg_list *gateways)
{
	const struct list *all = &hub->peers.all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct gateway *gateway = LIST_ENTRY(link, const struct gateway, all);
		struct msg_gatewayinfo info = { .name = slice_of(gateway->name),
			.linked = gateway->state != GATEWAY_DOWN };

		for (const struct list *at = gateway->conns.next; at != &gateway->conns;
			at = at->next)
			info.connections++;
		msg_add_gatewayinfo(raw, gateways, &info);
	}
}

static void add_handlers(const struct hub *hub, struct buf *raw, struct msg_list *handlers)
{
	const struct list *all = &hub->handlers.all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct handler *handler = LIST_ENTRY(link, const struct handler, all);
		const struct gateway *gateway = handler->gateway;
		struct msg_handlerinfo info = { .name = slice_of(handler->name),
			.linked = handler_linked(handler),
			.waiting = gateway ? outgoing_count(&gateway->out) : 0,
			.bytes = gateway ? gateway->out.bytes : 0 };

		msg_add_handlerinfo(raw, handlers, &info);
	}
}

static void answer_status(
	struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	static const uint16_t shown[] = { COUNTER_HUB_CONNECTIONS, COUNTER_HUB_ROOMS,
		COUNTER_HUB_ROOMS_IDLE, COUNTER_HUB_MEMBERSHIPS, COUNTER_HUB_PUBLISHED,
		COUNTER_HUB_DIRECT, COUNTER_HUB_BROADCASTS, COUNTER_HUB_DELIVERED,
		COUNTER_HUB_JOINS, COUNTER_HUB_LEAVES };
	struct msg msg = { .type = MSG_API_STATUS,
		.api_status = { .call = query->call,
			.epoch = hub->peers.epoch,
			.time = hub->wall_ms,
			.failing = hub->failing } };
	_cleanup_(buf_done) struct buf counts = { .cap = 0 }, handlers = { .cap = 0 };

	buf_clear(&hub->raw);
	add_gateways(hub, &hub->raw, &msg.api_status.gateways);
	add_handlers(hub, &handlers, &msg.api_status.handlers);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct msg_count count = { .counter = shown[i],
			.value = counter_get((enum counter)shown[i]) };

		msg_add_count(&counts, &msg.api_status.counts, &count);
	}
	gateway_send(gateway, &msg);
}

void query_answer(struct hub *hub, struct gateway *gateway, const struct msg_api_query *query)
{
	static void (*const answers[API_QUERIES])(struct hub * hub, struct gateway * gateway,
		const struct msg_api_query *query) = { [API_QUERY_ROOMS] = answer_rooms,
		[API_QUERY_CONNECTIONS] = answer_connections,
		[API_QUERY_CLOSED] = answer_closed,
		[API_QUERY_HISTORY] = answer_history,
		[API_QUERY_STATUS] = answer_status };

	answers[query->query](hub, gateway, query);
}

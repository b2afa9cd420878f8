/* recall.c - what a room has kept: adding to it, giving it to who missed it, forgetting it */
/* SPDX-License-Identifier: MIT */
#include "hub/recall.h"

#include "hub/roomstate.h"
#include "proto/counters.h"

static uint64_t oldest_time(const struct hub *hub, const struct room *room)
{
	uint64_t ttl = room->rules->history_ttl;

	return hub->wall_ms > ttl ? hub->wall_ms - ttl : 0;
}

static struct history *fresh(struct hub *hub, struct room *room)
{
	if (history_trim(&room->history, room->rules->history, oldest_time(hub, room)))
		room_touch(room);
	return &room->history;
}

bool recall_keeps(const struct room *room)
{
	return room->rules->history > 0;
}

/* What is said while nothing is kept has no number: who missed it must not be told it has all. */
void recall_return(struct hub *hub, struct room *room, bool kept)
{
	if (!kept && recall_keeps(room))
		room->epoch = hub->outlet.random(hub->outlet.arg);
	if (kept != recall_keeps(room))
		room_touch(room);
	(void)fresh(hub, room);
}

void recall_change(struct hub *hub, struct room *room, const struct rules *rules)
{
	bool kept = recall_keeps(room);

	room->rules = rules;
	recall_return(hub, room, kept);
}

void recall_loaded(struct room *room)
{
	const struct kept *last;

	history_restored(&room->history);
	last = history_last(&room->history);
	if (last && last->time > room->time)
		room->time = last->time;
}

void recall_keep(struct hub *hub, struct room *room, struct event *event)
{
	history_add(&room->history, event, room->rules->history);
	room->time = hub->wall_ms;
	room_touch(room);
}

static size_t size_of(const struct kept *kept)
{
	return kept->type.len + kept->id.len + kept->nickname.len + kept->user.len + kept->body.len;
}

bool recall_whole(struct hub *hub, struct room *room, const struct recall *recall)
{
	const struct history *history = fresh(hub, room);
	size_t bytes = 0;

	if (!recall->wanted || recall->epoch != room->epoch || !recall_keeps(room) ||
		recall->since > history->offset || recall->since + 1 < history_first(history))
		return false;
	for (uint64_t i = recall->since + 1; i <= history->offset; i++)
		bytes += size_of(history_at(history, i));
	return bytes <= RECALL_BYTES_MAX;
}

static void add(struct hub *hub, struct msg_list *list, const struct kept *kept)
{
	struct msg_kept record = { .offset = kept->offset,
		.time = kept->time,
		.type = kept->type,
		.format = (uint8_t)kept->format,
		.id = kept->id,
		.nickname = kept->nickname,
		.user = kept->user,
		.body = kept->body };

	msg_add_kept(&hub->raw, list, &record);
}

void recall_replay(struct hub *hub, const struct member *member, uint64_t since)
{
	const struct room *room = member->key.room;
	const struct conn *conn = member->key.conn;
	uint64_t offset = since + 1;

	while (offset <= room->history.offset) {
		struct msg msg = { .type = MSG_REPLAY,
			.replay = { .conn = conn->key.number,
				.room = room->name,
				.epoch = room->epoch } };

		buf_clear(&hub->raw);
		while (offset <= room->history.offset && hub->raw.len < RECALL_CHUNK)
			add(hub, &msg.replay.messages, history_at(&room->history, offset++));
		counter_add(COUNTER_HUB_REPLAYED, msg.replay.messages.count);
		gateway_send(conn->key.gateway, &msg);
	}
}

/* The first of the newest before `end` that are asked for, and are not too much. */
static uint64_t list_from(
	const struct history *history, const struct recall_page *page, uint64_t end)
{
	uint64_t from = end, first = history_first(history);
	uint32_t limit = page->limit;
	size_t bytes = 0;

	if (page->since >= history->offset)
		return end;
	if (page->since + 1 > first)
		first = page->since + 1;
	if (limit == 0 || limit > RECALL_LIST_MAX)
		limit = RECALL_LIST_MAX;
	while (from > first && end - from < limit) {
		bytes += size_of(history_at(history, from - 1));
		if (bytes > RECALL_BYTES_MAX)
			break;
		from--;
	}
	return from;
}

uint64_t recall_gather(struct hub *hub, struct room *room, const struct recall_page *page,
	struct msg_list *ret_messages)
{
	const struct history *history = fresh(hub, room);
	uint64_t end = history->offset + 1;

	if (page->before && page->before < end)
		end = page->before;
	*ret_messages = (struct msg_list){ .count = 0 };
	buf_clear(&hub->raw);
	for (uint64_t i = list_from(history, page, end); i < end; i++)
		add(hub, ret_messages, history_at(history, i));
	return history->offset;
}

void recall_list(struct hub *hub, const struct conn *conn, struct room *room,
	const struct msg_history *asked)
{
	const struct recall_page page = { asked->since, asked->before, asked->limit };
	struct msg msg = { .type = MSG_HISTORYLIST,
		.historylist = { .conn = conn->key.number,
			.room = room->name,
			.ref = asked->ref,
			.epoch = room->epoch } };

	msg.historylist.offset = recall_gather(hub, room, &page, &msg.historylist.messages);
	gateway_send(conn->key.gateway, &msg);
}

bool recall_empty(struct hub *hub, struct room *room)
{
	if (roomstate_keeps(room))
		return false;
	if (!recall_keeps(room) || room->history.offset == 0)
		return true;
	return fresh(hub, room)->count == 0;
}

static struct room *oldest_idle(struct hub *hub)
{
	return LIST_ENTRY(hub->rooms.idle.next, struct room, by_rooms);
}

static void collect(struct hub *hub, struct room *room)
{
	counter_add(COUNTER_HUB_ROOMS_COLLECTED, 1);
	room_close(&hub->rooms, room);
}

bool recall_make_room(struct hub *hub)
{
	struct rooms *rooms = &hub->rooms;

	while (!list_empty(&rooms->idle) && rooms->count + rooms->idle_count >= hub->max_rooms)
		collect(hub, oldest_idle(hub));
	return rooms->count + rooms->idle_count < hub->max_rooms;
}

/* States that no one has come back to; the room may be kept for its history. */
static void sweep_states(struct hub *hub)
{
	struct rooms *rooms = &hub->rooms;
	struct list *link, *next;

	for (link = rooms->keeping.next; link != &rooms->keeping; link = next) {
		struct room *room = LIST_ENTRY(link, struct room, by_rooms);

		next = link->next;
		roomstate_expire(hub, room);
		if (!roomstate_keeps(room))
			room_sort(rooms, room);
	}
}

void recall_step(struct hub *hub)
{
	struct rooms *rooms = &hub->rooms;
	struct list *link, *next;

	if (mono_before(hub->now, recall_deadline(hub)))
		return;
	hub->swept = hub->now;
	mids_expire(&hub->mids, hub->wall_ms);
	sweep_states(hub);
	for (link = rooms->idle.next; link != &rooms->idle; link = next) {
		struct room *room = LIST_ENTRY(link, struct room, by_rooms);

		next = link->next;
		if (recall_empty(hub, room))
			collect(hub, room);
	}
	for (link = rooms->all.next; link != &rooms->all; link = link->next) {
		(void)fresh(hub, LIST_ENTRY(link, struct room, by_rooms));
	}
}

struct mono recall_deadline(const struct hub *hub)
{
	if (hub->mids.count == 0 && hub->rooms.idle_count == 0 && !policy_keeps(&hub->policy))
		return (struct mono){ UINT64_MAX };
	return mono_after(hub->swept, RECALL_SWEEP_MS);
}

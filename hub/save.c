/* save.c - what has changed in the hub goes into the journal */
/* SPDX-License-Identifier: MIT */
#include "hub/save.h"

#include "hub/asking.h"
#include "hub/recall.h"
#include "hub/save_internal.h"
#include "hub/savestate.h"

static struct gateway *gateway_entry(struct list *link)
{
	return LIST_ENTRY(link, struct gateway, all);
}

static struct room *room_entry(struct list *link)
{
	return LIST_ENTRY(link, struct room, by_dirty);
}

static struct member *member_entry(struct list *link)
{
	return LIST_ENTRY(link, struct member, by_dirty);
}

static struct conn *conn_entry(struct list *link)
{
	return LIST_ENTRY(link, struct conn, by_dirty);
}

static bool gateway_changed(const struct gateway *gateway)
{
	return !gateway->row.exists || gateway->row.applied != gateway->applied ||
		gateway->row.sent != gateway->sent || outgoing_fresh(&gateway->out, NULL);
}

bool save_needed(const struct hub *hub)
{
	const struct list *all = &hub->peers.all;
	const struct rooms *rooms = &hub->rooms;

	if (!list_empty(&rooms->dirty) || !list_empty(&rooms->dirty_members) ||
		!list_empty(&hub->conns.dirty) || !list_empty(&hub->mids.dirty) ||
		rooms->removed.len || rooms->removed_members.len || rooms->removed_homes.len ||
		hub->conns.removed.len || hub->peers.removed.len || hub->mids.expired ||
		savestate_changed(&hub->states) || save_handlers_needed(&hub->handlers) ||
		!list_empty(&hub->questions.dirty) || hub->questions.removed.len)
		return true;
	for (const struct list *link = all->next; link != all; link = link->next)
		if (gateway_changed(LIST_ENTRY(link, const struct gateway, all)))
			return true;
	return false;
}

/* ---- what is gone ---- */

static size_t id_count(const struct buf *ids)
{
	return ids->len / sizeof(uint64_t);
}

static uint64_t id_at(const struct buf *ids, size_t i)
{
	uint64_t id;

	memcpy(&id, ids->data + i * sizeof(id), sizeof(id));
	return id;
}

static void put_removals(struct hub *hub, struct journal *journal)
{
	const struct buf *members = &hub->rooms.removed_members;

	for (size_t i = 0; i < id_count(&hub->peers.removed); i++)
		journal_remove_gateway(journal, id_at(&hub->peers.removed, i));
	for (size_t i = 0; i + 1 < id_count(members); i += 2)
		journal_remove_member(journal, id_at(members, i), id_at(members, i + 1));
	for (size_t i = 0; i < id_count(&hub->conns.removed); i++)
		journal_remove_conn(journal, id_at(&hub->conns.removed, i));
	for (size_t i = 0; i < id_count(&hub->rooms.removed_homes); i++)
		journal_remove_home(journal, id_at(&hub->rooms.removed_homes, i));
	for (size_t i = 0; i < id_count(&hub->rooms.removed); i++)
		journal_remove_room(journal, id_at(&hub->rooms.removed, i));
	for (size_t i = 0; i < id_count(&hub->states.removed_rooms); i++)
		journal_remove_state(journal, id_at(&hub->states.removed_rooms, i));
	for (size_t i = 0; i < id_count(&hub->states.removed); i++)
		journal_remove_entry(journal, id_at(&hub->states.removed, i));
	for (size_t i = 0; i < id_count(&hub->questions.removed); i++)
		journal_remove_question(journal, id_at(&hub->questions.removed, i));
	if (hub->mids.expired)
		journal_remove_mids(journal, hub->wall_ms > MIDS_MS ? hub->wall_ms - MIDS_MS : 0);
}

/* ---- what is here ---- */

void save_put_parcels(struct hub *hub, struct journal *journal, const struct gateway *gateway)
{
	const struct parcel *parcel = NULL;

	while ((parcel = outgoing_fresh(&gateway->out, parcel)) != NULL)
		if (parcel->last)
			journal_put_parcel(journal,
				&(struct journal_parcel){ .gateway = gateway->epoch,
					.first = parcel->first,
					.last = parcel->last,
					.bytes = parcel_numbered(parcel, &hub->raw) });
}

static void put_gateway(struct hub *hub, struct journal *journal, struct gateway *gateway)
{
	const struct outgoing *out = &gateway->out;

	if (gateway->row.seen != out->seen)
		journal_remove_parcels(journal, gateway->epoch, out->seen);
	if (!gateway_changed(gateway))
		return;
	journal_put_gateway(journal,
		&(struct journal_gateway){ .epoch = gateway->epoch,
			.name = slice_of(gateway->name),
			.applied = gateway->applied,
			.sent = gateway->sent });
	save_put_parcels(hub, journal, gateway);
}

static void put_message(struct journal *journal, const struct room *room, const struct kept *kept)
{
	journal_put_message(journal, room->id,
		&(struct event){ .type = kept->type,
			.format = kept->format,
			.body = kept->body,
			.id = kept->id,
			.nickname = kept->nickname,
			.user = kept->user,
			.offset = kept->offset,
			.time = kept->time });
}

static void put_departures(struct journal *journal, const struct room *room)
{
	const struct change *left = presence_next_left(room, NULL);

	if (room->parted)
		journal_remove_departures(journal, room->id);
	for (; left; left = presence_next_left(room, left))
		journal_put_departure(journal,
			&(struct journal_departure){ .room = room->id,
				.conn = left->serial,
				.id = left->id,
				.nickname = left->nickname,
				.user = left->user });
}

static struct room_row row_of(const struct room *room)
{
	return (struct room_row){ .epoch = room->epoch,
		.offset = history_first(&room->history) - 1,
		.time = room->time,
		.listed = room->listed,
		.stale = presence_stale(room),
		.window = room->pending.window,
		.kept = recall_keeps(room),
		.known = true };
}

/*
 * What is said in a room changes its row only where that has to be known without the messages. Of a
 * room that others come to one by one, only the first of them changes it.
 */
static bool row_says(const struct room *room, const struct room_row *row)
{
	const struct room_row *old = &room->row;
	const struct kept *last = history_last(&room->history);

	if (!room->stored || !old->known)
		return false;
	/* those who were to be told of by this row have been, or there are some by the new one */
	if (room->pending.noted >= old->window && old->window != row->window)
		return false;
	return old->epoch == row->epoch && old->listed == row->listed && old->stale == row->stale &&
		old->kept == row->kept && (last || old->offset == row->offset) &&
		(old->time == row->time || (last && last->time == row->time));
}

static void put_room_row(struct journal *journal, const struct room *room)
{
	const struct room_row row = row_of(room);

	if (row_says(room, &row))
		return;
	journal_put_room(journal,
		&(struct journal_room){ .id = room->id,
			.name = room->name,
			.epoch = row.epoch,
			.offset = row.offset,
			.time = row.time,
			.listed = row.listed,
			.stale = row.stale,
			.window = row.window,
			.kept = row.kept });
}

static void put_room(struct journal *journal, const struct room *room)
{
	const struct history *history = &room->history;
	uint64_t offset = history->saved + 1;

	put_room_row(journal, room);
	put_departures(journal, room);
	if (offset < history_first(history))
		offset = history_first(history);
	for (; offset <= history->offset; offset++)
		put_message(journal, room, history_at(history, offset));
}

static void put_mid(struct journal *journal, const struct mid *mid)
{
	journal_put_mid(journal,
		&(struct journal_mid){ .client = mid_client_id(mid),
			.mid = slice_make(mid->text, mid->len),
			.room = mid->room,
			.offset = mid->offset,
			.time = mid->time });
}

static void put_question(struct journal *journal, const struct question *question)
{
	journal_put_question(journal,
		&(struct journal_question){ .id = question->id,
			.handler = question->desk->name,
			.conn = question->serial,
			.sender = question->sender,
			.nickname = question->nickname,
			.user = question->user,
			.time = question->time,
			.message = buf_slice(&question->message),
			.decided = question_decided(question),
			.error = question_error(question),
			.said = buf_slice(&question->said) });
}

static bool keeps(void *arg, uint64_t id, uint64_t offset)
{
	struct hub *hub = arg;
	const struct room *room = room_by_id(&hub->rooms, id);

	return room && offset >= history_first(&room->history) && offset <= room->history.saved;
}

void save_put(struct hub *hub, struct journal *journal)
{
	struct list *gateways = &hub->peers.all, *rooms = &hub->rooms.dirty;
	struct list *mids = &hub->mids.dirty, *questions = &hub->questions.dirty, *link;

	put_removals(hub, journal);
	for (link = gateways->next; link != gateways; link = link->next)
		put_gateway(hub, journal, gateway_entry(link));
	save_put_handlers(hub, journal);
	save_put_conns(hub, journal);
	/* after those who are in them: which of them are to be told of */
	for (link = rooms->next; link != rooms; link = link->next)
		put_room(journal, room_entry(link));
	for (link = mids->next; link != mids; link = link->next)
		put_mid(journal, LIST_ENTRY(link, struct mid, by_dirty));
	savestate_put(journal, &hub->states);
	for (link = questions->next; link != questions; link = link->next)
		put_question(journal, LIST_ENTRY(link, const struct question, by_dirty));
	journal_tidy(journal, hub->rooms.kept, keeps, hub);
}

/* ---- done ---- */

/* The row has been left as it was, or is now as it should be. */
static void note_row(struct room *room)
{
	struct room_row row = row_of(room);

	if (!row_says(room, &row))
		room->row = row;
}

static void room_done(struct room *room)
{
	room->history.saved = room->history.offset;
	room->parted = presence_next_left(room, NULL) != NULL;
	room->stored = true;
	list_remove(&room->by_dirty);
}

static void conn_done(struct conn *conn)
{
	conn->stored = true;
	list_remove(&conn->by_dirty);
}

static void member_done(struct member *member)
{
	member->stored = true;
	list_remove(&member->by_dirty);
}

static void questions_done_with(struct questions *questions)
{
	while (!list_empty(&questions->dirty)) {
		LIST_ENTRY(questions->dirty.next, struct question, by_dirty)->stored = true;
		list_remove(questions->dirty.next);
	}
}

static void put_is_done(struct hub *hub, bool written)
{
	struct rooms *rooms = &hub->rooms;

	while (!list_empty(&rooms->dirty)) {
		struct room *room = room_entry(rooms->dirty.next);

		if (written)
			note_row(room);
		room_done(room);
	}
	while (!list_empty(&rooms->dirty_members))
		member_done(member_entry(rooms->dirty_members.next));
	while (!list_empty(&hub->conns.dirty))
		conn_done(conn_entry(hub->conns.dirty.next));
	while (!list_empty(&hub->mids.dirty))
		list_remove(hub->mids.dirty.next);
	savestate_done(&hub->states);
	questions_done_with(&hub->questions);
}

/* What loading has made of the rows is not what they say: the next put writes them. */
void save_loaded(struct hub *hub)
{
	put_is_done(hub, false);
}

void save_done(struct hub *hub, uint64_t round)
{
	struct list *all = &hub->peers.all;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = gateway_entry(link);

		gateway->row.exists = true;
		gateway->row.applied = gateway->applied;
		gateway->row.sent = gateway->sent;
		gateway->row.seen = gateway->out.seen;
		outgoing_stored(&gateway->out, round, gateway->behind);
	}
	save_handlers_done(hub, round);
	put_is_done(hub, true);
	buf_clear(&hub->peers.removed);
	buf_clear(&hub->conns.removed);
	buf_clear(&hub->rooms.removed);
	buf_clear(&hub->rooms.removed_members);
	buf_clear(&hub->rooms.removed_homes);
	buf_clear(&hub->states.removed);
	buf_clear(&hub->states.removed_rooms);
	hub->states.floor_stored = hub->states.floor;
	buf_clear(&hub->questions.removed);
	hub->mids.expired = false;
	asking_saved(hub);
}

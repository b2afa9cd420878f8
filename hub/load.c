/* load.c - the hub as its journal has it */
/* SPDX-License-Identifier: MIT */
#include "hub/load.h"

#include "hub/asking.h"
#include "hub/recall.h"
#include "hub/save.h"

struct by_id {
	uint64_t id;
	void *object;
	UT_hash_handle hh;
};

struct loader {
	struct hub *hub;
	struct by_id *conns; /* by serial */
	unsigned unlisted; /* rooms that have to be told of */
};

static void remember(struct by_id **table, uint64_t id, void *object)
{
	struct by_id *entry = mem_alloc(sizeof(*entry));

	entry->id = id;
	entry->object = object;
	HASH_ADD(hh, *table, id, sizeof(entry->id), entry);
}

static void *find(struct by_id *table, uint64_t id)
{
	struct by_id *entry;

	HASH_FIND(hh, table, &id, sizeof(id), entry);
	return entry ? entry->object : NULL;
}

static void forget(struct by_id **table)
{
	struct by_id *entry, *next;

	HASH_ITER(hh, *table, entry, next)
	{
		HASH_DELETE(hh, *table, entry);
		mem_free(entry);
	}
}

static void on_gateway(void *arg, const struct journal_gateway *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;

	peers_restore(&hub->peers, row->epoch, row->name, row->applied, row->sent, hub->now);
}

static void on_handler(void *arg, const struct journal_handler *row)
{
	handlers_restore(((struct loader *)arg)->hub, row);
}

static void on_parcel(void *arg, const struct journal_parcel *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;
	struct gateway *gateway = peers_find(&hub->peers, row->gateway);

	if (!gateway)
		gateway = peers_find(&hub->handlers.peers, row->gateway);

	if (gateway)
		outgoing_restore(&gateway->out, row->first, row->last, row->bytes);
}

static void on_room(void *arg, const struct journal_room *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;
	struct room *room = room_open(
		&hub->rooms, row->name, row->epoch, policy_rules(&hub->policy, row->name));

	room_restore_id(room, row->id);
	room->history.offset = row->offset;
	room->time = row->time;
	room->listed = row->listed;
	room->pending.window = room->pending.noted = row->window;
	room->row.kept = row->kept;
	room->stored = true;
	if (row->stale)
		presence_changed(&hub->presence, room);
}

static struct member *add_member(
	struct hub *hub, struct conn *conn, const struct journal_member *row)
{
	struct room *room = room_by_id(&hub->rooms, row->room);
	struct member *member;

	if (!room || member_find(room, conn))
		return NULL;
	member = room_join(&hub->rooms, room, conn);
	member->stored = true;
	if (row->awaited) {
		room_await_member(member);
		conn_await(&hub->conns, conn, hub->now);
	}
	if (row->window == room->pending.window)
		presence_joined(&hub->presence, member);
	return member;
}

static void on_conn(void *arg, const struct journal_conn *row)
{
	struct loader *loader = arg;
	struct hub *hub = loader->hub;
	struct gateway *gateway = peers_find(&hub->peers, row->gateway);
	struct identity identity = { .nickname = row->nickname,
		.user = row->user,
		.address = row->address,
		.grants = row->grants,
		.meta = row->meta,
		.expires = row->expires,
		.admin = row->admin };
	struct member *member;
	struct conn *conn;

	if (!gateway || row->resume.len != CONN_RESUME_LEN || conn_by_id(&hub->conns, row->id) ||
		conn_find(&hub->conns, gateway, row->number))
		return;
	conn = conn_restore(
		&hub->conns, gateway, row->number, row->serial, row->id, row->resume.ptr);
	conn->dialect = row->dialect;
	conn->came = row->came;
	conn->stored = true;
	(void)conn_identify(&hub->conns, conn, &identity);
	if (row->gone)
		conn_grace(&hub->conns, conn, hub->now);
	remember(&loader->conns, row->serial, conn);
	member = add_member(hub, conn, &row->home);
	if (member)
		room_make_home(member);
}

static void on_member(void *arg, const struct journal_member *row)
{
	struct loader *loader = arg;
	struct conn *conn = find(loader->conns, row->conn);

	if (conn)
		add_member(loader->hub, conn, row);
}

static void on_departure(void *arg, const struct journal_departure *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;
	struct room *room = room_by_id(&hub->rooms, row->room);

	if (row->conn > hub->conns.serial)
		hub->conns.serial = row->conn;
	if (!room)
		return;
	room->parted = true;
	presence_restore_left(&hub->presence, room, row->conn, row->id, row->nickname, row->user);
}

static void on_mid(void *arg, const struct journal_mid *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;
	struct mid *mid;

	if (row->mid.len == 0 || mids_find(&hub->mids, row->client, row->mid))
		return;
	mid = mids_add(&hub->mids, row->client, row->mid, row->time);
	mid->room = row->room;
	mid->offset = row->offset;
}

static void on_state(void *arg, const struct journal_state *row)
{
	struct loader *loader = arg;
	struct room *room = room_by_id(&loader->hub->rooms, row->room);

	if (row->room == STATES_GONE)
		loader->hub->states.floor = loader->hub->states.floor_stored = row->rev;
	if (!room || room->state)
		return;
	room->state = state_new(&loader->hub->states, room->id);
	room->state->rev = row->rev;
	room->state->base = 0;
	room->state->forgotten = row->forgotten;
	room->state->time = row->time;
	room->state->stored = true;
}

static void on_entry(void *arg, const struct journal_entry *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;
	struct room *room = room_by_id(&hub->rooms, row->room);

	if (row->id > hub->states.last_id)
		hub->states.last_id = row->id;
	if (room && room->state)
		(void)state_restore(
			room->state, row->id, row->key, row->rev, row->deleted, row->value);
}

/* Who asked is told within a new deadline. */
static void on_question(void *arg, const struct journal_question *row)
{
	struct hub *hub = ((struct loader *)arg)->hub;

	asking_restore(hub, row);
}

static void on_message(void *arg, uint64_t id, const struct event *event)
{
	struct rooms *rooms = &((struct loader *)arg)->hub->rooms;
	struct room *room = room_by_id(rooms, id);

	/* No other room is to take for its own what a room said that is gone. */
	if (id > rooms->last_id)
		rooms->last_id = id;
	if (room)
		history_restore(&room->history, event);
}

static int by_time(const struct room *first, const struct room *second)
{
	return (first->time > second->time) - (first->time < second->time);
}

/*
 * Those that no one is in, and of which nothing need be kept, go; what clients know of others may
 * be out of date.
 */
static void settle_rooms(struct loader *loader)
{
	struct rooms *rooms = &loader->hub->rooms;
	struct room *room, *next;

	HASH_ITER(by_id, rooms->by_id, room, next)
	recall_loaded(room);
	HASH_SRT(by_id, rooms->by_id, by_time);
	HASH_ITER(by_id, rooms->by_id, room, next)
	{
		loader->unlisted += room->listed != (room->count > 0);
		if (room->count > 0)
			continue;
		presence_forget(room);
		if (recall_empty(loader->hub, room))
			room_close(rooms, room);
		else
			room_idle(rooms, room);
	}
	loader->hub->roomlist.changes = loader->unlisted;
}

int load_all(struct hub *hub, struct journal *journal)
{
	static const struct journal_reader reader = { .gateway = on_gateway,
		.handler = on_handler,
		.parcel = on_parcel,
		.room = on_room,
		.conn = on_conn,
		.member = on_member,
		.departure = on_departure,
		.mid = on_mid,
		.state = on_state,
		.entry = on_entry,
		.question = on_question,
		.message = on_message };
	struct loader loader = { .hub = hub };
	struct room *room, *next;
	int r = journal_load(journal, &reader, &loader);

	handlers_loaded(hub);
	settle_rooms(&loader);
	forget(&loader.conns);
	/* All but what was closed just now is there. */
	save_loaded(hub);
	/* Of a room of which nothing is kept any more the row has to say so. */
	HASH_ITER(by_id, hub->rooms.by_id, room, next)
	recall_return(hub, room, room->row.kept);
	/* Who is known need not restate, so no one has to wait for others. */
	if (hub->peers.count > 0) {
		hub->peers.settled = true;
		hub->peers.settle_at = hub->now;
	}
	asking_recheck(hub);
	return r;
}

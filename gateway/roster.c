/* roster.c - which local clients are in which room, by dialect; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/roster.h"

#include <assert.h>

#include "proto/base/hash.h"
#include "proto/base/mem.h"

enum { MUTED = UINT32_MAX, FIRST_CAP = 4, KEEP_CAP = 64 };

/* Two arrays side by side: delivering walks the clients only. */
struct side {
	struct client **clients;
	struct roster_member **members;
	uint32_t count, cap;
};

struct roster_room {
	UT_hash_handle hh;
	struct side sides[DIALECT_MAX];
	uint32_t seats; /* those of muted members too */
	uint32_t name_len;
	char name[];
};

struct roster {
	struct roster_room *rooms;
};

struct roster *roster_new(void)
{
	return mem_alloc(sizeof(struct roster));
}

void roster_free(struct roster *roster)
{
	assert(!roster || !roster->rooms);
	mem_free(roster);
}

static void side_resize(struct side *side, uint32_t cap)
{
	side->clients = mem_realloc(side->clients, cap, sizeof(*side->clients));
	side->members = mem_realloc(side->members, cap, sizeof(*side->members));
	side->cap = cap;
}

static uint32_t side_add(struct side *side, struct roster_member *member)
{
	if (side->count == side->cap)
		side_resize(side, side->cap ? side->cap * 2 : FIRST_CAP);
	side->clients[side->count] = member->client;
	side->members[side->count] = member;
	return side->count++;
}

static struct roster_seat *find_seat(
	const struct roster_member *member, const struct roster_room *room)
{
	for (uint32_t i = 0; i < member->count; i++)
		if (member->seats[i].room == room)
			return &member->seats[i];
	return NULL;
}

/* The last of the side takes the place that becomes free. */
static void side_remove(struct roster_room *room, struct side *side, uint32_t index)
{
	uint32_t last = side->count - 1;

	if (index != last) {
		side->clients[index] = side->clients[last];
		side->members[index] = side->members[last];
		find_seat(side->members[index], room)->index = index;
	}
	side->count--;
	if (side->cap > KEEP_CAP && side->count < side->cap / 4)
		side_resize(side, side->cap / 2);
}

static void unseat(struct roster_member *member, struct roster_seat *seat)
{
	if (seat->index != MUTED)
		side_remove(seat->room, &seat->room->sides[member->dialect], seat->index);
	seat->index = MUTED;
}

static void room_release(struct roster *roster, struct roster_room *room)
{
	if (--room->seats > 0)
		return;
	HASH_DEL(roster->rooms, room);
	for (size_t i = 0; i < DIALECT_MAX; i++) {
		mem_free(room->sides[i].clients);
		mem_free(room->sides[i].members);
	}
	mem_free(room);
}

struct roster_room *roster_find(const struct roster *roster, struct slice name)
{
	struct roster_room *room;

	HASH_FIND(hh, roster->rooms, name.ptr, (unsigned)name.len, room);
	return room;
}

static struct roster_room *room_new(struct roster *roster, struct slice name)
{
	struct roster_room *room = mem_alloc(sizeof(*room) + name.len);

	memcpy(room->name, name.ptr, name.len);
	room->name_len = (uint32_t)name.len;
	HASH_ADD_KEYPTR(hh, roster->rooms, room->name, room->name_len, room);
	return room;
}

bool roster_join(struct roster *roster, struct slice name, struct roster_member *member)
{
	struct roster_room *room = roster_find(roster, name);
	struct roster_seat *seat;

	if (!room)
		room = room_new(roster, name);
	else if (find_seat(member, room))
		return false;
	if (member->count == member->cap) {
		member->cap = member->cap ? member->cap * 2 : 1;
		member->seats = mem_realloc(member->seats, member->cap, sizeof(*member->seats));
	}
	seat = &member->seats[member->count++];
	seat->room = room;
	seat->index = MUTED;
	if (member->client)
		seat->index = side_add(&room->sides[member->dialect], member);
	room->seats++;
	return true;
}

bool roster_leave(struct roster *roster, struct slice name, struct roster_member *member)
{
	struct roster_room *room = roster_find(roster, name);
	struct roster_seat *seat = room ? find_seat(member, room) : NULL;

	if (!seat)
		return false;
	unseat(member, seat);
	*seat = member->seats[--member->count];
	room_release(roster, room);
	return true;
}

bool roster_has(const struct roster *roster, struct slice name, const struct roster_member *member)
{
	struct roster_room *room = roster_find(roster, name);

	return room && find_seat(member, room);
}

void roster_leave_all(struct roster *roster, struct roster_member *member)
{
	while (member->count) {
		struct roster_seat *seat = &member->seats[member->count - 1];

		unseat(member, seat);
		member->count--;
		room_release(roster, seat->room);
	}
	mem_free(member->seats);
	member->seats = NULL;
	member->cap = 0;
}

void roster_mute(struct roster_member *member)
{
	for (uint32_t i = 0; i < member->count; i++)
		unseat(member, &member->seats[i]);
	member->client = NULL;
}

size_t roster_rooms(const struct roster *roster)
{
	return HASH_COUNT(roster->rooms);
}

struct slice roster_name(const struct roster_room *room)
{
	return slice_make(room->name, room->name_len);
}

struct client *const *roster_clients(
	const struct roster_room *room, enum dialect_id dialect, size_t *ret_count)
{
	*ret_count = room->sides[dialect].count;
	return room->sides[dialect].clients;
}

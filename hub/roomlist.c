/* roomlist.c - which rooms there are: told to every gateway when one appears or goes, coalesced */
/* SPDX-License-Identifier: MIT */
#include "hub/roomlist.h"

void roomlist_init(struct roomlist *roomlist)
{
	*roomlist = (struct roomlist){ .max = 0 };
}

void roomlist_done(struct roomlist *roomlist)
{
	buf_done(&roomlist->raw);
}

void roomlist_appeared(struct roomlist *roomlist, struct room *room)
{
	if (policy_hides(room->rules, room->name))
		return;
	if (room->listed)
		roomlist->changes--;
	else
		roomlist->changes++;
}

/* A room that came and went before anyone heard of it is nothing to tell. */
void roomlist_gone(struct roomlist *roomlist, struct room *room)
{
	if (policy_hides(room->rules, room->name))
		return;
	if (room->listed)
		roomlist->changes++;
	else
		roomlist->changes--;
}

static struct msg_list first(struct roomlist *roomlist, const struct rooms *rooms, unsigned max)
{
	struct msg_list list = { .count = 0 };

	buf_clear(&roomlist->raw);
	for (const struct list *link = rooms->all.next; link != &rooms->all && list.count < max;
		link = link->next) {
		const struct room *room = LIST_ENTRY(link, const struct room, by_rooms);
		struct msg_roomstat stat = { .name = room->name, .users = room->users };

		if (policy_hides(room->rules, room->name))
			continue;
		msg_add_roomstat(&roomlist->raw, &list, &stat);
	}
	return list;
}

struct msg_list roomlist_first(struct roomlist *roomlist, const struct rooms *rooms)
{
	return first(roomlist, rooms, roomlist->max);
}

static void mark(struct list *list, bool listed)
{
	for (struct list *link = list->next; link != list; link = link->next) {
		struct room *room = LIST_ENTRY(link, struct room, by_rooms);

		if (room->listed == listed)
			continue;
		room->listed = listed;
		room_touch(room);
	}
}

/*
 * Each change is told to every client: where there are many rooms, there are many clients and many
 * changes. They are told once that there are more rooms than that, and ask when they want to know.
 */
static bool is_silent(struct roomlist *roomlist, const struct rooms *rooms)
{
	bool was = roomlist->silent;

	roomlist->silent = rooms->count > roomlist->announce_max;
	return was && roomlist->silent;
}

/*
 * That there are many now does not wait: who is told are those who came before, and more come.
 * Once; a number that goes up and down waits.
 */
static bool must_wait(struct roomlist *roomlist, const struct rooms *rooms, struct mono now)
{
	bool many = !roomlist->silent && rooms->count > roomlist->announce_max;

	if (!roomlist->resting || !mono_before(now, roomlist_deadline(roomlist)))
		roomlist->resting = roomlist->hurried = false;
	if (!roomlist->resting)
		return false;
	if (!many || roomlist->hurried)
		return true;
	roomlist->hurried = true;
	return false;
}

void roomlist_step(
	struct roomlist *roomlist, struct rooms *rooms, struct peers *peers, struct mono now)
{
	struct msg msg = { .type = MSG_ROOMLIST };

	if (must_wait(roomlist, rooms, now))
		return;
	if (roomlist->changes == 0 || is_silent(roomlist, rooms))
		return;
	roomlist->changes = 0;
	roomlist->resting = true;
	roomlist->told = now;
	mark(&rooms->all, true);
	mark(&rooms->idle, false);
	mark(&rooms->keeping, false);
	msg.roomlist.count = rooms->count;
	msg.roomlist.rooms = first(roomlist, rooms,
		roomlist->silent && roomlist->announce_max < roomlist->max ? roomlist->announce_max
									   : roomlist->max);
	for (struct list *link = peers->all.next; link != &peers->all; link = link->next)
		gateway_send(LIST_ENTRY(link, struct gateway, all), &msg);
}

struct mono roomlist_deadline(const struct roomlist *roomlist)
{
	return roomlist->resting ? mono_after(roomlist->told, roomlist->interval)
				 : (struct mono){ UINT64_MAX };
}

/* roster.h - which local clients are in which room, by dialect; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_ROSTER_H
#define GATEWAY_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/dialect.h"
#include "proto/base/buf.h"

struct roster;
struct roster_room;
struct client;

/* A place in a room; `index` is that of the room's list. */
struct roster_seat {
	struct roster_room *room;
	uint32_t index;
};

/*
 * Who is in rooms. It outlives its client: while the hub does not know that the client is gone,
 * its seats are kept, but no one sits there (client NULL).
 */
struct roster_member {
	struct client *client;
	struct roster_seat *seats;
	uint32_t count, cap;
	enum dialect_id dialect;
};

struct roster *roster_new(void);
void roster_free(struct roster *roster); /* takes NULL; no one is in a room any more */

/* False: it was there already. */
bool roster_join(struct roster *roster, struct slice room, struct roster_member *member);
/* false: it was not there */
bool roster_leave(struct roster *roster, struct slice room, struct roster_member *member);
bool roster_has(const struct roster *roster, struct slice room, const struct roster_member *member);
void roster_leave_all(struct roster *roster, struct roster_member *member);
void roster_mute(struct roster_member *member); /* its client is gone, its seats stay */

size_t roster_rooms(const struct roster *roster);
/* NULL: no one is there */
struct roster_room *roster_find(const struct roster *roster, struct slice name);
struct slice roster_name(const struct roster_room *room);
/* Those of a dialect, in no order; the list lives until the next change. */
struct client *const *roster_clients(
	const struct roster_room *room, enum dialect_id dialect, size_t *ret_count);

#endif

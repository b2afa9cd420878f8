/* save_conns.c - connections, and the rooms that they are in, go into the journal */
/* SPDX-License-Identifier: MIT */
#include "hub/save.h"

static struct journal_member membership_of(const struct member *member)
{
	struct room *room = member->key.room;

	if (member->announced)
		room->pending.noted = member->window;
	return (struct journal_member){ .conn = member->key.conn->serial,
		.room = room->id,
		.window = member->announced ? member->window : 0,
		.awaited = member->awaited };
}

static void put_conn(struct journal *journal, const struct conn *conn)
{
	journal_put_conn(journal,
		&(struct journal_conn){ .serial = conn->serial,
			.gateway = conn->key.gateway->epoch,
			.number = conn->key.number,
			.id = conn->id,
			.resume = slice_make(conn->resume, CONN_RESUME_LEN),
			.nickname = conn->nickname,
			.user = conn_user_name(conn),
			.address = conn->address,
			.grants = conn->grants,
			.meta = conn->meta,
			.expires = conn->expires,
			.admin = conn->admin,
			.gone = conn->state == CONN_GRACE,
			.dialect = conn->dialect,
			.came = conn->came,
			.home = conn->home ? membership_of(conn->home)
					   : (struct journal_member){ .room = 0 } });
}

static void put_member(struct journal *journal, const struct member *member)
{
	const struct conn *conn = member->key.conn;
	const struct journal_member row = membership_of(member);

	if (conn->home != member)
		journal_put_member(journal, &row);
	else if (list_empty(&conn->by_dirty)) /* else it is written anyway */
		put_conn(journal, conn);
}

void save_put_conns(struct hub *hub, struct journal *journal)
{
	struct list *conns = &hub->conns.dirty, *members = &hub->rooms.dirty_members, *link;

	for (link = conns->next; link != conns; link = link->next)
		put_conn(journal, LIST_ENTRY(link, struct conn, by_dirty));
	for (link = members->next; link != members; link = link->next)
		put_member(journal, LIST_ENTRY(link, struct member, by_dirty));
}

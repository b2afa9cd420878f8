/* session.c - what the hub knows of each connection, so that it can be told to another hub */
/* SPDX-License-Identifier: MIT */
#include "gateway/session.h"

#include <assert.h>

#include "proto/base/mem.h"

enum { FIRST_SLOTS = 64 };

/* Of who has none yet; it is not written to. */
static char no_texts[SESSION_TEXTS];

/*
 * Found by number in an open table with linear probing. Numbers count up, so that the number
 * itself is as good a hash as there can be.
 */
struct sessions {
	struct roster *roster;
	struct session **slots;
	size_t slot_count; /* a power of two, at least twice the count */
	size_t count;
	uint64_t last_conn;
	struct session *cursor, *given;
	struct list all; /* by conn */
	struct list gone; /* by gone_seq */
};

static struct session *first_of(const struct list *all)
{
	return LIST_ENTRY(all->next, struct session, link);
}

/* The next by number; NULL: it is the last. */
static struct session *after(const struct sessions *sessions, const struct session *session)
{
	return session->link.next == &sessions->all ? NULL : first_of(&session->link);
}

struct sessions *sessions_new(struct roster *roster)
{
	struct sessions *sessions = mem_alloc(sizeof(*sessions));

	sessions->roster = roster;
	sessions->slot_count = FIRST_SLOTS;
	sessions->slots = mem_array(FIRST_SLOTS, sizeof(*sessions->slots));
	list_init(&sessions->all);
	list_init(&sessions->gone);
	return sessions;
}

size_t sessions_count(const struct sessions *sessions)
{
	return sessions->count;
}

static size_t find_slot(const struct sessions *sessions, uint64_t conn)
{
	size_t mask = sessions->slot_count - 1, i = conn & mask;

	while (sessions->slots[i] && sessions->slots[i]->conn != conn)
		i = (i + 1) & mask;
	return i;
}

struct session *session_find(const struct sessions *sessions, uint64_t conn)
{
	return sessions->slots[find_slot(sessions, conn)];
}

static void resize(struct sessions *sessions, size_t slot_count)
{
	mem_free(sessions->slots);
	sessions->slots = mem_array(slot_count, sizeof(*sessions->slots));
	sessions->slot_count = slot_count;
	for (struct list *at = sessions->all.next; at != &sessions->all; at = at->next) {
		struct session *session = LIST_ENTRY(at, struct session, link);

		sessions->slots[find_slot(sessions, session->conn)] = session;
	}
}

/* What stands behind a slot that becomes free moves up, if it may. */
static void close_gap(struct sessions *sessions, size_t gap)
{
	size_t mask = sessions->slot_count - 1;

	for (size_t i = (gap + 1) & mask; sessions->slots[i]; i = (i + 1) & mask) {
		size_t home = sessions->slots[i]->conn & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		sessions->slots[gap] = sessions->slots[i];
		gap = i;
	}
	sessions->slots[gap] = NULL;
}

struct session *session_new(
	struct sessions *sessions, struct client *client, enum dialect_id dialect)
{
	struct session *session = mem_alloc(sizeof(*session));

	session->conn = ++sessions->last_conn;
	session->texts = no_texts;
	session->member.client = client;
	session->member.dialect = dialect;
	list_init(&session->link);
	list_init(&session->gone_link);
	list_append(&sessions->all, &session->link);
	if (++sessions->count * 2 > sessions->slot_count)
		resize(sessions, sessions->slot_count * 2);
	else
		sessions->slots[find_slot(sessions, session->conn)] = session;
	return session;
}

static void free_texts(struct session *session)
{
	if (session->texts != no_texts)
		mem_free(session->texts);
}

static void session_free(struct sessions *sessions, struct session *session)
{
	if (sessions->cursor == session)
		sessions->cursor = after(sessions, session);
	if (sessions->given == session)
		sessions->given = NULL;
	roster_leave_all(sessions->roster, &session->member);
	list_remove(&session->link);
	list_remove(&session->gone_link);
	close_gap(sessions, find_slot(sessions, session->conn));
	sessions->count--;
	if (sessions->slot_count > FIRST_SLOTS && sessions->count * 8 < sessions->slot_count)
		resize(sessions, sessions->slot_count / 2);
	free_texts(session);
	mem_free(session);
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	while (!list_empty(&sessions->all))
		session_free(sessions, first_of(&sessions->all));
	mem_free(sessions->slots);
	mem_free(sessions);
}

static const char *find_text(const struct session *session, enum session_text which)
{
	const char *at = session->texts;

	for (int i = 0; i < (int)which; i++)
		at += strlen(at) + 1;
	return at;
}

struct slice session_get(const struct session *session, enum session_text which)
{
	return slice_of(find_text(session, which));
}

void session_set_all(struct session *session, const struct slice texts[SESSION_TEXTS])
{
	struct slice all[SESSION_TEXTS];
	char *at, *to;
	size_t len = SESSION_TEXTS;

	for (int i = 0; i < SESSION_TEXTS; i++) {
		all[i] = texts[i].ptr ? texts[i] : session_get(session, (enum session_text)i);
		all[i].len = strnlen(all[i].ptr, all[i].len);
		len += all[i].len;
	}
	at = to = mem_alloc(len);
	for (int i = 0; i < SESSION_TEXTS; i++) {
		memcpy(at, all[i].ptr, all[i].len);
		at += all[i].len + 1;
	}
	free_texts(session);
	session->texts = to;
}

void session_set(struct session *session, enum session_text which, struct slice text)
{
	struct slice texts[SESSION_TEXTS] = { 0 };

	texts[which] = text.ptr ? text : SLICE("");
	session_set_all(session, texts);
}

void session_gone(struct sessions *sessions, struct session *session, uint64_t seq)
{
	assert(session->gone_seq == 0 && seq > 0);
	session->gone_seq = seq;
	roster_mute(&session->member);
	list_append(&sessions->gone, &session->gone_link);
}

void sessions_acked(struct sessions *sessions, uint64_t seq)
{
	while (!list_empty(&sessions->gone)) {
		struct session *session = LIST_ENTRY(
			sessions->gone.next, struct session, gone_link);

		if (session->gone_seq > seq)
			return;
		session_free(sessions, session);
	}
}

void sessions_rewind(struct sessions *sessions)
{
	sessions->cursor = list_empty(&sessions->all) ? NULL : first_of(&sessions->all);
	sessions->given = NULL;
}

void sessions_again(struct sessions *sessions)
{
	if (sessions->given)
		sessions->cursor = sessions->given;
}

static void fill(const struct session *session, struct buf *raw, struct msg_restate *ret_restate)
{
	*ret_restate = (struct msg_restate){
		.conn = session->conn,
		.id = session_get(session, SESSION_ID),
		.resume = session_get(session, SESSION_RESUME),
		.nickname = session_get(session, SESSION_NICKNAME),
		.user = session_get(session, SESSION_USER),
		.address = session_get(session, SESSION_ADDRESS),
		.expires = session->expires,
		.admin = session->admin,
		.grants = session_get(session, SESSION_GRANTS),
		.meta = session_get(session, SESSION_META),
		.dialect = (uint8_t)session->member.dialect,
		.since_ms = session->came,
	};
	buf_clear(raw);
	for (uint32_t i = 0; i < session->member.count; i++) {
		struct msg_roomname room = { roster_name(session->member.seats[i].room) };

		msg_add_roomname(raw, &ret_restate->rooms, &room);
	}
}

bool sessions_next(struct sessions *sessions, struct buf *raw, struct msg_restate *ret_restate)
{
	while (sessions->cursor) {
		struct session *session = sessions->cursor;

		sessions->cursor = after(sessions, session);
		if (!session->connected)
			continue;
		sessions->given = session;
		fill(session, raw, ret_restate);
		return true;
	}
	return false;
}

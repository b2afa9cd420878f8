/* session.c - what the hub knows of each connection, so that it can be told to another hub */
/* SPDX-License-Identifier: MIT */
#include "gateway/session.h"

#include <assert.h>

#include "proto/base/mem.h"

enum { FIRST_SLOTS = 64 };

/*
 * Found by number in an open table with linear probing. Numbers count up, so that the number
 * itself is as good a hash as there can be.
 */
struct sessions {
	struct roster *roster;
	struct session **slots;
	size_t slot_count;  /* a power of two, at least twice the count */
	size_t count;
	uint64_t last_conn;
	struct session *cursor, *given;
	TAILQ_HEAD(, session) all;
	STAILQ_HEAD(, session) gone;  /* by gone_seq */
};

struct sessions *sessions_new(struct roster *roster)
{
	struct sessions *sessions = mem_alloc(sizeof(*sessions));

	sessions->roster = roster;
	sessions->slot_count = FIRST_SLOTS;
	sessions->slots = mem_array(FIRST_SLOTS, sizeof(*sessions->slots));
	TAILQ_INIT(&sessions->all);
	STAILQ_INIT(&sessions->gone);
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
	struct session *session;

	mem_free(sessions->slots);
	sessions->slots = mem_array(slot_count, sizeof(*sessions->slots));
	sessions->slot_count = slot_count;
	TAILQ_FOREACH(session, &sessions->all, link)
		sessions->slots[find_slot(sessions, session->conn)] = session;
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
	session->texts = mem_alloc(SESSION_TEXTS);
	session->member.client = client;
	session->member.dialect = dialect;
	TAILQ_INSERT_TAIL(&sessions->all, session, link);
	if (++sessions->count * 2 > sessions->slot_count)
		resize(sessions, sessions->slot_count * 2);
	else
		sessions->slots[find_slot(sessions, session->conn)] = session;
	return session;
}

static void session_free(struct sessions *sessions, struct session *session)
{
	if (sessions->cursor == session)
		sessions->cursor = TAILQ_NEXT(session, link);
	if (sessions->given == session)
		sessions->given = NULL;
	roster_leave_all(sessions->roster, &session->member);
	TAILQ_REMOVE(&sessions->all, session, link);
	close_gap(sessions, find_slot(sessions, session->conn));
	sessions->count--;
	if (sessions->slot_count > FIRST_SLOTS && sessions->count * 8 < sessions->slot_count)
		resize(sessions, sessions->slot_count / 2);
	mem_free(session->texts);
	mem_free(session);
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	while (!TAILQ_EMPTY(&sessions->all))
		session_free(sessions, TAILQ_FIRST(&sessions->all));
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

void session_set(struct session *session, enum session_text which, struct slice text)
{
	struct buf all = { .cap = 0 };

	if (text.len)
		text.len = strnlen(text.ptr, text.len);
	for (int i = 0; i < SESSION_TEXTS; i++) {
		buf_put(&all, i == (int)which ? text : session_get(session, (enum session_text)i));
		buf_putc(&all, '\0');
	}
	mem_free(session->texts);
	session->texts = mem_strndup(all.data, all.len);
	buf_done(&all);
}

void session_gone(struct sessions *sessions, struct session *session, uint64_t seq)
{
	assert(session->gone_seq == 0 && seq > 0);
	session->gone_seq = seq;
	roster_mute(&session->member);
	STAILQ_INSERT_TAIL(&sessions->gone, session, gone_link);
}

void sessions_acked(struct sessions *sessions, uint64_t seq)
{
	struct session *session;

	while ((session = STAILQ_FIRST(&sessions->gone)) && session->gone_seq <= seq) {
		STAILQ_REMOVE_HEAD(&sessions->gone, gone_link);
		session_free(sessions, session);
	}
}

void sessions_rewind(struct sessions *sessions)
{
	sessions->cursor = TAILQ_FIRST(&sessions->all);
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

		sessions->cursor = TAILQ_NEXT(session, link);
		if (!session->connected)
			continue;
		sessions->given = session;
		fill(session, raw, ret_restate);
		return true;
	}
	return false;
}

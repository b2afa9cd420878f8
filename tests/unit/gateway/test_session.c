/* test_session.c - what the hub knows, kept for being told to another */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/session.h"
#include "proto/base/mem.h"

static char place[4];

static struct client *client(size_t i)
{
	return (struct client *)(void *)&place[i];
}

struct fixture {
	struct roster *roster;
	struct sessions *sessions;
};

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	f->roster = roster_new();
	f->sessions = sessions_new(f->roster);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sessions_free(f->sessions);
	roster_free(f->roster);
	mem_free(f);
	return 0;
}

static void texts(void **state)
{
	struct fixture *f = *state;
	struct session *session = session_new(f->sessions, client(0), DIALECT_ROOM);

	for (int i = 0; i < SESSION_TEXTS; i++)
		assert_int_equal(session_get(session, (enum session_text)i).len, 0);
	session_set(session, SESSION_NICKNAME, SLICE("John"));
	session_set(session, SESSION_ID, SLICE("abc"));
	session_set(session, SESSION_GRANTS, SLICE("[]"));
	session_set(session, SESSION_NICKNAME, SLICE("Jo"));
	session_set(session, SESSION_ROOM, SLICE("a\0b"));
	assert_true(slice_eq(session_get(session, SESSION_ID), SLICE("abc")));
	assert_true(slice_eq(session_get(session, SESSION_RESUME), SLICE("")));
	assert_true(slice_eq(session_get(session, SESSION_NICKNAME), SLICE("Jo")));
	assert_true(slice_eq(session_get(session, SESSION_GRANTS), SLICE("[]")));
	assert_true(slice_eq(session_get(session, SESSION_ROOM), SLICE("a")));
	session_set_all(session,
		(const struct slice[SESSION_TEXTS]){ [SESSION_ID] = SLICE("d"),
			[SESSION_GRANTS] = SLICE(""),
			[SESSION_USER] = SLICE("john\0") });
	assert_true(slice_eq(session_get(session, SESSION_ID), SLICE("d")));
	assert_true(slice_eq(session_get(session, SESSION_USER), SLICE("john")));
	assert_int_equal(session_get(session, SESSION_GRANTS).len, 0);
	assert_true(slice_eq(session_get(session, SESSION_NICKNAME), SLICE("Jo")));
}

/* Numbers are never used twice, and each is found however many have come and gone. */
static void found_by_number(void **state)
{
	struct fixture *f = *state;
	enum { N = 3000 };
	uint64_t seq = 0;

	for (uint64_t i = 1; i <= N; i++) {
		struct session *session = session_new(f->sessions, client(0), DIALECT_ROOM);

		assert_int_equal(session->conn, i);
		if (i % 3)
			session_gone(f->sessions, session, ++seq);
		if (i % 100 == 0)
			sessions_acked(f->sessions, seq);
	}
	for (uint64_t i = 1; i <= N; i++) {
		struct session *session = session_find(f->sessions, i);

		assert_int_equal(session != NULL, i % 3 == 0);
		assert_true(!session || session->conn == i);
	}
	assert_null(session_find(f->sessions, 0));
	assert_null(session_find(f->sessions, N + 1));
	assert_int_equal(sessions_count(f->sessions), N / 3);
	for (uint64_t i = 3; i <= N; i += 3)
		session_gone(f->sessions, session_find(f->sessions, i), ++seq);
	sessions_acked(f->sessions, seq);
	assert_int_equal(sessions_count(f->sessions), 0);
}

static void gone_until_acked(void **state)
{
	struct fixture *f = *state;
	struct session *a = session_new(f->sessions, client(0), DIALECT_ROOM);
	struct session *b = session_new(f->sessions, client(1), DIALECT_ROOM);

	roster_join(f->roster, SLICE("x"), &a->member);
	session_gone(f->sessions, a, 7);
	session_gone(f->sessions, b, 9);
	assert_null(a->member.client);
	assert_ptr_equal(session_find(f->sessions, 1), a);
	sessions_acked(f->sessions, 6);
	assert_non_null(session_find(f->sessions, 1));
	sessions_acked(f->sessions, 8);
	assert_null(session_find(f->sessions, 1));
	assert_null(roster_find(f->roster, SLICE("x")));
	assert_non_null(session_find(f->sessions, 2));
}

static struct session *connected(struct fixture *f, const char *id)
{
	struct session *session = session_new(f->sessions, client(0), DIALECT_ROOM);

	session->connected = true;
	session_set(session, SESSION_ID, slice_of(id));
	return session;
}

static void restated(void **state)
{
	struct fixture *f = *state;
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct session *a = connected(f, "a"), *b, *c;
	struct msg_restate restate;
	struct msg_roomname room;

	session_new(f->sessions, client(1), DIALECT_ROOM);
	b = connected(f, "b");
	c = connected(f, "c");
	session_set(a, SESSION_RESUME, SLICE("key"));
	a->expires = 5;
	a->admin = true;
	roster_join(f->roster, SLICE("x"), &a->member);
	roster_join(f->roster, SLICE("y"), &a->member);
	session_gone(f->sessions, a, 3);

	sessions_rewind(f->sessions);
	assert_true(sessions_next(f->sessions, &raw, &restate));
	assert_int_equal(restate.conn, a->conn);
	assert_true(slice_eq(restate.id, SLICE("a")));
	assert_true(slice_eq(restate.resume, SLICE("key")));
	assert_int_equal(restate.expires, 5);
	assert_int_equal(restate.admin, 1);
	assert_int_equal(restate.rooms.count, 2);
	assert_true(msg_next_roomname(&restate.rooms, &room));
	assert_true(slice_eq(room.name, SLICE("x")));
	assert_true(msg_next_roomname(&restate.rooms, &room));
	assert_true(slice_eq(room.name, SLICE("y")));

	/* the link was full, and meanwhile one went away */
	sessions_again(f->sessions);
	assert_true(sessions_next(f->sessions, &raw, &restate));
	assert_int_equal(restate.conn, a->conn);
	session_gone(f->sessions, b, 4);
	sessions_acked(f->sessions, 4);
	assert_true(sessions_next(f->sessions, &raw, &restate));
	assert_int_equal(restate.conn, c->conn);
	assert_int_equal(restate.rooms.count, 0);
	assert_false(sessions_next(f->sessions, &raw, &restate));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts, setup, teardown),
		cmocka_unit_test_setup_teardown(found_by_number, setup, teardown),
		cmocka_unit_test_setup_teardown(gone_until_acked, setup, teardown),
		cmocka_unit_test_setup_teardown(restated, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

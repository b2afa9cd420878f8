/* test_roster.c - who is in which room */
/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/roster.h"
#include "proto/base/mem.h"

enum { CLIENTS = 50, ROOMS = 7, STEPS = 20000 };

/* Only addresses: a roster does not look into clients. */
static char places[CLIENTS];

static struct client *client(size_t i)
{
	return (struct client *)(void *)&places[i];
}

static size_t count(const struct roster *roster, const char *name)
{
	struct roster_room *room = roster_find(roster, slice_of(name));
	size_t n = 0;

	if (room)
		roster_clients(room, DIALECT_ROOM, &n);
	return n;
}

static void joins_and_leaves(void **state)
{
	struct roster *roster = roster_new();
	struct roster_member a = { .client = client(0) }, b = { .client = client(1) };
	size_t n;

	(void)state;
	assert_true(roster_join(roster, SLICE("x"), &a));
	assert_false(roster_join(roster, SLICE("x"), &a));
	assert_true(roster_join(roster, SLICE("x"), &b));
	assert_true(roster_join(roster, SLICE("y"), &a));
	assert_int_equal(a.count, 2);
	assert_int_equal(count(roster, "x"), 2);
	assert_int_equal(roster_rooms(roster), 2);
	assert_false(roster_leave(roster, SLICE("y"), &b));
	assert_false(roster_leave(roster, SLICE("z"), &b));
	assert_true(roster_leave(roster, SLICE("x"), &a));
	assert_ptr_equal(
		roster_clients(roster_find(roster, SLICE("x")), DIALECT_ROOM, &n)[0], client(1));
	assert_int_equal(n, 1);
	roster_leave_all(roster, &b);
	assert_null(roster_find(roster, SLICE("x")));
	roster_leave_all(roster, &a);
	roster_leave_all(roster, &a);
	assert_int_equal(roster_rooms(roster), 0);
	roster_free(roster);
	roster_free(NULL);
}

/* Its client is gone: its seats stay for being restated, and no one is delivered to. */
static void muted(void **state)
{
	struct roster *roster = roster_new();
	struct roster_member a = { .client = client(0) }, b = { .client = client(1) };

	(void)state;
	roster_join(roster, SLICE("x"), &a);
	roster_join(roster, SLICE("x"), &b);
	roster_join(roster, SLICE("y"), &a);
	roster_mute(&a);
	assert_int_equal(count(roster, "x"), 1);
	assert_int_equal(count(roster, "y"), 0);
	assert_int_equal(a.count, 2);
	assert_true(slice_eq(roster_name(a.seats[1].room), SLICE("y")));
	assert_true(roster_join(roster, SLICE("z"), &a));
	assert_int_equal(count(roster, "z"), 0);
	assert_true(roster_leave(roster, SLICE("y"), &a));
	assert_null(roster_find(roster, SLICE("y")));
	roster_leave_all(roster, &a);
	roster_leave_all(roster, &b);
	roster_free(roster);
}

static void check(const struct roster *roster, bool in[CLIENTS][ROOMS], const char names[ROOMS][4])
{
	for (size_t r = 0; r < ROOMS; r++) {
		struct roster_room *room = roster_find(roster, slice_of(names[r]));
		struct client *const *clients = NULL;
		size_t n = 0, want = 0;

		if (room)
			clients = roster_clients(room, DIALECT_ROOM, &n);
		for (size_t c = 0; c < CLIENTS; c++)
			want += in[c][r];
		assert_int_equal(n, want);
		for (size_t i = 0; i < n; i++)
			assert_true(in[(char *)clients[i] - places][r]);
	}
}

/* Random joins and leaves, against a table. */
static void against_a_table(void **state)
{
	struct roster *roster = roster_new();
	struct roster_member members[CLIENTS] = { { .count = 0 } };
	char names[ROOMS][4];
	bool in[CLIENTS][ROOMS] = { { false } };
	uint32_t random = 1;

	(void)state;
	for (size_t r = 0; r < ROOMS; r++)
		snprintf(names[r], sizeof(names[r]), "r%zu", r);
	for (size_t c = 0; c < CLIENTS; c++)
		members[c].client = client(c);
	for (int step = 0; step < STEPS; step++) {
		size_t c, r;

		random = random * 1664525 + 1013904223;
		c = (random >> 8) % CLIENTS;
		r = (random >> 16) % ROOMS;
		if (random >> 31)
			assert_int_equal(
				roster_join(roster, slice_of(names[r]), &members[c]), !in[c][r]);
		else
			assert_int_equal(
				roster_leave(roster, slice_of(names[r]), &members[c]), in[c][r]);
		in[c][r] = random >> 31;
		if (step % 100 == 0)
			check(roster, in, names);
	}
	for (size_t c = 0; c < CLIENTS; c++)
		roster_leave_all(roster, &members[c]);
	assert_int_equal(roster_rooms(roster), 0);
	roster_free(roster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_and_leaves),
		cmocka_unit_test(muted),
		cmocka_unit_test(against_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

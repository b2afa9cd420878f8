/* test_state.c - keyed values: all or nothing, revisions, conflicts, bounds, deletions */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hub/state.h"
#include "proto/counters.h"

enum { MANY = 1 << 30 };

struct world {
	struct states states;
	struct state *state;
	struct state_bounds bounds;
	struct buf raw_ops, raw_checks, seen;
	struct msg_list ops, checks;
};

static void begin(struct world *world)
{
	*world = (struct world){ .bounds = { .bytes = MANY, .keys = MANY } };
	states_init(&world->states);
	world->states.max = MANY;
	world->state = state_new(&world->states, 7);
}

static void end(struct world *world)
{
	state_free(world->state);
	assert_int_equal(world->states.memory, 0);
	assert_int_equal(counter_get(COUNTER_HUB_STATE_KEYS), 0);
	assert_int_equal(counter_get(COUNTER_HUB_STATE_BYTES), 0);
	states_done(&world->states);
	buf_done(&world->raw_ops);
	buf_done(&world->raw_checks);
	buf_done(&world->seen);
}

/* `value` NULL: the key is deleted. */
static void op(struct world *world, const char *key, const char *value)
{
	struct msg_stateop record = {
		.remove = !value, .key = slice_of(key), .value = slice_of(value)
	};

	msg_add_stateop(&world->raw_ops, &world->ops, &record);
}

static void check(struct world *world, const char *key, uint64_t rev)
{
	struct msg_statecheck record = { .key = slice_of(key), .rev = rev };

	msg_add_statecheck(&world->raw_checks, &world->checks, &record);
}

static enum error apply(struct world *world)
{
	enum error error = state_apply(world->state, &world->bounds, world->ops, world->checks);

	world->ops = world->checks = (struct msg_list){ .count = 0 };
	buf_clear(&world->raw_ops);
	buf_clear(&world->raw_checks);
	return error;
}

static void set(struct world *world, const char *key, const char *value)
{
	op(world, key, value);
	assert_int_equal(apply(world), ERROR_NONE);
}

/* What has changed since, as `key=value@rev`, or `-key@rev`. */
static void assert_since(struct world *world, uint64_t rev, const char *expected)
{
	const struct state_entry *entry = state_after(world->state, rev);

	buf_clear(&world->seen);
	for (; entry; entry = state_next(world->state, entry)) {
		if (entry->deleted)
			buf_putc(&world->seen, '-');
		buf_put(&world->seen, state_key(entry));
		if (!entry->deleted)
			buf_printf(&world->seen, "=%.*s", (int)entry->value_len, entry->value);
		buf_printf(&world->seen, "@%" PRIu64 " ", entry->rev);
	}
	assert_string_equal(buf_cstr(&world->seen), expected);
}

static void test_a_change_has_one_revision(void **unused)
{
	struct world world;

	(void)unused;
	begin(&world);
	op(&world, "a", "1");
	op(&world, "b", "2");
	assert_int_equal(apply(&world), ERROR_NONE);
	assert_int_equal(world.state->rev, 1);
	op(&world, "a", "10");
	op(&world, "c", "3");
	op(&world, "nothing", NULL);
	assert_int_equal(apply(&world), ERROR_NONE);
	assert_int_equal(world.state->rev, 2);
	assert_since(&world, 0, "b=2@1 a=10@2 c=3@2 ");
	assert_since(&world, 1, "a=10@2 c=3@2 ");
	assert_since(&world, 2, "");
	assert_int_equal(world.state->keys, 3);
	assert_int_equal(world.state->bytes, 7);
	assert_null(state_find(world.state, SLICE("nothing")));
	end(&world);
}

static void test_a_deletion_is_remembered(void **unused)
{
	struct world world;

	(void)unused;
	begin(&world);
	set(&world, "a", "1");
	set(&world, "b", "2");
	set(&world, "a", NULL);
	assert_since(&world, 1, "b=2@2 -a@3 ");
	assert_null(state_find(world.state, SLICE("a")));
	assert_int_equal(world.state->keys, 1);
	assert_int_equal(world.state->bytes, 2);
	/* a second time it is not there, and keeps the revision of the first */
	set(&world, "a", NULL);
	assert_int_equal(world.state->rev, 4);
	assert_since(&world, 2, "-a@3 ");
	set(&world, "a", "new");
	assert_since(&world, 2, "a=new@5 ");
	assert_int_equal(world.state->deleted_count, 0);
	end(&world);
}

static void test_checks(void **unused)
{
	struct buf raw = { .cap = 0 };
	struct msg_stateentry entry;
	struct msg_list current;
	struct world world;

	(void)unused;
	begin(&world);
	set(&world, "a", "1");
	op(&world, "a", "2");
	check(&world, "a", 1);
	check(&world, "b", 0);
	assert_int_equal(apply(&world), ERROR_NONE);
	set(&world, "gone", "x");
	set(&world, "gone", NULL);
	op(&world, "a", "3");
	op(&world, "new", "3");
	check(&world, "a", 1);
	check(&world, "b", 0);
	check(&world, "gone", 3);
	current = state_conflicts(world.state, world.checks, &raw);
	assert_int_equal(current.count, 2);
	assert_true(msg_next_stateentry(&current, &entry));
	assert_true(slice_eq(entry.key, SLICE("a")) && slice_eq(entry.value, SLICE("2")));
	assert_int_equal(entry.rev, 2);
	assert_true(msg_next_stateentry(&current, &entry));
	assert_true(slice_eq(entry.key, SLICE("gone")) && entry.value.len == 0);
	assert_int_equal(entry.rev, 0);
	assert_int_equal(apply(&world), ERROR_CONFLICT);
	assert_since(&world, 0, "a=2@2 -gone@4 ");
	assert_int_equal(world.state->rev, 4);
	op(&world, "gone", "back");
	check(&world, "gone", 0);
	assert_int_equal(apply(&world), ERROR_NONE);
	buf_done(&raw);
	end(&world);
}

static void test_what_cannot_be_changes_nothing(void **unused)
{
	char longest[257];
	struct world world;

	(void)unused;
	begin(&world);
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	op(&world, "a", "1");
	op(&world, "", "1");
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	op(&world, "a", "1");
	op(&world, "b\n", NULL);
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	op(&world, "a", "1");
	op(&world, longest, "1");
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	op(&world, "a", "1");
	op(&world, "a", NULL);
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	op(&world, "b", NULL);
	op(&world, "b", NULL);
	assert_int_equal(apply(&world), ERROR_BAD_MESSAGE);
	assert_int_equal(world.state->rev, 0);
	assert_int_equal(world.states.memory, 0);
	longest[255] = '\0';
	set(&world, longest, "1");
	end(&world);
}

static void test_bounds_of_a_room(void **unused)
{
	struct world world;

	(void)unused;
	begin(&world);
	world.bounds = (struct state_bounds){ .bytes = 10, .keys = 2 };
	set(&world, "a", "123456789");
	op(&world, "b", "");
	assert_int_equal(apply(&world), ERROR_STATE_FULL);
	op(&world, "a", "1234567890");
	assert_int_equal(apply(&world), ERROR_STATE_FULL);
	assert_since(&world, 0, "a=123456789@1 ");
	op(&world, "a", "1");
	op(&world, "b", "1234567");
	assert_int_equal(apply(&world), ERROR_NONE);
	op(&world, "c", "");
	assert_int_equal(apply(&world), ERROR_STATE_FULL);
	op(&world, "c", "1");
	op(&world, "b", NULL);
	assert_int_equal(apply(&world), ERROR_NONE);
	/* of one that is too large already, what does not make it larger */
	world.bounds = (struct state_bounds){ .bytes = 1, .keys = 1 };
	set(&world, "a", "2");
	op(&world, "a", "22");
	assert_int_equal(apply(&world), ERROR_STATE_FULL);
	set(&world, "a", NULL);
	end(&world);
}

static void test_bound_of_all(void **unused)
{
	struct world world;
	struct state *other;

	(void)unused;
	begin(&world);
	other = state_new(&world.states, 8);
	world.states.max = 2 * STATE_OVERHEAD + 10;
	set(&world, "a", "12345");
	op(&world, "b", "12345");
	assert_int_equal(
		state_apply(other, &world.bounds, world.ops, world.checks), ERROR_STATE_FULL);
	assert_int_equal(apply(&world), ERROR_STATE_FULL);
	set(&world, "b", "123");
	assert_int_equal(world.states.memory, world.states.max);
	set(&world, "b", "321");
	set(&world, "a", NULL);
	state_free(other);
	end(&world);
}

static void test_deletions_are_forgotten(void **unused)
{
	struct world world;
	char key[16];

	(void)unused;
	begin(&world);
	set(&world, "stays", "1");
	for (int i = 0; i < STATE_DELETED_MAX + 1; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		set(&world, key, "1");
		set(&world, key, NULL);
	}
	assert_int_equal(world.state->deleted_count, STATE_DELETED_MAX);
	assert_int_equal(world.state->forgotten, 3);
	assert_false(state_reaches(world.state, 2));
	assert_true(state_reaches(world.state, 3));
	assert_true(state_reaches(world.state, world.state->rev));
	assert_false(state_reaches(world.state, world.state->rev + 1));
	/* not in the journal, so there is nothing to be removed from it */
	assert_int_equal(world.states.removed.len, 0);
	end(&world);
}

/* What was known of a state that is gone holds for none that comes after it. */
static void test_revisions_go_on(void **unused)
{
	struct world world;

	(void)unused;
	begin(&world);
	set(&world, "a", "1");
	set(&world, "a", "2");
	state_free(world.state);
	assert_int_equal(world.states.floor, 2);
	world.state = state_new(&world.states, 8);
	assert_int_equal(world.state->rev, world.state->base);
	op(&world, "a", "1");
	check(&world, "a", 2);
	assert_int_equal(apply(&world), ERROR_CONFLICT);
	assert_int_equal(world.state->rev, world.state->base);
	set(&world, "a", "3");
	assert_int_equal(world.state->rev, 3);
	assert_false(state_reaches(world.state, 0));
	assert_false(state_reaches(world.state, 2));
	assert_true(state_reaches(world.state, 3));
	set(&world, "a", NULL);
	end(&world);
	assert_int_equal(world.states.floor, 4);
}

static void test_restored(void **unused)
{
	struct world world;

	(void)unused;
	begin(&world);
	world.state->rev = 9;
	assert_true(state_restore(world.state, 3, SLICE("b"), 4, true, SLICE("")));
	assert_true(state_restore(world.state, 5, SLICE("a"), 8, false, SLICE("[1]")));
	assert_false(state_restore(world.state, 6, SLICE("a"), 9, false, SLICE("2")));
	assert_false(state_restore(world.state, 6, SLICE(""), 9, false, SLICE("2")));
	assert_false(state_restore(world.state, 6, SLICE("c"), 0, false, SLICE("2")));
	assert_since(&world, 0, "-b@4 a=[1]@8 ");
	assert_int_equal(world.state->keys, 1);
	assert_int_equal(world.state->bytes, 4);
	assert_true(list_empty(&world.states.dirty_entries));
	set(&world, "c", "3");
	assert_since(&world, 8, "c=3@10 ");
	assert_int_equal(state_find(world.state, SLICE("c"))->id, 6);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_has_one_revision),
		cmocka_unit_test(test_a_deletion_is_remembered),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_what_cannot_be_changes_nothing),
		cmocka_unit_test(test_bounds_of_a_room),
		cmocka_unit_test(test_bound_of_all),
		cmocka_unit_test(test_deletions_are_forgotten),
		cmocka_unit_test(test_revisions_go_on),
		cmocka_unit_test(test_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

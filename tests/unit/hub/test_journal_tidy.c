/* test_journal_tidy.c - what is kept no longer goes from the journal; what is kept stays */
/* SPDX-License-Identifier: MIT */
#include "tests/unit/hub/journal_world.h"

/* Only what is said in room 2 is kept, and in room 1 what comes after `first`. */
struct kept {
	uint64_t first;
	unsigned asked;
};

static bool keeps(void *arg, uint64_t room, uint64_t offset)
{
	struct kept *kept = arg;

	kept->asked++;
	return room == 2 || offset > kept->first;
}

static void ignore_gateway(void *arg, const struct journal_gateway *row)
{
	(void)arg;
	(void)row;
}

static void on_counted(void *arg, uint64_t room, const struct event *event)
{
	(void)room;
	*(uint64_t *)arg += event->body.len;
}

static void on_second_room(void *arg, uint64_t room, const struct event *event)
{
	if (room == 2)
		assert_int_equal(event->body.len, 4);
	*(uint64_t *)arg += room == 2;
}

static uint64_t stored_bytes(struct world *world)
{
	uint64_t bytes = 0;
	const struct journal_reader counting = { .gateway = ignore_gateway, .message = on_counted };

	assert_int_equal(journal_load(world->journal, &counting, &bytes), 0);
	return bytes;
}

/* 128 messages of 64 KB in room 1, and a small one before each in room 2. */
static void put_many(struct world *world)
{
	_cleanup_(mem_freep) char *body = mem_alloc(65536);

	for (uint64_t i = 1; i <= 128; i++) {
		put_message(world, 2, i, SLICE("kept"));
		put_message(world, 1, i, slice_make(body, 65536));
		assert_int_equal(journal_commit(world->journal), 0);
	}
}

/* As kill -9 in a transaction. */
static void abandon(struct world *world)
{
	reopen(world, JOURNAL_PROCESS);
	(void)stored_bytes(world);
}

static void test_tidying(void **state)
{
	struct world *world = *state;
	struct kept kept = { .first = 120 };

	put_many(world);
	assert_true(stored_bytes(world) > 8 << 20);
	/* Without a transaction there is nothing to be part of. */
	journal_tidy(world->journal, 0, keeps, &kept);
	assert_int_equal(kept.asked, 0);
	/* Most of it is kept. */
	put_gateway(world, 5, 1);
	journal_tidy(world->journal, 4 << 20, keeps, &kept);
	assert_int_equal(kept.asked, 0);
	for (uint64_t i = 2; i < 40; i++) {
		journal_tidy(world->journal, 9 * 65536, keeps, &kept);
		assert_int_equal(journal_commit(world->journal), 0);
		put_gateway(world, 5, i);
	}
	assert_true(stored_bytes(world) < 6 << 20);
	/* A part at a time, and no more than was needed. */
	assert_true(kept.asked > 20 && kept.asked < 256);
}

/* What is kept is still there, once. */
static void test_tidying_keeps(void **state)
{
	struct world *world = *state;
	struct kept kept = { .first = 120 };
	uint64_t count = 0;

	put_many(world);
	for (uint64_t i = 1; i < 100; i++) {
		put_gateway(world, 5, i);
		journal_tidy(world->journal, 0, keeps, &kept);
		if (i % 3)
			assert_int_equal(journal_commit(world->journal), 0);
		else
			abandon(world);
	}
	reopen(world, JOURNAL_PROCESS);
	assert_int_equal(journal_load(world->journal,
				 &(struct journal_reader){
					 .gateway = ignore_gateway, .message = on_second_room },
				 &count),
		0);
	assert_int_equal(count, 128);
}

static void test_checkpoint_bounds_the_log(void **state)
{
	struct world *world = *state;
	_cleanup_(mem_freep) char *body = mem_alloc(100000);
	struct journal_stats stats;

	for (uint64_t i = 1; i <= 300; i++) {
		put_message(world, 1, i, slice_make(body, 100000));
		journal_tidy(world->journal, 100000, keeps, &(struct kept){ .first = i - 1 });
		assert_int_equal(journal_commit(world->journal), 0);
		assert_int_equal(journal_checkpoint(world->path), 0);
	}
	journal_stats(world->journal, &stats);
	assert_true(stats.bytes > 5000000 && stats.bytes < 8000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_tidying),
		TEST(test_tidying_keeps),
		TEST(test_checkpoint_bounds_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

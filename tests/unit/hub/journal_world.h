/* journal_world.h - a journal in a directory of its own */
/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HUB_JOURNAL_WORLD_H
#define TESTS_UNIT_HUB_JOURNAL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/journal.h"
#include "proto/base/mem.h"

struct world {
	char directory[32];
	char path[64];
	struct journal *journal;
	struct buf error;
	struct buf seen; /* what was loaded, a line a row */
};

static inline int setup(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	snprintf(world->directory, sizeof(world->directory), "/tmp/atrium-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	snprintf(world->path, sizeof(world->path), "%s/journal", world->directory);
	assert_int_equal(
		journal_open(world->path, JOURNAL_PROCESS, &world->journal, &world->error), 0);
	*state = world;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *world = *state;
	_cleanup_(mem_freep) char *command = mem_printf("rm -r %s", world->directory);

	journal_close(world->journal);
	buf_done(&world->error);
	buf_done(&world->seen);
	assert_int_equal(system(command), 0);
	mem_free(world);
	return 0;
}

static inline void reopen(struct world *world, enum journal_mode mode)
{
	journal_close(world->journal);
	world->journal = NULL;
	if (journal_open(world->path, mode, &world->journal, &world->error) < 0)
		fail_msg("%s", buf_cstr(&world->error));
}

static inline void put_gateway(struct world *world, uint64_t epoch, uint64_t applied)
{
	journal_put_gateway(world->journal,
		&(struct journal_gateway){ .epoch = epoch,
			.name = SLICE("gateway-1"),
			.applied = applied,
			.sent = 2 * applied });
}

static inline void put_message(
	struct world *world, uint64_t room, uint64_t offset, struct slice body)
{
	journal_put_message(world->journal, room,
		&(struct event){ .offset = offset,
			.time = 1000 + offset,
			.type = SLICE("message"),
			.format = EVENT_TEXT,
			.id = SLICE("abc"),
			.nickname = SLICE("Zo\xc3\xab"),
			.user = SLICE(""),
			.body = body });
}

#endif

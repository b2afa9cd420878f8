/* store.c - the journal in its process: opening it, and what must not block the loop */
/* SPDX-License-Identifier: MIT */
#include "hub/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	LOG_SOME = 8 * 1024 * 1024, /* bytes: a checkpoint is worth it */
	LOG_MUCH = 32 * 1024 * 1024, /* it cannot catch up: commits wait for it */
	CHECKPOINT_MIN_MS = 1000, /* between two */
	CHECKPOINT_MS = 60 * 1000, /* after this time a smaller log is moved too */
};

struct store {
	struct loop *loop;
	struct journal *journal;
	enum journal_mode mode;
	char *path;
	struct work *sync, *checkpoint;
	int sync_result, checkpoint_result;
	struct mono checkpointed; /* the last time */
	bool holding;
	void (*on_synced)(void *arg, int r);
	void *arg;
};

static int open_journal(struct store *store)
{
	_cleanup_(buf_done) struct buf error = { .cap = 0 };
	int r = journal_open(store->path, store->mode, &store->journal, &error);

	if (r < 0)
		log_error("journal", "error=%s", log_quote(buf_slice(&error)));
	return r;
}

static int move_aside(struct store *store)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	uint64_t now = clock_wall_ms();
	int r = 0;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		_cleanup_(mem_freep) char *from = mem_printf("%s%s", store->path, suffixes[i]);
		_cleanup_(mem_freep) char *to = mem_printf(
			"%s.damaged-%" PRIu64 "%s", store->path, now, suffixes[i]);

		if (rename(from, to) < 0 && errno != ENOENT)
			r = -errno;
		else if (i == 0)
			log_error("journal_moved", "to=%s", log_quote(slice_of(to)));
	}
	if (r < 0)
		log_error("journal", "error=%s hint=\"move %s away\"",
			log_quote(slice_of(strerror(-r))), store->path);
	return r;
}

int store_renew(struct store *store)
{
	int r;

	journal_close(store->journal);
	store->journal = NULL;
	r = move_aside(store);
	return r < 0 ? r : open_journal(store);
}

static void run_sync(void *arg)
{
	struct store *store = arg;

	store->sync_result = journal_sync(store->journal);
}

static void sync_done(void *arg)
{
	struct store *store = arg;

	store->on_synced(store->arg, store->sync_result);
}

void store_sync(struct store *store)
{
	work_start(store->sync);
}

static void run_checkpoint(void *arg)
{
	struct store *store = arg;

	store->checkpoint_result = journal_checkpoint(store->path);
}

static uint64_t log_bytes(const struct store *store)
{
	struct journal_stats stats;

	journal_stats(store->journal, &stats);
	counter_set(COUNTER_HUB_JOURNAL_BYTES, stats.bytes);
	counter_set(COUNTER_HUB_JOURNAL_LOG_BYTES, stats.log);
	return stats.log;
}

/*
 * Only a checkpoint during which nothing was committed lets the log begin anew. When the log has
 * become long in spite of checkpoints, the next one has the little that is left for itself.
 */
static void checkpoint_done(void *arg)
{
	struct store *store = arg;
	bool held = store->holding;

	store->holding = false;
	store->checkpointed = clock_now();
	counter_add(COUNTER_HUB_JOURNAL_CHECKPOINTS, 1);
	if (store->checkpoint_result < 0)
		log_warn("checkpoint", "error=%s",
			log_quote(slice_of(strerror(-store->checkpoint_result))));
	else if (!held && log_bytes(store) > LOG_MUCH) {
		store->holding = true;
		work_start(store->checkpoint);
	}
	/* What was held back goes on. */
	loop_again(store->loop);
}

void store_committed(struct store *store)
{
	if (store->mode == JOURNAL_MEMORY || work_active(store->checkpoint))
		return;
	if (mono_before(clock_now(),
		    mono_after(store->checkpointed,
			    journal_log(store->journal) < LOG_SOME ? CHECKPOINT_MS
								   : CHECKPOINT_MIN_MS)))
		return;
	(void)log_bytes(store);
	work_start(store->checkpoint);
}

bool store_holding(const struct store *store)
{
	return store->holding;
}

struct journal *store_journal(struct store *store)
{
	return store->journal;
}

enum journal_mode store_mode(const struct store *store)
{
	return store->mode;
}

int store_open(struct service *service, enum journal_mode mode, void (*on_synced)(void *arg, int r),
	void *arg, struct store **ret_store)
{
	struct store *store = mem_alloc(sizeof(*store));
	const char *directory = service_state_dir(service);
	int r;

	if (mode != JOURNAL_MEMORY && !*directory) {
		log_warn("journal",
			"state=memory hint=\"there is no state directory: set [atrium] state_dir\"");
		mode = JOURNAL_MEMORY;
	}
	store->loop = service_loop(service);
	store->mode = mode;
	store->on_synced = on_synced;
	store->arg = arg;
	store->checkpointed = clock_now();
	store->path = mem_printf("%s/hub.journal", directory);
	store->sync = work_new(store->loop, run_sync, sync_done, store);
	store->checkpoint = work_new(store->loop, run_checkpoint, checkpoint_done, store);
	r = open_journal(store);
	if (r == -EUCLEAN)
		r = store_renew(store);
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	work_free(store->sync);
	work_free(store->checkpoint);
	journal_close(store->journal);
	mem_free(store->path);
	mem_free(store);
}

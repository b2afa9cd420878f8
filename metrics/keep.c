/* keep.c - series in a file of the state directory, so that they survive a restart */
/* SPDX-License-Identifier: MIT */
#include "metrics/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/statefile.h"
#include "proto/counters.h"

enum { READ_MAX = 256 * 1024 * 1024 };

struct keep {
	struct series_set *set;
	char *path; /* NULL: nothing is kept */
	struct work *work;
	struct buf bytes; /* the thread's while it works, as is: */
	int result;
	bool failing; /* that was logged */
};

static void set_aside(const struct keep *keep, int why)
{
	_cleanup_(mem_freep) char *aside = mem_printf(
		"%s.damaged-%" PRIu64, keep->path, clock_wall_ms() / 1000);

	log_error("series_damaged", "path=%s error=%s moved_to=%s", log_quote(slice_of(keep->path)),
		log_quote(slice_of(strerror(-why))), log_quote(slice_of(aside)));
	counter_add(COUNTER_METRICS_SERIES_DAMAGED, 1);
	if (rename(keep->path, aside) < 0)
		log_error("series_damaged", "rename=%s", log_quote(slice_of(strerror(errno))));
}

static void load(struct keep *keep)
{
	_cleanup_(buf_done) struct buf bytes = { .cap = 0 };
	int r = statefile_read(keep->path, READ_MAX, &bytes);

	if (r == -ENOENT)
		return;
	if (r == 0)
		r = series_load(keep->set, buf_slice(&bytes));
	if (r == 0)
		log_info("series_loaded", "series=%zu", series_count(keep->set));
	else if (r == -EBADMSG || r == -EFBIG || r == -ENOSPC)
		set_aside(keep, r);
	else
		log_error("series_load", "path=%s error=%s", log_quote(slice_of(keep->path)),
			log_quote(slice_of(strerror(-r))));
}

static void on_thread(void *arg)
{
	struct keep *keep = arg;

	keep->result = statefile_replace(keep->path, buf_slice(&keep->bytes));
}

static void on_saved(void *arg)
{
	struct keep *keep = arg;

	counter_add(keep->result < 0 ? COUNTER_METRICS_SAVE_FAILURES : COUNTER_METRICS_SAVES, 1);
	if (keep->result < 0 && !keep->failing)
		log_error("series_save", "path=%s error=%s", log_quote(slice_of(keep->path)),
			log_quote(slice_of(strerror(-keep->result))));
	keep->failing = keep->result < 0;
}

struct keep *keep_new(struct loop *loop, const char *directory, struct series_set *set)
{
	struct keep *keep = mem_alloc(sizeof(*keep));

	keep->set = set;
	keep->work = work_new(loop, on_thread, on_saved, keep);
	if (directory[0] == '\0')
		return keep;
	keep->path = mem_printf("%s/metrics.series", directory);
	load(keep);
	return keep;
}

void keep_free(struct keep *keep)
{
	if (!keep)
		return;
	work_free(keep->work);
	buf_done(&keep->bytes);
	mem_free(keep->path);
	mem_free(keep);
}

void keep_save(struct keep *keep)
{
	if (!keep->path || work_active(keep->work))
		return;
	buf_clear(&keep->bytes);
	series_save(keep->set, &keep->bytes);
	work_start(keep->work);
}

void keep_save_now(struct keep *keep)
{
	if (!keep->path)
		return;
	work_free(keep->work); /* waits */
	keep->work = NULL;
	buf_clear(&keep->bytes);
	series_save(keep->set, &keep->bytes);
	on_thread(keep);
	on_saved(keep);
}

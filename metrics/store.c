/* store.c - what the processes have reported last, and what follows from it */
/* SPDX-License-Identifier: MIT */
#include "metrics/store.h"

#include <errno.h>

#include "proto/base/mem.h"
#include "proto/base/utf8.h"

struct store {
	size_t count;
	struct store_process *processes[STORE_MAX];
};

struct store *store_new(void)
{
	return mem_alloc(sizeof(struct store));
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		mem_free(store->processes[i]);
	mem_free(store);
}

size_t store_count(const struct store *store)
{
	return store->count;
}

struct store_process *store_at(const struct store *store, size_t index)
{
	return store->processes[index];
}

/* Names end up in labels and tables: letters, digits and `-` are all that ours have. */
static bool name_valid(struct slice name)
{
	if (name.len == 0 || name.len > STORE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

static bool is_before(const struct store_process *process, const struct msg_counters *report)
{
	int order;

	if (process->process != (enum process)report->process)
		return process->process < (enum process)report->process;
	order = strncmp(process->name, report->name.ptr, report->name.len);
	return order < 0 || (order == 0 && strlen(process->name) < report->name.len);
}

/* The process of a report, made if it is new; NULL: there are too many. */
static struct store_process *find(struct store *store, const struct msg_counters *report)
{
	struct store_process *process;
	size_t at = 0;

	while (at < store->count && is_before(store->processes[at], report))
		at++;
	process = at < store->count ? store->processes[at] : NULL;
	if (process && process->process == (enum process)report->process &&
		slice_eq(slice_of(process->name), report->name))
		return process;
	if (store->count == STORE_MAX)
		return NULL;
	process = mem_alloc(sizeof(*process));
	process->process = (enum process)report->process;
	memcpy(process->name, report->name.ptr, report->name.len);
	memmove(store->processes + at + 1, store->processes + at,
		(store->count - at) * sizeof(*store->processes));
	store->processes[at] = process;
	store->count++;
	return process;
}

bool store_owns(const struct store_process *process, enum counter counter)
{
	const struct counter_row *row = counter_row(counter);

	return row && (row->owner == 0 || row->owner == process->process);
}

static void start_over(struct store_process *process, const struct msg_counters *report)
{
	if (process->samples > 0)
		process->restarts++;
	process->samples = 0;
	process->epoch = report->epoch;
	process->pid = report->pid;
	memset(process->version, 0, sizeof(process->version));
	if (report->version.len > 0 && report->version.len <= STORE_VERSION_MAX &&
		utf8_printable(report->version))
		memcpy(process->version, report->version.ptr, report->version.len);
	process->usage = (struct usage){ .known = false };
}

int store_report(struct store *store, struct mono now, const struct msg_counters *report)
{
	struct msg_list counts = report->counts, buckets = report->buckets;
	struct store_process *process;
	struct msg_bucket bucket;
	struct msg_count count;

	if (report->process == 0 || report->process >= PROCESS_MAX || !name_valid(report->name))
		return -EINVAL;
	process = find(store, report);
	if (!process)
		return -ENOSPC;
	if (process->samples == 0 || process->epoch != report->epoch)
		start_over(process, report);
	if (process->samples == 0 || mono_ms_until(process->last.at, now) >= STORE_APART_MS) {
		process->before = process->last;
		process->last.at = now;
		process->samples += process->samples < 2;
	}
	process->up = true;
	memset(process->last.values, 0, sizeof(process->last.values));
	while (msg_next_count(&counts, &count))
		if (count.counter < COUNTER_MAX && store_owns(process, count.counter))
			process->last.values[count.counter] = count.value;
	memset(process->last.histograms, 0, sizeof(process->last.histograms));
	while (msg_next_bucket(&buckets, &bucket))
		(void)histogram_take(process->last.histograms, &bucket);
	return 0;
}

/* Of a kind that there should be, one at least goes on being missed. */
static bool is_last_of_kind(const struct store *store, size_t index)
{
	enum process kind = store->processes[index]->process;

	return !(index > 0 && store->processes[index - 1]->process == kind) &&
		!(index + 1 < store->count && store->processes[index + 1]->process == kind);
}

void store_expire(struct store *store, struct mono now)
{
	size_t i = 0;

	while (i < store->count) {
		struct store_process *process = store->processes[i];
		uint64_t silent_ms = mono_ms_until(process->last.at, now);

		process->up = silent_ms <= STORE_SILENT_MS;
		if (silent_ms <= STORE_FORGET_MS || is_last_of_kind(store, i)) {
			i++;
			continue;
		}
		mem_free(process);
		store->count--;
		memmove(store->processes + i, store->processes + i + 1,
			(store->count - i) * sizeof(*store->processes));
	}
}

double store_rate(const struct store_process *process, enum counter counter)
{
	uint64_t from = process->before.values[counter], to = process->last.values[counter];
	double seconds = (double)(process->last.at.ns - process->before.at.ns) / 1e9;

	if (!process->up || process->samples < 2 || to < from || seconds <= 0)
		return 0;
	return (double)(to - from) / seconds;
}

uint64_t store_sum(const struct store *store, enum counter counter)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < store->count; i++)
		if (store->processes[i]->up)
			sum += store->processes[i]->last.values[counter];
	return sum;
}

double store_sum_rate(const struct store *store, enum counter counter)
{
	double sum = 0;

	for (size_t i = 0; i < store->count; i++)
		sum += store_rate(store->processes[i], counter);
	return sum;
}

void store_observed(const struct store_process *process, enum histogram histogram,
	uint64_t buckets[HISTOGRAM_BUCKETS])
{
	const uint64_t *from = process->before.histograms[histogram].buckets;
	const uint64_t *to = process->last.histograms[histogram].buckets;

	if (!process->up || process->samples < 2)
		return;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (to[i] > from[i])
			buckets[i] += to[i] - from[i];
}

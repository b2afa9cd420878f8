/* prom.c - Prometheus' text of all that is known */
/* SPDX-License-Identifier: MIT */
#include "metrics/prom.h"

#include <inttypes.h>
#include <stdio.h>

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP atrium_%s ", name);
	/* The format's two escapes; what it says of others is nothing. */
	for (; *help; help++) {
		if (*help == '\\')
			buf_put(out, SLICE("\\\\"));
		else if (*help == '\n')
			buf_put(out, SLICE("\\n"));
		else
			buf_putc(out, *help);
	}
	buf_printf(out, "\n# TYPE atrium_%s %s\n", name, type);
}

/* `name{process="gateway",instance="gateway-1"} `; names are checked when they are stored. */
static void put_series(struct buf *out, const char *name, const struct store_process *process)
{
	buf_printf(out, "atrium_%s{process=\"%s\",instance=\"%s\"} ", name,
		process_name(process->process), process->name);
}

/* ---- what processes count ---- */

static bool anyone_has(const struct store *store, enum counter counter)
{
	for (size_t i = 0; i < store_count(store); i++)
		if (store_at(store, i)->up && store_owns(store_at(store, i), counter))
			return true;
	return false;
}

static void put_counter(struct buf *out, const struct store *store, enum counter counter)
{
	const struct counter_row *row = counter_row(counter);
	bool counts = row->kind == COUNTER_KIND_COUNTER;
	char name[128];

	if (!anyone_has(store, counter))
		return;
	snprintf(name, sizeof(name), "%s%s", row->name, counts ? "_total" : "");
	put_head(out, name, counts ? "counter" : "gauge", row->help);
	for (size_t i = 0; i < store_count(store); i++) {
		const struct store_process *process = store_at(store, i);

		if (!process->up || !store_owns(process, counter))
			continue;
		put_series(out, name, process);
		buf_printf(out, "%" PRIu64 "\n", process->last.values[counter]);
	}
}

/* ---- histograms ---- */

/* Prometheus' own unit; nine digits tell all bounds apart. */
static double in_unit(const struct histogram_row *row, uint64_t value)
{
	return row->unit == HISTOGRAM_SECONDS ? (double)value / 1e6 : (double)value;
}

static void put_buckets(struct buf *out, const struct histogram_row *row,
	const struct store_process *process, const struct histogram_counts *counts)
{
	const char *kind = process_name(process->process);
	uint64_t total = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		total += counts->buckets[i];
		buf_printf(out, "atrium_%s_bucket{process=\"%s\",instance=\"%s\",le=\"", row->name,
			kind, process->name);
		if (i < HISTOGRAM_BOUNDS)
			buf_printf(out, "%.9g", in_unit(row, histogram_bound(row->unit, i)));
		else
			buf_put(out, SLICE("+Inf"));
		buf_printf(out, "\"} %" PRIu64 "\n", total);
	}
	buf_printf(out, "atrium_%s_sum{process=\"%s\",instance=\"%s\"} %.15g\n", row->name, kind,
		process->name, in_unit(row, counts->sum));
	buf_printf(out, "atrium_%s_count{process=\"%s\",instance=\"%s\"} %" PRIu64 "\n", row->name,
		kind, process->name, total);
}

static void put_histogram(struct buf *out, const struct store *store, enum histogram histogram)
{
	const struct histogram_row *row = histogram_row(histogram);
	bool any = false;

	for (size_t i = 0; i < store_count(store); i++) {
		const struct store_process *process = store_at(store, i);

		if (!process->up || process->process != row->owner)
			continue;
		if (!any)
			put_head(out, row->name, "histogram", row->help);
		any = true;
		put_buckets(out, row, process, &process->last.histograms[histogram]);
	}
}

/* ---- what the system says of processes ---- */

enum column { COLUMN_CPU, COLUMN_MEMORY, COLUMN_FDS, COLUMN_RESTARTS, COLUMN_UP, COLUMNS };

static const struct {
	const char *name;
	const char *type;
	const char *help;
} columns[COLUMNS] = {
	[COLUMN_CPU] = { "process_cpu_seconds_total", "counter", "processor time used" },
	[COLUMN_MEMORY] = { "process_resident_memory_bytes", "gauge", "memory in use" },
	[COLUMN_FDS] = { "process_open_fds", "gauge", "file descriptors that are open" },
	[COLUMN_RESTARTS] = { "process_restarts_total", "counter",
		"times it was started again since metrics began to watch" },
	[COLUMN_UP] = { "process_up", "gauge", "1 while it reports, 0 when it has fallen silent" },
};

/* False: it is not known. */
static bool put_column(struct buf *out, enum column column, const struct store_process *process)
{
	const struct usage *usage = &process->usage;

	if (column != COLUMN_UP && column != COLUMN_RESTARTS && !(process->up && usage->known))
		return false;
	if (column == COLUMN_FDS && usage->fds == 0)
		return false;
	put_series(out, columns[column].name, process);
	if (column == COLUMN_CPU)
		buf_printf(out, "%.2f\n", usage->cpu_seconds);
	else if (column == COLUMN_MEMORY)
		buf_printf(out, "%" PRIu64 "\n", usage->memory);
	else if (column == COLUMN_FDS)
		buf_printf(out, "%" PRIu64 "\n", usage->fds);
	else if (column == COLUMN_RESTARTS)
		buf_printf(out, "%u\n", process->restarts);
	else
		buf_printf(out, "%d\n", process->up);
	return true;
}

static void put_processes(struct buf *out, const struct store *store)
{
	for (enum column column = 0; column < COLUMNS; column++) {
		size_t start = out->len;
		bool any = false;

		put_head(out, columns[column].name, columns[column].type, columns[column].help);
		for (size_t i = 0; i < store_count(store); i++)
			any |= put_column(out, column, store_at(store, i));
		if (!any)
			out->len = start;
	}
}

/* ---- the machine ---- */

static void put_host_bytes(struct buf *out, const char *name, const char *help, uint64_t value)
{
	put_head(out, name, "gauge", help);
	buf_printf(out, "atrium_%s %" PRIu64 "\n", name, value);
}

static void put_host_load(struct buf *out, const char *name, const char *help, double value)
{
	put_head(out, name, "gauge", help);
	buf_printf(out, "atrium_%s %.2f\n", name, value);
}

static void put_host(struct buf *out, const struct host *host)
{
	put_head(out, "host_cpu_seconds_total", "counter", "processor time of the machine");
	buf_printf(
		out, "atrium_host_cpu_seconds_total{mode=\"busy\"} %.2f\n", host->cpu_busy_seconds);
	buf_printf(
		out, "atrium_host_cpu_seconds_total{mode=\"idle\"} %.2f\n", host->cpu_idle_seconds);
	put_host_bytes(out, "host_memory_bytes", "memory of the machine", host->memory.total);
	put_host_bytes(out, "host_memory_used_bytes", "memory of the machine that is not available",
		host->memory.used);
	put_host_bytes(out, "host_disk_bytes", "size of the file system that holds the state",
		host->disk.total);
	put_host_bytes(out, "host_disk_used_bytes",
		"bytes in use on the file system that holds the state", host->disk.used);
	put_host_load(out, "host_load1", "load of the machine, average of 1 minute", host->load[0]);
	put_host_load(
		out, "host_load5", "load of the machine, average of 5 minutes", host->load[1]);
	put_host_load(
		out, "host_load15", "load of the machine, average of 15 minutes", host->load[2]);
}

void prom_write(struct buf *out, const struct store *store, const struct host *host)
{
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		put_counter(out, store, (enum counter)i);
	for (unsigned i = 0; i < HISTOGRAM_MAX; i++)
		put_histogram(out, store, (enum histogram)i);
	put_processes(out, store);
	put_host(out, host);
}

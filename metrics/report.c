/* report.c - the body of system_metrics */
/* SPDX-License-Identifier: MIT */
#include "metrics/report.h"

#include "metrics/figures.h"
#include "proto/json.h"

static void put_space(struct buf *out, const char *key, const struct host_space *space)
{
	json_key(out, key);
	json_begin(out, '{');
	json_add_u64(out, "total", space->total);
	json_add_u64(out, "used", space->used);
	json_add_double(out, "percent", space->percent, 1);
	json_end(out, '}');
}

static void put_load(struct buf *out, const double load[3])
{
	json_key(out, "load");
	json_begin(out, '[');
	for (int i = 0; i < 3; i++) {
		json_comma(out);
		buf_printf(out, "%.2f", load[i]);
	}
	json_end(out, ']');
}

static void put_process(struct buf *out, const struct store_process *process)
{
	bool known = process->up && process->usage.known;
	const struct usage *usage = &process->usage;

	json_comma(out);
	json_begin(out, '{');
	json_add_string(out, "name", slice_of(process->name));
	json_add_string(out, "process", slice_of(process_name(process->process)));
	json_add_u64(out, "pid", process->pid);
	json_add_double(out, "cpu", known ? usage->cpu : 0, 1);
	json_add_u64(out, "memory", known ? usage->memory : 0);
	json_add_u64(out, "fds", known ? usage->fds : 0);
	json_add_u64(out, "uptime", known ? (uint64_t)usage->uptime : 0);
	json_add_bool(out, "up", process->up);
	json_add_u64(out, "restarts", process->restarts);
	json_add_string(out, "version", slice_of(process->version));
	json_end(out, '}');
}

/* Where nothing was observed there is no quantile. */
static void put_figure(void *arg, const struct figure *figure, bool known)
{
	if (!known && figure->worst)
		json_add_null(arg, figure->name);
	else
		json_add_double(arg, figure->name, figure->value, figure->decimals);
}

void report_write(struct buf *out, const struct store *store, const struct host *host,
	const struct alerts *alerts, uint64_t wall_ms)
{
	json_add_u64(out, "time", wall_ms);
	json_add_double(out, "cpu", host->cpu, 1);
	put_space(out, "memory", &host->memory);
	put_space(out, "disk", &host->disk);
	put_load(out, host->load);
	json_key(out, "processes");
	json_begin(out, '[');
	for (size_t i = 0; i < store_count(store); i++)
		put_process(out, store_at(store, i));
	json_end(out, ']');
	figures_total(store, put_figure, out);
	json_key(out, "alerts");
	json_begin(out, '[');
	for (size_t i = 0; i < alerts->count; i++) {
		json_comma(out);
		json_begin(out, '{');
		alert_write(&alerts->all[i], out);
		json_end(out, '}');
	}
	json_end(out, ']');
}

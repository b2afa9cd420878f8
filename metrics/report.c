/* report.c - the body of system_metrics */
/* SPDX-License-Identifier: MIT */
#include "metrics/report.h"

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
	json_end(out, '}');
}

void report_write(
	struct buf *out, const struct store *store, const struct host *host, uint64_t wall_ms)
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
	json_add_u64(out, "connections", store_sum(store, COUNTER_GATEWAY_CONNECTIONS));
	json_add_u64(out, "rooms", store_sum(store, COUNTER_HUB_ROOMS));
	json_add_double(out, "messages", store_sum_rate(store, COUNTER_HUB_PUBLISHED), 1);
	json_add_double(out, "deliveries", store_sum_rate(store, COUNTER_GATEWAY_DELIVERED), 1);
	json_add_double(out, "received", store_sum_rate(store, COUNTER_GATEWAY_RECEIVED), 1);
	json_add_u64(out, "queue_bytes", store_sum(store, COUNTER_GATEWAY_QUEUE_BYTES));
}

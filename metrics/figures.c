/* figures.c - every number that is known at a moment, each under a name */
/* SPDX-License-Identifier: MIT */
#include "metrics/figures.h"

struct row {
	const char *name;
	enum { HOW_SUM, HOW_RATE, HOW_QUANTILE } how;
	unsigned of; /* a counter, or a histogram */
	double q;
	double scale;
};

/* clang-format off */
static const struct row rows[] = {
#define FIGURE(name, how, of) { #name, HOW_##how, COUNTER_##of, 0, 1 },
#define QUANTILE(name, histogram, q, scale) \
	{ #name, HOW_QUANTILE, HISTOGRAM_##histogram, q, scale },
#include "metrics/figures.def"
#undef FIGURE
#undef QUANTILE
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* ---- of all processes together ---- */

static bool anyone_has(const struct store *store, enum counter counter)
{
	for (size_t i = 0; i < store_count(store); i++)
		if (store_at(store, i)->up && store_owns(store_at(store, i), counter))
			return true;
	return false;
}

static bool quantile(const struct store *store, const struct row *row, double *ret_value)
{
	uint64_t buckets[HISTOGRAM_BUCKETS] = { 0 };
	const struct histogram_row *histogram = histogram_row(row->of);

	for (size_t i = 0; i < store_count(store); i++)
		if (store_at(store, i)->process == histogram->owner)
			store_observed(store_at(store, i), (enum histogram)row->of, buckets);
	return histogram_quantile(histogram->unit, buckets, row->q, ret_value);
}

void figures_total(const struct store *store,
	void (*fn)(void *arg, const struct figure *figure, bool known), void *arg)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		enum counter counter = (enum counter)row->of;
		struct figure figure = {
			.of = "total", .name = row->name, .up = true, .page = true
		};
		bool known = true;

		if (row->how == HOW_QUANTILE)
			known = quantile(store, row, &figure.value);
		else
			known = anyone_has(store, counter);
		if (row->how == HOW_SUM)
			figure.value = (double)store_sum(store, counter);
		else if (row->how == HOW_RATE)
			figure.value = store_sum_rate(store, counter);
		figure.value *= row->scale;
		figure.worst = row->how == HOW_QUANTILE;
		figure.decimals = row->how == HOW_SUM ? 0 : row->how == HOW_RATE ? 1 : 3;
		fn(arg, &figure, known);
	}
}

/* ---- of one process ---- */

struct each {
	figure_fn fn;
	void *arg;
};

static void if_known(void *arg, const struct figure *figure, bool known)
{
	const struct each *each = arg;

	if (known)
		each->fn(each->arg, figure);
}

static const char *short_name(const struct store_process *process, enum counter counter)
{
	const char *name = counter_row(counter)->name, *kind = process_name(process->process);
	size_t len = strlen(kind);

	return strncmp(name, kind, len) == 0 && name[len] == '_' ? name + len + 1 : name;
}

static void each_counter(
	const struct store_process *process, struct figure figure, const struct each *each)
{
	for (unsigned i = 0; i < COUNTER_MAX; i++) {
		enum counter counter = (enum counter)i;

		if (!store_owns(process, counter) || counter == COUNTER_START_TIME_SECONDS)
			continue;
		if (counter_row(i)->kind == COUNTER_KIND_COUNTER && process->samples < 2)
			continue;
		figure.name = short_name(process, counter);
		figure.value = counter_row(i)->kind == COUNTER_KIND_COUNTER
			? store_rate(process, counter)
			: (double)process->last.values[i];
		each->fn(each->arg, &figure);
	}
}

static void put(const struct each *each, struct figure *figure, const char *name, double value)
{
	figure->name = name;
	figure->value = value;
	each->fn(each->arg, figure);
}

static void each_of(const struct store_process *process, const struct each *each)
{
	struct figure figure = {
		.of = process->name, .process = process->process, .up = process->up, .page = true
	};

	put(each, &figure, "up", process->up);
	figure.page = false;
	put(each, &figure, "restarts", process->restarts);
	if (!process->up)
		return;
	if (process->usage.known) {
		figure.page = true;
		put(each, &figure, "cpu", process->usage.cpu);
		put(each, &figure, "memory", (double)process->usage.memory);
		figure.page = false;
		if (process->usage.fds)
			put(each, &figure, "fds", (double)process->usage.fds);
	}
	each_counter(process, figure, each);
}

/* ---- names ---- */

static bool is_one_of(struct slice name, const char *const *names)
{
	while (*names && !slice_eq(name, slice_of(*names)))
		names++;
	return *names;
}

static bool total_has(struct slice name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (slice_eq(name, slice_of(rows[i].name)))
			return true;
	return false;
}

static bool kind_has(enum process kind, struct slice name)
{
	const struct store_process process = { .process = kind };
	static const char *const usage[] = { "up", "restarts", "cpu", "memory", "fds", NULL };

	if (is_one_of(name, usage))
		return true;
	for (unsigned i = 0; i < COUNTER_MAX; i++)
		if (store_owns(&process, (enum counter)i) && i != COUNTER_START_TIME_SECONDS &&
			slice_eq(name, slice_of(short_name(&process, (enum counter)i))))
			return true;
	return false;
}

bool figures_known(struct slice of, struct slice name)
{
	static const char *const host[] = { "cpu", "memory", "disk", "load1", "load5", "load15",
		NULL };
	bool any = false;

	if (slice_eq(of, SLICE("host")))
		return is_one_of(name, host);
	if (slice_eq(of, SLICE("total")))
		return total_has(name);
	for (unsigned kind = 1; kind < PROCESS_MAX; kind++) {
		bool has = kind_has((enum process)kind, name);

		if (slice_eq(of, slice_of(process_name((enum process)kind))))
			return has;
		any |= has;
	}
	return any;
}

/* ---- all ---- */

static void each_of_host(const struct host *host, const struct each *each)
{
	struct figure figure = { .of = "host", .up = true, .page = true };

	put(each, &figure, "cpu", host->cpu);
	put(each, &figure, "memory", host->memory.percent);
	put(each, &figure, "disk", host->disk.percent);
	put(each, &figure, "load1", host->load[0]);
	put(each, &figure, "load5", host->load[1]);
	put(each, &figure, "load15", host->load[2]);
}

void figures_each(const struct store *store, const struct host *host, figure_fn fn, void *arg)
{
	struct each each = { .fn = fn, .arg = arg };

	each_of_host(host, &each);
	figures_total(store, if_known, &each);
	for (size_t i = 0; i < store_count(store); i++)
		each_of(store_at(store, i), &each);
}

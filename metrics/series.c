/* series.c - numbers over time, at three resolutions, in rings; knows no clock and no files */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "metrics/series_internal.h"

/* clang-format off */
enum {
	RANGE_START_10M = 0,
	RANGE_START_2H = 600,
	RANGE_START_24H = 600 + 720,
};

const struct range_row series_ranges[RANGES] = {
#define RANGE(NAME, name, step, rows) [RANGE_##NAME] = { name, step, rows, RANGE_START_##NAME },
#include "proto/ranges.def"
#undef RANGE
};
/* clang-format on */

struct series_set *series_new(size_t max)
{
	struct series_set *set = mem_alloc(sizeof(*set));

	set->max = max;
	return set;
}

static void forget(struct series_set *set, struct series *series)
{
	HASH_DEL(set->all, series);
	mem_free(series);
}

void series_clear(struct series_set *set)
{
	struct series *at, *next;

	HASH_ITER(hh, set->all, at, next)
	forget(set, at);
}

void series_free(struct series_set *set)
{
	if (!set)
		return;
	series_clear(set);
	mem_free(set);
}

/* They go into JSON as they are, and begin with whose they are. */
bool series_name_valid(struct slice name)
{
	bool point = false;

	if (name.len == 0 || name.len > SERIES_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		point |= c == '.';
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
			    c == '.'))
			return false;
	}
	return point;
}

struct series *series_make(struct slice name, const struct series_kind *kind)
{
	struct series *series = mem_alloc(sizeof(*series));

	memcpy(series->name, name.ptr, name.len);
	series->kind = *kind;
	for (size_t i = 0; i < SERIES_ROWS; i++)
		series->values[i] = NAN;
	return series;
}

static float *value_at(struct series *series, enum series_range range, uint64_t number)
{
	const struct range_row *row = &series_ranges[range];

	return &series->values[row->start + number % row->rows];
}

/* Rows from..to are gaps from now on; more than there are rows are all. */
static void make_gaps(struct series_set *set, enum series_range range, uint64_t from, uint64_t to)
{
	size_t rows = series_ranges[range].rows;

	if (to - from >= rows)
		from = to - (rows - 1);
	for (struct series *at = set->all; at; at = at->hh.next)
		for (uint64_t number = from; number <= to; number++)
			*value_at(at, range, number) = NAN;
}

static void move_to(struct series_set *set, enum series_range range, uint64_t number)
{
	uint64_t head = set->heads[range];

	if (number == head)
		return;
	if (number > head)
		make_gaps(set, range, head + 1, number);
	else
		make_gaps(set, range, number, head);
	set->heads[range] = number;
	for (struct series *at = set->all; at; at = at->hh.next)
		at->open[range].count = 0;
}

void series_time(struct series_set *set, uint64_t wall_s)
{
	const struct range_row *longest = &series_ranges[RANGES - 1];
	uint64_t keep_s = longest->step * longest->rows;
	struct series *at, *next;

	if (wall_s == set->now_s)
		return;
	for (unsigned range = 0; range < RANGES; range++)
		move_to(set, (enum series_range)range, wall_s / series_ranges[range].step);
	set->now_s = wall_s;
	HASH_ITER(hh, set->all, at, next)
	{
		if (at->last_s > wall_s)
			at->last_s = wall_s;
		if (wall_s - at->last_s >= keep_s)
			forget(set, at);
	}
}

static void put_into(struct series *series, enum series_range range, uint64_t head, double value)
{
	double *sum = &series->open[range].sum;
	unsigned *count = &series->open[range].count;

	if (*count == 0)
		*sum = value;
	else if (series->kind.worst)
		*sum = value > *sum ? value : *sum;
	else
		*sum += value;
	++*count;
	*value_at(series, range, head) = (float)(series->kind.worst ? *sum : *sum / *count);
}

int series_put(
	struct series_set *set, struct slice name, const struct series_kind *kind, double value)
{
	struct series *series;

	if (!isfinite(value))
		return 0;
	HASH_FIND(hh, set->all, name.ptr, name.len, series);
	if (!series && !series_name_valid(name))
		return -EINVAL;
	if (!series && HASH_COUNT(set->all) >= set->max)
		return -ENOSPC;
	if (!series) {
		series = series_make(name, kind);
		HASH_ADD_KEYPTR(hh, set->all, series->name, name.len, series);
	}
	series->last_s = set->now_s;
	for (unsigned range = 0; range < RANGES; range++)
		put_into(series, (enum series_range)range, set->heads[range], value);
	return 0;
}

size_t series_count(const struct series_set *set)
{
	return HASH_COUNT(set->all);
}

float series_get(
	const struct series_set *set, struct slice name, enum series_range range, unsigned back)
{
	struct series *series;

	HASH_FIND(hh, set->all, name.ptr, name.len, series);
	if (!series || back >= series_ranges[range].rows || back > set->heads[range])
		return NAN;
	return *value_at(series, range, set->heads[range] - back);
}

bool series_range(struct slice name, enum series_range *ret_range)
{
	for (unsigned range = 0; range < RANGES; range++) {
		if (!slice_eq(name, slice_of(series_ranges[range].name)))
			continue;
		*ret_range = (enum series_range)range;
		return true;
	}
	return false;
}

/* series_json.c - series as JSON, for pages and operators */
/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "metrics/series_internal.h"
#include "proto/json.h"

static bool is_wanted(const struct series *series, struct slice of)
{
	if (of.len == 0)
		return series->kind.page;
	return slice_starts(slice_of(series->name), of) && series->name[of.len] == '.';
}

/* `back`: rows before the last. */
static float value_of(const struct series_set *set, const struct series *series,
	enum series_range range, size_t back)
{
	const struct range_row *row = &series_ranges[range];

	return series->values[row->start + (set->heads[range] - back) % row->rows];
}

/* How many rows there are from the first that is no gap. */
static size_t rows_of(const struct series_set *set, enum series_range range, struct slice of)
{
	size_t most = 0, rows = series_ranges[range].rows;

	for (const struct series *at = set->all; at; at = at->hh.next) {
		if (!is_wanted(at, of))
			continue;
		for (size_t back = rows; back-- > most;)
			if (!isnan(value_of(set, at, range, back)))
				most = back + 1;
	}
	return most;
}

static void put_value(struct buf *out, float value)
{
	if (isnan(value))
		buf_put(out, SLICE("null"));
	else if (value == 0)
		buf_putc(out, '0');
	else
		buf_printf(out, "%.5g", (double)value);
}

static void put_series(const struct series_set *set, const struct series *series,
	enum series_range range, size_t rows, struct buf *out)
{
	json_key(out, series->name);
	buf_putc(out, '[');
	for (size_t back = rows; back-- > 0;) {
		put_value(out, value_of(set, series, range, back));
		if (back)
			buf_putc(out, ',');
	}
	buf_putc(out, ']');
}

void series_json(
	const struct series_set *set, enum series_range range, struct slice of, struct buf *out)
{
	size_t rows = rows_of(set, range, of);
	const struct range_row *row = &series_ranges[range];
	uint64_t past = set->heads[range] + 1;

	json_begin(out, '{');
	json_add_string(out, "range", slice_of(row->name));
	json_add_u64(out, "step", row->step);
	json_add_u64(out, "start", rows ? (past - rows) * row->step : 0);
	json_add_u64(out, "rows", rows);
	json_key(out, "series");
	json_begin(out, '{');
	for (const struct series *at = set->all; at; at = at->hh.next)
		if (is_wanted(at, of))
			put_series(set, at, range, rows, out);
	json_end(out, '}');
	json_end(out, '}');
}

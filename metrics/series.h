/* series.h - numbers over time, at three resolutions, in rings; knows no clock and no files */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_SERIES_H
#define METRICS_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/ranges.h"

/* clang-format off */
enum {
	SERIES_NAME_MAX = 160, /* bytes */
	SERIES_ROWS = 0 /* of all ranges: what a series takes, in floats */
#define RANGE(NAME, name, step, rows) + (rows)
#include "proto/ranges.def"
#undef RANGE
};
/* clang-format on */

/*
 * A row of the first range is the mean (or the largest: `worst`) of what was put in its second, and
 * so is each of the others of its 10 seconds, its minute. NaN is a gap: nothing was put. All series
 * share their rows' times, so a row is found by counting. A series that has been a gap for as long
 * as the last range goes back is forgotten.
 */
struct series_set;

struct series_set *series_new(size_t max);
void series_free(struct series_set *set); /* takes NULL */

/*
 * The time is this, s since 1970; rows up to it are begun. A clock that was set back takes what it
 * has not reached yet with it, and one that was set far ahead, all.
 */
void series_time(struct series_set *set, uint64_t wall_s);

struct series_kind {
	bool worst;
	bool page; /* of those that pages are shown */
};

/* 0; -EINVAL: no name of a series; -ENOSPC: there are `max`. Not a number is passed over. */
int series_put(
	struct series_set *set, struct slice name, const struct series_kind *kind, double value);

size_t series_count(const struct series_set *set);
/* The value `back` rows before the last; NaN also if there is no such series or row. */
float series_get(
	const struct series_set *set, struct slice name, enum series_range range, unsigned back);

/* By its name: "10m"; false: none is called so. */
bool series_range(struct slice name, enum series_range *ret_range);

/*
 * Appends a JSON object: `range`, `step`, `start` (s since 1970, of the first row), `rows`, and
 * `series`, with an array for each name: a number or null, oldest first. Rows before which all is
 * null are left out. `of` empty: those for pages; else all whose name begins with it and a point.
 */
void series_json(
	const struct series_set *set, enum series_range range, struct slice of, struct buf *out);

/*
 * All as bytes for a file, and back. Loading replaces what there is; -EBADMSG: it is damaged, or of
 * another version, and nothing was changed; -ENOSPC: it has more series than `max`.
 */
void series_save(const struct series_set *set, struct buf *out);
int series_load(struct series_set *set, struct slice bytes);
uint64_t series_checksum(struct slice bytes); /* the last 8 bytes that are saved, of those before */

#endif

/* series_internal.h - what series.c and its file's format share */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_SERIES_INTERNAL_H
#define METRICS_SERIES_INTERNAL_H

#include "metrics/series.h"
#include "proto/base/hash.h"

struct series {
	UT_hash_handle hh;
	char name[SERIES_NAME_MAX + 1];
	struct series_kind kind;
	uint64_t last_s; /* when something was put */
	struct {
		double sum; /* of the row that is being filled, or the largest so far */
		unsigned count;
	} open[RANGES];
	float values[SERIES_ROWS];
};

struct series_set {
	size_t max;
	uint64_t now_s; /* 0: not said yet */
	uint64_t heads[RANGES]; /* number of the last row, since 1970 */
	struct series *all; /* by name, in the order in which they came */
};

struct range_row {
	const char *name;
	uint64_t step; /* s */
	size_t rows;
	size_t start; /* in `values` */
};

extern const struct range_row series_ranges[RANGES];

bool series_name_valid(struct slice name);
/* New, all gaps, not in a set yet. */
struct series *series_make(struct slice name, const struct series_kind *kind);
void series_clear(struct series_set *set);

#endif

/* done.h - numbers that are dealt with beyond the first that is not: ranges of them, in order */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_DONE_H
#define HUB_DONE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

enum { DONE_MAX = 1024 }; /* ranges; what would be one more is not noted, and comes again */

/* A range, both ends in it; a struct buf has nothing but these. */
struct done_range {
	uint64_t first, last;
};

/* False: there are as many ranges as may be, and it is none of them. */
bool done_add(struct buf *done, uint64_t first, uint64_t last);

/* All up to `seen` are dealt with, or more, if a range goes on from there: up to which. */
uint64_t done_reach(struct buf *done, uint64_t seen);

/* How many from `first` to `last` are in ranges. */
uint64_t done_count(const struct buf *done, uint64_t first, uint64_t last);

#endif

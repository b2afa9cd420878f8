/* ranges.h - how long and how finely series are kept, made from ranges.def */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_RANGES_H
#define PROTO_RANGES_H

/* clang-format off */
enum series_range {
#define RANGE(NAME, name, step, rows) RANGE_##NAME,
#include "proto/ranges.def"
#undef RANGE
	RANGES,
};
/* clang-format on */

#endif

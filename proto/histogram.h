/* histogram.h - the distributions of this process, made from histograms.def */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_HISTOGRAM_H
#define PROTO_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/msg.h"

/* clang-format off */
enum histogram {
#define HISTOGRAM(NAME, name, owner, unit, help) HISTOGRAM_##NAME,
#include "proto/histograms.def"
#undef HISTOGRAM
	HISTOGRAM_MAX,
};
/* clang-format on */

enum histogram_unit { HISTOGRAM_SECONDS, HISTOGRAM_BYTES };

enum {
	HISTOGRAM_BOUNDS = 41,
	HISTOGRAM_BUCKETS = HISTOGRAM_BOUNDS + 1, /* the last: above all bounds */
};

struct histogram_row {
	const char *name;
	enum process owner;
	enum histogram_unit unit;
	const char *help;
};

/* Each bucket on its own, not cumulative; the sum in what was observed: microseconds or bytes. */
struct histogram_counts {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t sum;
};

const struct histogram_row *histogram_row(unsigned histogram); /* NULL if there is none */

extern struct histogram_counts histogram_values[HISTOGRAM_MAX];

void histogram_observe(enum histogram histogram, uint64_t value);

/* In what is observed: the largest value that falls into the bucket. Not of the last. */
uint64_t histogram_bound(enum histogram_unit unit, unsigned bucket);
unsigned histogram_bucket(enum histogram_unit unit, uint64_t value);

/*
 * The value that a part `q` (0 to 1) of all are not above, between a bucket's bounds by the rule of
 * three. False: there are none.
 */
bool histogram_quantile(enum histogram_unit unit, const uint64_t buckets[HISTOGRAM_BUCKETS],
	double q, double *ret_value);

/* Those of this process as a COUNTERS list, without empty ones; `raw` is the memory behind it. */
void histogram_list(enum process process, struct buf *raw, struct msg_list *ret_list);
/* Adds a record of such a list to where it belongs. False: there is no such place. */
bool histogram_take(struct histogram_counts counts[HISTOGRAM_MAX], const struct msg_bucket *bucket);

#endif

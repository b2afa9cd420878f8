/* histogram.c - the distributions of this process, made from histograms.def */
/* SPDX-License-Identifier: MIT */
#include "proto/histogram.h"

#include <stddef.h>

struct histogram_counts histogram_values[HISTOGRAM_MAX];

/* clang-format off */
static const struct histogram_row rows[HISTOGRAM_MAX] = {
#define HISTOGRAM(NAME, name, owner, unit, help) \
	[HISTOGRAM_##NAME] = { #name, PROCESS_##owner, HISTOGRAM_##unit, help },
#include "proto/histograms.def"
#undef HISTOGRAM
};
/* clang-format on */

/* Powers of two of the first bound. */
static const unsigned firsts[] = { [HISTOGRAM_SECONDS] = 4, [HISTOGRAM_BYTES] = 8 };

const struct histogram_row *histogram_row(unsigned histogram)
{
	return histogram < HISTOGRAM_MAX ? &rows[histogram] : NULL;
}

uint64_t histogram_bound(enum histogram_unit unit, unsigned bucket)
{
	return (uint64_t)(2 + (bucket & 1)) << (firsts[unit] - 1 + bucket / 2);
}

/* An octave is halved by its second highest bit. */
unsigned histogram_bucket(enum histogram_unit unit, uint64_t value)
{
	unsigned first = firsts[unit], octave, bucket;
	uint64_t below = value - 1;

	if (value <= UINT64_C(1) << first)
		return 0;
	octave = 63u - (unsigned)__builtin_clzll(below);
	bucket = 2 * (octave - first) + 1 + (unsigned)((below >> (octave - 1)) & 1);
	return bucket < HISTOGRAM_BOUNDS ? bucket : HISTOGRAM_BOUNDS;
}

void histogram_observe(enum histogram histogram, uint64_t value)
{
	struct histogram_counts *counts = &histogram_values[histogram];

	counts->buckets[histogram_bucket(rows[histogram].unit, value)]++;
	counts->sum += value;
}

bool histogram_quantile(enum histogram_unit unit, const uint64_t buckets[HISTOGRAM_BUCKETS],
	double q, double *ret_value)
{
	double low, high, rank, before = 0;
	uint64_t total = 0;
	unsigned i = 0;

	for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
		total += buckets[bucket];
	if (total == 0)
		return false;
	rank = q * (double)total;
	while (i < HISTOGRAM_BOUNDS && (buckets[i] == 0 || before + (double)buckets[i] < rank))
		before += (double)buckets[i++];
	/* Of what is above all bounds no more is known. */
	if (i == HISTOGRAM_BOUNDS) {
		*ret_value = (double)histogram_bound(unit, HISTOGRAM_BOUNDS - 1);
		return true;
	}
	low = i ? (double)histogram_bound(unit, i - 1) : 0;
	high = (double)histogram_bound(unit, i);
	*ret_value = low + (high - low) * (rank - before) / (double)buckets[i];
	return true;
}

static void add(
	struct buf *raw, struct msg_list *list, unsigned histogram, unsigned bucket, uint64_t value)
{
	const struct msg_bucket record = {
		.histogram = (uint8_t)histogram, .bucket = (uint8_t)bucket, .value = value
	};

	if (value)
		msg_add_bucket(raw, list, &record);
}

void histogram_list(enum process process, struct buf *raw, struct msg_list *ret_list)
{
	buf_clear(raw);
	*ret_list = (struct msg_list){ .count = 0 };
	for (unsigned i = 0; i < HISTOGRAM_MAX; i++) {
		const struct histogram_counts *counts = &histogram_values[i];

		if (rows[i].owner != process)
			continue;
		for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
			add(raw, ret_list, i, bucket, counts->buckets[bucket]);
		add(raw, ret_list, i, HISTOGRAM_BUCKETS, counts->sum);
	}
}

bool histogram_take(struct histogram_counts counts[HISTOGRAM_MAX], const struct msg_bucket *bucket)
{
	if (bucket->histogram >= HISTOGRAM_MAX || bucket->bucket > HISTOGRAM_BUCKETS)
		return false;
	if (bucket->bucket == HISTOGRAM_BUCKETS)
		counts[bucket->histogram].sum = bucket->value;
	else
		counts[bucket->histogram].buckets[bucket->bucket] = bucket->value;
	return true;
}

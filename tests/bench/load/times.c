/* times.c - the clock, and how long deliveries took, in buckets of 1.6% */
/* SPDX-License-Identifier: MIT */
#include "tests/bench/load/load.h"

#include <time.h>

enum {
	FINE = 64, /* buckets in each power of two */
};

static uint64_t histogram[64 * FINE], count, slowest;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t used_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned power;

	if (ns < FINE)
		ns = FINE;
	power = 63 - (unsigned)__builtin_clzll(ns);
	return (power - 6) * FINE + (unsigned)(ns >> (power - 6)) - FINE;
}

void times_add(uint64_t ns)
{
	histogram[bucket_of(ns)]++;
	count++;
	if (ns > slowest)
		slowest = ns;
}

double times_quantile_us(double part)
{
	uint64_t below = (uint64_t)(part * (double)count), sum = 0;

	for (unsigned i = 0; i < sizeof(histogram) / sizeof(*histogram); i++) {
		sum += histogram[i];
		if (sum > below)
			return (double)((uint64_t)(i % FINE + FINE) << (i / FINE)) / 1000.0;
	}
	return times_max_us();
}

double times_max_us(void)
{
	return (double)slowest / 1000.0;
}

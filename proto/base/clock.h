/* clock.h - monotonic and wall-clock time, each a type of its own; frozen in tests */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_CLOCK_H
#define PROTO_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A moment of the monotonic clock; a type of its own, so that it is not taken for a duration. */
struct mono {
	uint64_t ns;
};

/* Only layers 3 and 4 ask the clock; domain files are handed the time. */
struct mono clock_now(void);
uint64_t clock_wall_ms(void); /* since 1970, UTC */

static inline struct mono mono_after(struct mono from, uint64_t ms)
{
	return (struct mono){ from.ns + ms * 1000000u };
}

static inline bool mono_before(struct mono a, struct mono b)
{
	return a.ns < b.ns;
}

static inline struct mono mono_sooner(struct mono a, struct mono b)
{
	return mono_before(b, a) ? b : a;
}

/* How long from `a` to `b`, in ms rounded up; 0 if b is not after a. */
static inline uint64_t mono_ms_until(struct mono a, struct mono b)
{
	return b.ns > a.ns ? (b.ns - a.ns + 999999u) / 1000000u : 0;
}

/* For tests: from here on both clocks stand still until they are advanced. */
void clock_freeze(struct mono now, uint64_t wall_ms);
void clock_advance(uint64_t ms);
void clock_thaw(void);

#endif

/* clock.c - monotonic and wall-clock time, each a type of its own; frozen in tests */
/* SPDX-License-Identifier: MIT */
#include "proto/base/clock.h"

#include <assert.h>
#include <time.h>

static struct {
	bool on;
	struct mono now;
	uint64_t wall_ms;
} frozen;

static struct timespec read_clock(clockid_t id)
{
	struct timespec now = { 0 };
	int failed = clock_gettime(id, &now);

	assert(!failed);
	return now;
}

struct mono clock_now(void)
{
	struct timespec now;

	if (frozen.on)
		return frozen.now;
	now = read_clock(CLOCK_MONOTONIC);
	return (struct mono){ (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec };
}

uint64_t clock_wall_ms(void)
{
	struct timespec now;

	if (frozen.on)
		return frozen.wall_ms;
	now = read_clock(CLOCK_REALTIME);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void clock_freeze(struct mono now, uint64_t wall_ms)
{
	frozen.on = true;
	frozen.now = now;
	frozen.wall_ms = wall_ms;
}

void clock_advance(uint64_t ms)
{
	assert(frozen.on);
	frozen.now = mono_after(frozen.now, ms);
	frozen.wall_ms += ms;
}

void clock_thaw(void)
{
	frozen.on = false;
}

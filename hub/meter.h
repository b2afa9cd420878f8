/* meter.h - how often something happens: a mean over the last ten seconds, in two numbers */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_METER_H
#define HUB_METER_H

#include <stdint.h>

enum { METER_MS = 10000 };

/* Counts of this span of METER_MS and of the one before. All-zero: nothing has happened yet. */
struct meter {
	uint32_t span, now, before;
};

static inline void meter_turn(struct meter *meter, uint64_t ms)
{
	uint32_t span = (uint32_t)(ms / METER_MS);

	if (span == meter->span)
		return;
	meter->before = span == meter->span + 1 ? meter->now : 0;
	meter->now = 0;
	meter->span = span;
}

static inline void meter_add(struct meter *meter, uint64_t ms)
{
	meter_turn(meter, ms);
	meter->now++;
}

/* In a thousand seconds: as if what was counted before had come evenly. */
static inline uint64_t meter_rate(struct meter meter, uint64_t ms)
{
	uint64_t left;

	meter_turn(&meter, ms);
	left = METER_MS - ms % METER_MS;
	return (meter.now * (uint64_t)METER_MS + meter.before * left) * 1000 / METER_MS /
		(METER_MS / 1000);
}

#endif

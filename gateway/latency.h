/* latency.h - how long a message took from its gateway to the sockets here; knows no clock */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LATENCY_H
#define GATEWAY_LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum {
	LATENCY_MAX = 1024, /* messages of a turn; of more, these stand for all */
	LATENCY_OLDEST_US = 60 * 60 * 1000 *
		1000u, /* older ones are of another start of the machine */
};

/* What this turn delivers: when it was read, in microseconds of the monotonic clock. */
struct latency {
	size_t count;
	uint64_t taken_us[LATENCY_MAX];
};

/* 0 is no time and is passed over, as are more than LATENCY_MAX. */
void latency_note(struct latency *latency, uint64_t taken_us);
/* The turn's clients have been written to: one observation for each message. */
void latency_written(struct latency *latency, uint64_t now_us);

#endif

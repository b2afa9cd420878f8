/* latency.c - how long a message took from its gateway to the sockets here; knows no clock */
/* SPDX-License-Identifier: MIT */
#include "gateway/latency.h"

#include "proto/histogram.h"

void latency_note(struct latency *latency, uint64_t taken_us)
{
	if (taken_us && latency->count < LATENCY_MAX)
		latency->taken_us[latency->count++] = taken_us;
}

void latency_written(struct latency *latency, uint64_t now_us)
{
	for (size_t i = 0; i < latency->count; i++) {
		uint64_t taken_us = latency->taken_us[i];

		if (taken_us <= now_us && now_us - taken_us <= LATENCY_OLDEST_US)
			histogram_observe(HISTOGRAM_GATEWAY_DELIVERY, now_us - taken_us);
	}
	latency->count = 0;
}

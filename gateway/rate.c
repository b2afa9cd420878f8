/* rate.c - how much a client may say in a time: two token buckets; knows no clock */
/* SPDX-License-Identifier: MIT */
#include "gateway/rate.h"

enum { UNIT = 1000, LONGEST_MS = 600000 /* no sum of it and a setting overflows */ };

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is over the burst, for the client was not read, goes as it came. */
static int64_t refilled(int64_t left, int64_t per_second, int64_t burst, int64_t ms)
{
	int64_t full = burst * UNIT, change = per_second * ms;

	return left > full ? most(full, left - change) : least(full, left + change);
}

static int64_t elapsed_ms(const struct rate *rate, uint64_t now_ms)
{
	uint64_t ms = now_ms > rate->at_ms ? now_ms - rate->at_ms : 0;

	return ms < LONGEST_MS ? (int64_t)ms : LONGEST_MS;
}

static void settle(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms)
{
	int64_t ms;

	if (rate->at_ms == 0) {
		rate->messages = limits->messages_burst * UNIT;
		rate->bytes = limits->bytes_burst * UNIT;
	} else if (now_ms > rate->at_ms) {
		ms = elapsed_ms(rate, now_ms);
		rate->messages = refilled(
			rate->messages, limits->messages, limits->messages_burst, ms);
		rate->bytes = refilled(rate->bytes, limits->bytes, limits->bytes_burst, ms);
	}
	rate->at_ms = now_ms;
}

static int64_t lacking(int64_t left, int64_t per_second, int64_t burst)
{
	return per_second && left < burst * UNIT ? burst * UNIT - left : 0;
}

static bool is_full(const struct rate *rate, const struct rate_limits *limits)
{
	return !lacking(rate->messages, limits->messages, limits->messages_burst) &&
		!lacking(rate->bytes, limits->bytes, limits->bytes_burst);
}

enum rate_verdict rate_take(
	struct rate *rate, const struct rate_limits *limits, uint64_t now_ms, size_t bytes)
{
	int64_t cost = (int64_t)bytes * UNIT;

	if (!limits->messages && !limits->bytes)
		return RATE_TAKEN;
	settle(rate, limits, now_ms);
	if (rate->refused && is_full(rate, limits))
		rate->refused = 0;
	/* what is larger than the burst is taken when nothing was said for long enough */
	if (rate->refused || (limits->messages && rate->messages < UNIT) ||
		(limits->bytes && rate->bytes < least(cost, limits->bytes_burst * UNIT))) {
		rate->refused++;
		return rate->refused > limits->patience ? RATE_PERSISTS : RATE_REFUSED;
	}
	rate->messages -= limits->messages ? UNIT : 0;
	rate->bytes -= limits->bytes ? cost : 0;
	return RATE_TAKEN;
}

static int64_t ms_until_full(int64_t left, int64_t per_second, int64_t burst)
{
	int64_t lack = lacking(left, per_second, burst);

	return lack ? (lack + per_second - 1) / per_second : 0;
}

uint32_t rate_retry_ms(const struct rate *rate, const struct rate_limits *limits)
{
	int64_t ms = most(ms_until_full(rate->messages, limits->messages, limits->messages_burst),
		ms_until_full(rate->bytes, limits->bytes, limits->bytes_burst));

	return (uint32_t)most(1, least(ms, UINT32_MAX));
}

void rate_pause(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms)
{
	settle(rate, limits, now_ms);
}

void rate_unpause(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms)
{
	int64_t ms = elapsed_ms(rate, now_ms);

	rate->messages += limits->messages * ms;
	rate->bytes += limits->bytes * ms;
	rate->at_ms = now_ms;
}

/* rate.h - how much a client may say in a time: two token buckets; knows no clock */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_RATE_H
#define GATEWAY_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rate of 0: there is no such limit. */
struct rate_limits {
	int64_t messages, messages_burst; /* a second, and at once */
	int64_t bytes, bytes_burst;
	int64_t patience; /* refusals that are borne until both buckets are full again */
};

/*
 * What is left, in thousandths, so that a ms adds a whole number. All-zero is a client that has
 * said nothing yet. Once something is refused, all is, until the buckets are full again: who sends
 * it again later, and in its order, is heard in that order.
 */
struct rate {
	uint64_t at_ms; /* when that was so; 0: never */
	int64_t messages;
	int64_t bytes; /* below 0: a message was larger than what was left */
	uint32_t refused; /* since the buckets were full */
	uint32_t coming; /* bytes of what is not whole yet; the caller's */
};

enum rate_verdict { RATE_TAKEN, RATE_REFUSED, RATE_PERSISTS };

/* One more message or control frame of so many bytes. Times are ms of any one clock. */
enum rate_verdict rate_take(
	struct rate *rate, const struct rate_limits *limits, uint64_t now_ms, size_t bytes);

/* After a refusal: how long until both buckets are full. */
uint32_t rate_retry_ms(const struct rate *rate, const struct rate_limits *limits);

/*
 * While a client is not read it may go on talking: what it could have said meanwhile is granted it
 * beyond the burst, and is lost again at the same pace if it is not used.
 */
void rate_pause(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms);
void rate_unpause(struct rate *rate, const struct rate_limits *limits, uint64_t now_ms);

#endif

/* rate.h - how often something may be tried, for each name that it is tried under */
/* SPDX-License-Identifier: MIT */
#ifndef AUTH_RATE_H
#define AUTH_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct rate;
struct rate *rate_new(
	size_t max); /* names; of more the one that was tried longest ago is forgotten */
void rate_free(struct rate *rate); /* takes NULL */

/*
 * `burst` times at once, and then once in each interval. False: not now, and *ret_wait_ms says
 * when.
 */
bool rate_take(struct rate *rate, struct slice name, unsigned burst, uint64_t interval_ms,
	uint64_t now_ms, uint64_t *ret_wait_ms);
void rate_give_back(struct rate *rate, struct slice name, uint64_t interval_ms);

#endif

/* backoff.h - how long to wait before the next try */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_BACKOFF_H
#define WEBHOOK_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_ASKED_MAX = 24 * 3600 * 1000 }; /* ms: what a Retry-After may ask for */

/*
 * ms after the `tries`-th failure (from 1): from `first`, twice as long each time, up to `most`;
 * half of it by chance, so that those who failed together do not come again together. `asked`: ms
 * that the endpoint asked for (0: it did not); it is not sooner than that.
 */
uint64_t backoff_ms(unsigned tries, uint64_t first, uint64_t most, uint64_t asked, uint64_t random);

#endif

/* backoff.c - how long to wait before the next try */
/* SPDX-License-Identifier: MIT */
#include "webhook/backoff.h"

uint64_t backoff_ms(unsigned tries, uint64_t first, uint64_t most, uint64_t asked, uint64_t random)
{
	uint64_t ms = first;

	for (unsigned i = 1; i < tries && ms < most; i++)
		ms *= 2;
	if (ms > most)
		ms = most;
	ms = ms / 2 + random % (ms - ms / 2 + 1);
	if (asked > BACKOFF_ASKED_MAX)
		asked = BACKOFF_ASKED_MAX;
	return ms > asked ? ms : asked;
}

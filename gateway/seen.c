/* seen.c - which of the hub's numbered messages have come; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/seen.h"

void seen_begin(struct seen *seen, uint64_t epoch)
{
	if (seen->epoch != epoch)
		seen->last = 0;
	seen->epoch = epoch;
	seen->told = seen->last;
}

enum seen_verdict seen_take(struct seen *seen, uint64_t seq)
{
	if (seq <= seen->last)
		return SEEN_AGAIN;
	if (seq - seen->last > 1)
		return SEEN_GAP;
	seen->last = seq;
	return SEEN_NEW;
}

/* restart.c - when a process that has ended is started again, and when no more */
/* SPDX-License-Identifier: MIT */
#include "ctl/restart.h"

#include <errno.h>

void restart_ready(struct restart *restart)
{
	restart->was_ready = true;
}

int64_t restart_after(struct restart *restart, uint64_t lived_ms)
{
	if (!restart->was_ready && ++restart->failures >= RESTART_TRIES)
		return -ECANCELED;
	if (restart->wait_ms == 0 || lived_ms >= RESTART_LIVED_MS)
		restart->wait_ms = RESTART_FIRST_MS;
	else if (restart->wait_ms < RESTART_MAX_MS)
		restart->wait_ms *= 2;
	if (restart->wait_ms > RESTART_MAX_MS)
		restart->wait_ms = RESTART_MAX_MS;
	return (int64_t)restart->wait_ms;
}

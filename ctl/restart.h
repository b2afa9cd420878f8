/* restart.h - when a process that has ended is started again, and when no more */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_RESTART_H
#define CTL_RESTART_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RESTART_FIRST_MS = 100,
	RESTART_MAX_MS = 2000,
	RESTART_LIVED_MS = 10000, /* who lived this long starts over with FIRST */
	RESTART_TRIES = 5, /* who was never ready by then never will be */
};

/* All-zero is a good start. */
struct restart {
	uint64_t wait_ms;
	unsigned failures; /* before it was ever ready */
	bool was_ready;
};

void restart_ready(struct restart *restart);

/* It ended after lived_ms. Returns the ms to wait before the next start, or -ECANCELED: no more. */
int64_t restart_after(struct restart *restart, uint64_t lived_ms);

#endif

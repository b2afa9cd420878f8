/* fault.c - dying at a chosen instruction, for tests of what survives it */
/* SPDX-License-Identifier: MIT */
#include "hub/fault.h"

#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"

enum {
	FAULT_STATUS = 70,
	FLUSH_US = 20000, /* for the link's thread to write what it was given */
};

static const char *const names[] = { [TURN_RECEIVED] = "received",
	[TURN_APPLIED] = "applied",
	[TURN_COMMITTED] = "committed",
	[TURN_ACKED] = "acked",
	[TURN_HALF] = "half" };

static enum turn_step wanted;
static unsigned long left; /* 0: no fault */

void fault_init(void)
{
	const char *name = getenv("ATRIUM_HUB_FAULT");
	const char *after = getenv("ATRIUM_HUB_FAULT_AFTER");

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0) {
			wanted = (enum turn_step)i;
			left = after ? strtoul(after, NULL, 10) : 1;
		}
	unsetenv("ATRIUM_HUB_FAULT");
	unsetenv("ATRIUM_HUB_FAULT_AFTER");
}

bool fault_armed(void)
{
	return left > 0;
}

void fault_step(enum turn_step step, struct link *link)
{
	if (left == 0 || step != wanted || --left > 0)
		return;
	if (step == TURN_ACKED || step == TURN_HALF) {
		link_flush(link);
		usleep(FLUSH_US);
	}
	log_warn("fault", "step=%s", names[step]);
	_exit(FAULT_STATUS);
}

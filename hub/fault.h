/* fault.h - dying at a chosen instruction, for tests of what survives it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_FAULT_H
#define HUB_FAULT_H

#include "hub/turn.h"
#include "proto/link.h"

/* Reads ATRIUM_HUB_FAULT and ATRIUM_HUB_FAULT_AFTER; false: they are not set, and nothing will happen. */
bool fault_init(void);
void fault_step(enum turn_step step, struct link *link); /* may not return */

#endif

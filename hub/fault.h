/* fault.h - dying at a chosen instruction, for tests of what survives it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_FAULT_H
#define HUB_FAULT_H

#include "hub/turn.h"
#include "proto/link.h"

/*
 * Takes ATRIUM_HUB_FAULT and ATRIUM_HUB_FAULT_AFTER out of the environment, before it is read for
 * settings. Without them nothing will happen.
 */
void fault_init(void);
bool fault_armed(void);
void fault_step(enum turn_step step, struct link *link); /* may not return */

#endif

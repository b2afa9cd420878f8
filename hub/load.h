/* load.h - the hub as its journal has it */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_LOAD_H
#define HUB_LOAD_H

#include "hub/hub.h"
#include "hub/journal.h"

/*
 * Into a hub that is new. Gateways are down, and they and those in their grace time have all of it
 * again. Returns 0, or -errno: then there is only a part of it.
 */
int load_all(struct hub *hub, struct journal *journal);

#endif

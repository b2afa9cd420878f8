/* savestate.h - what has changed in the states of rooms goes into the journal */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_SAVESTATE_H
#define HUB_SAVESTATE_H

#include "hub/journal.h"
#include "hub/state.h"

bool savestate_changed(const struct states *states); /* what was removed counts as well */
void savestate_put(struct journal *journal, const struct states *states); /* but what was removed */
void savestate_done(struct states *states); /* all of it is in the journal, as it is now */

#endif

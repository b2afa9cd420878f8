/* save_internal.h - what the files that write the journal share */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_SAVE_INTERNAL_H
#define HUB_SAVE_INTERNAL_H

#include "hub/hub.h"
#include "hub/journal.h"

/* What it is sent, and the journal does not have. */
void save_put_parcels(struct hub *hub, struct journal *journal, const struct gateway *gateway);

/* In save_handlers.c. */
bool save_handlers_needed(const struct handlers *handlers);
void save_put_handlers(struct hub *hub, struct journal *journal);
void save_handlers_done(struct hub *hub, uint64_t round);

#endif

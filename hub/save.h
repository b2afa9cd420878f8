/* save.h - what has changed in the hub goes into the journal */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_SAVE_H
#define HUB_SAVE_H

#include "hub/hub.h"
#include "hub/journal.h"

/* Something has changed that the journal must have before anyone is told. */
bool save_needed(const struct hub *hub);

/*
 * Puts all that has changed; it stays marked as such until save_done(), after a commit that
 * succeeded.
 */
void save_put(struct hub *hub, struct journal *journal);
void save_put_conns(struct hub *hub, struct journal *journal); /* of it, these */
/* `round`: what is now to go out to gateways waits for it. */
void save_done(struct hub *hub, uint64_t round);

/*
 * After loading: all that is here is as the journal has it. What was taken away since is still to
 * be.
 */
void save_loaded(struct hub *hub);

#endif

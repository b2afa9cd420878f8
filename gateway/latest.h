/* latest.h - of some frames only the latest is kept for a client that is behind */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_LATEST_H
#define GATEWAY_LATEST_H

#include "gateway/outbox.h"

/*
 * As outbox_push(), for a frame with a key and a client that is behind: if an older one with this
 * key waits, it is dropped. The newer one takes its place, unless a frame that has an order stands
 * behind it; then it goes to the end, so that none overtakes a frame with an order. The first frame
 * may be on its way, and stays.
 */
void latest_push(struct outbox *outbox, struct frame *frame);

void latest_free(struct latest *latest); /* takes NULL */

#endif

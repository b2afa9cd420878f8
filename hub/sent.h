/* sent.h - what a gateway was sent lately, in case its link broke before it arrived */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_SENT_H
#define HUB_SENT_H

#include "hub/backlog.h"

enum { SENT_MAX = 4 * 1024 * 1024 }; /* bytes; at least half of it is kept */

/* Numbered messages, encoded, in order. All-zero is none. */
struct sent {
	struct buf older, newer;
};

void sent_add(struct sent *sent, const struct msg *msg, size_t max); /* one without a number: no */
void sent_clear(struct sent *sent);

/*
 * Those after `seen` are put before what is in the backlog, and nothing is kept any more. How many
 * they are.
 */
unsigned sent_again(struct sent *sent, uint64_t seen, struct backlog *backlog);

#endif

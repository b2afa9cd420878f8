/* backlog.h - messages that a gateway cannot be sent now: bounded, in order */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_BACKLOG_H
#define HUB_BACKLOG_H

#include "proto/msg.h"

enum { BACKLOG_MAX = 32 * 1024 * 1024 }; /* bytes */

/* All-zero is an empty one. */
struct backlog {
	struct buf bytes; /* encoded messages */
	unsigned count;
};

/* false: full; not added */
bool backlog_add(struct backlog *backlog, const struct msg *msg, size_t max);
uint64_t backlog_first(const struct backlog *backlog); /* number of the first; it is not empty */
void backlog_drop_unnumbered(struct backlog *backlog); /* they belong to a link that is gone */
unsigned backlog_clear(struct backlog *backlog); /* how many messages there were; frees */

/* Sends from the front until send() does not return 0; then it returns that. */
int backlog_drain(
	struct backlog *backlog, int (*send)(void *arg, const struct msg *msg), void *arg);

#endif

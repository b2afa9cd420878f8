/* store.h - the journal in its process: opening it, and what must not block the loop */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_STORE_H
#define HUB_STORE_H

#include "hub/journal.h"
#include "proto/service.h"

struct store;

/* `on_synced` answers store_sync(). 0, or -errno after logging why. */
int store_open(struct service *service, enum journal_mode mode, void (*on_synced)(void *arg, int r),
	void *arg, struct store **ret_store);
void store_close(struct store *store); /* takes NULL */

/*
 * What is in it cannot be read: it is moved aside, and begins anew. 0, or -errno after logging why.
 */
int store_renew(struct store *store);

struct journal *store_journal(struct store *store);
enum journal_mode store_mode(const struct store *store);

void store_sync(struct store *store); /* JOURNAL_DISK; one at a time */
void store_committed(
	struct store *store); /* after each commit: starts a checkpoint when it is time */
/* For a moment nothing is to be committed, so that a checkpoint can catch up. */
bool store_holding(const struct store *store);

#endif

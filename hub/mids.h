/* mids.h - which messages of clients were taken lately, by the clients' own ids of them */
/* SPDX-License-Identifier: MIT */
#ifndef HUB_MIDS_H
#define HUB_MIDS_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/hash.h"
#include "proto/base/list.h"

enum {
	MIDS_MS = 5 * 60 * 1000, /* how long one is remembered */
	MIDS_PER_CLIENT = 2048, /* the oldest goes then, or at: */
	MIDS_PER_API = 65536, /* the same of a user of the server API, and of a handler */
	MIDS_MAX = 200000,
	MIDS_LEN_MAX = 128, /* bytes */
};

/* What no connection's id begins with: these are a user's, of the server API (api.c). */
#define MIDS_API "api/"
#define MIDS_HANDLER "handler/" /* likewise, and a handler's name */

struct mid_client;

struct mid {
	struct mid_client *client;
	struct list by_time, by_client;
	struct list by_dirty; /* the journal does not have it yet */
	uint64_t room; /* its id; 0: a direct message */
	uint64_t offset;
	uint64_t time; /* ms since 1970 */
	UT_hash_handle hh;
	size_t len;
	char text[];
};

struct mids {
	struct mid_client *clients;
	struct list all; /* struct mid, oldest first */
	struct list dirty;
	unsigned count;
	bool expired; /* the journal may have some that are forgotten here */
};

void mids_init(struct mids *mids);
void mids_done(struct mids *mids);

/* `client` is its connection's id, or MIDS_API and a user's name. */
const struct mid *mids_find(const struct mids *mids, struct slice client, struct slice mid);
/* It is not known yet. */
struct mid *mids_add(struct mids *mids, struct slice client, struct slice mid, uint64_t time);
struct slice mid_client_id(const struct mid *mid);

void mids_expire(struct mids *mids, uint64_t now); /* ms since 1970 */

#endif

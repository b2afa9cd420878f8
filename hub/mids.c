/* mids.c - which messages of clients were taken lately, by the clients' own ids of them */
/* SPDX-License-Identifier: MIT */
#include "hub/mids.h"

#include <assert.h>

struct mid_client {
	struct mid *by_text;
	struct list mids; /* oldest first */
	unsigned count, max;
	UT_hash_handle hh;
	size_t len;
	char id[];
};

void mids_init(struct mids *mids)
{
	*mids = (struct mids){ .count = 0 };
	list_init(&mids->all);
	list_init(&mids->dirty);
}

static void forget(struct mids *mids, struct mid *mid)
{
	struct mid_client *client = mid->client;

	list_remove(&mid->by_time);
	list_remove(&mid->by_client);
	list_remove(&mid->by_dirty);
	HASH_DELETE(hh, client->by_text, mid);
	mem_free(mid);
	mids->count--;
	if (--client->count > 0)
		return;
	HASH_DELETE(hh, mids->clients, client);
	mem_free(client);
}

static struct mid *oldest(struct mids *mids)
{
	return LIST_ENTRY(mids->all.next, struct mid, by_time);
}

void mids_done(struct mids *mids)
{
	while (mids->count)
		forget(mids, oldest(mids));
}

static struct mid_client *find_client(const struct mids *mids, struct slice id)
{
	struct mid_client *client = NULL;

	HASH_FIND(hh, mids->clients, id.ptr, id.len, client);
	return client;
}

const struct mid *mids_find(const struct mids *mids, struct slice id, struct slice text)
{
	const struct mid_client *client = find_client(mids, id);
	struct mid *mid = NULL;

	if (client)
		HASH_FIND(hh, client->by_text, text.ptr, text.len, mid);
	return mid;
}

static struct mid_client *client_new(struct mids *mids, struct slice id)
{
	struct mid_client *client = mem_alloc(sizeof(*client) + id.len);

	memcpy(client->id, id.ptr, id.len);
	client->len = id.len;
	client->max = slice_starts(id, slice_of(MIDS_API)) ||
			slice_starts(id, slice_of(MIDS_HANDLER))
		? MIDS_PER_API
		: MIDS_PER_CLIENT;
	list_init(&client->mids);
	HASH_ADD_KEYPTR(hh, mids->clients, client->id, client->len, client);
	return client;
}

struct mid *mids_add(struct mids *mids, struct slice id, struct slice text, uint64_t time)
{
	struct mid_client *client = find_client(mids, id);
	struct mid *mid = mem_alloc(sizeof(*mid) + text.len);

	assert(text.len > 0 && !mids_find(mids, id, text));
	if (!client)
		client = client_new(mids, id);
	mid->client = client;
	mid->time = time;
	mid->len = text.len;
	memcpy(mid->text, text.ptr, text.len);
	list_init(&mid->by_time);
	list_init(&mid->by_client);
	list_init(&mid->by_dirty);
	list_append(&mids->all, &mid->by_time);
	list_append(&client->mids, &mid->by_client);
	list_append(&mids->dirty, &mid->by_dirty);
	HASH_ADD_KEYPTR(hh, client->by_text, mid->text, mid->len, mid);
	mids->count++;
	if (++client->count > client->max)
		forget(mids, LIST_ENTRY(client->mids.next, struct mid, by_client));
	else if (mids->count > MIDS_MAX)
		forget(mids, oldest(mids));
	return mid;
}

struct slice mid_client_id(const struct mid *mid)
{
	return slice_make(mid->client->id, mid->client->len);
}

void mids_expire(struct mids *mids, uint64_t now)
{
	while (mids->count && oldest(mids)->time + MIDS_MS < now) {
		forget(mids, oldest(mids));
		mids->expired = true;
	}
}

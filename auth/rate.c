/* rate.c - how often something may be tried, for each name that it is tried under */
/* SPDX-License-Identifier: MIT */
#include "auth/rate.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"

/* `due`: when all tries are paid for. One more costs an interval, and may be `burst` ahead. */
struct entry {
	UT_hash_handle hh;
	uint64_t due_ms;
	size_t len;
	char name[];
};

struct rate {
	struct entry *entries; /* longest ago first */
	size_t max;
};

struct rate *rate_new(size_t max)
{
	struct rate *rate = mem_alloc(sizeof(*rate));

	rate->max = max;
	return rate;
}

static void forget(struct rate *rate, struct entry *entry)
{
	HASH_DEL(rate->entries, entry);
	mem_free(entry);
}

void rate_free(struct rate *rate)
{
	if (!rate)
		return;
	while (rate->entries)
		forget(rate, rate->entries);
	mem_free(rate);
}

static struct entry *find(const struct rate *rate, struct slice name)
{
	struct entry *entry;

	HASH_FIND(hh, rate->entries, name.ptr, name.len, entry);
	return entry;
}

static struct entry *add(struct rate *rate, struct slice name)
{
	struct entry *entry;

	if (HASH_COUNT(rate->entries) >= rate->max)
		forget(rate, rate->entries);
	entry = mem_alloc(sizeof(*entry) + name.len);
	entry->len = name.len;
	memcpy(entry->name, name.ptr, name.len);
	HASH_ADD_KEYPTR(hh, rate->entries, entry->name, entry->len, entry);
	return entry;
}

/* It becomes the newest. */
static void refresh(struct rate *rate, struct entry *entry)
{
	HASH_DEL(rate->entries, entry);
	HASH_ADD_KEYPTR(hh, rate->entries, entry->name, entry->len, entry);
}

bool rate_take(struct rate *rate, struct slice name, unsigned burst, uint64_t interval_ms,
	uint64_t now_ms, uint64_t *ret_wait_ms)
{
	struct entry *entry = find(rate, name);
	uint64_t ahead = burst * interval_ms;

	if (entry)
		refresh(rate, entry);
	else
		entry = add(rate, name);
	if (entry->due_ms < now_ms)
		entry->due_ms = now_ms;
	if (entry->due_ms + interval_ms > now_ms + ahead) {
		*ret_wait_ms = entry->due_ms + interval_ms - now_ms - ahead;
		return false;
	}
	entry->due_ms += interval_ms;
	return true;
}

void rate_give_back(struct rate *rate, struct slice name, uint64_t interval_ms)
{
	struct entry *entry = find(rate, name);

	if (entry && entry->due_ms >= interval_ms)
		entry->due_ms -= interval_ms;
}

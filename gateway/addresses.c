/* addresses.c - how many connections each address has; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/addresses.h"

#include <assert.h>

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

struct address_use {
	UT_hash_handle hh;
	struct address address;
	size_t count;
};

struct addresses {
	struct address_use *uses;
};

struct addresses *addresses_new(void)
{
	return mem_alloc(sizeof(struct addresses));
}

void addresses_free(struct addresses *addresses)
{
	if (!addresses)
		return;
	assert(!addresses->uses);
	mem_free(addresses);
}

size_t addresses_count(const struct addresses *addresses)
{
	return HASH_COUNT(addresses->uses);
}

static struct address_use *find(
	const struct addresses *addresses, const struct address *address, struct address *ret_key)
{
	struct address_use *use;

	*ret_key = address_counted(address);
	HASH_FIND(hh, addresses->uses, ret_key, sizeof(*ret_key), use);
	return use;
}

size_t addresses_uses(const struct addresses *addresses, const struct address *address)
{
	struct address key;
	const struct address_use *use = find(addresses, address, &key);

	return use ? use->count : 0;
}

struct address_use *addresses_take(struct addresses *addresses, const struct address *address)
{
	struct address_use *use;
	struct address key;

	if (!address_is_known(address))
		return NULL;
	use = find(addresses, address, &key);
	if (!use) {
		use = mem_alloc(sizeof(*use));
		use->address = key;
		HASH_ADD(hh, addresses->uses, address, sizeof(use->address), use);
	}
	use->count++;
	counter_set(COUNTER_GATEWAY_ADDRESSES, addresses_count(addresses));
	return use;
}

void addresses_give(struct addresses *addresses, struct address_use *use)
{
	if (!use)
		return;
	assert(use->count > 0);
	if (--use->count > 0)
		return;
	HASH_DEL(addresses->uses, use);
	counter_set(COUNTER_GATEWAY_ADDRESSES, addresses_count(addresses));
	mem_free(use);
}

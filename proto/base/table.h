/* table.h - hash tables; the links are members of what is in them, and half as large as uthash's */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_TABLE_H
#define PROTO_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The caller hashes and compares keys: those that a client chooses with hash_bytes(). An entry is
 * found by a walk over those of its hash, one as a rule:
 *
 *	for (link = table_first(table, hash); link; link = table_next(link))
 *		if (key of LIST_ENTRY(link, struct item, link) is the one)
 */
struct table_link {
	struct table_link *next;
	uint32_t hash;
};

struct table {
	struct table_link **slots; /* NULL: it has never had any entry */
	size_t slot_count; /* a power of two */
	size_t count;
};

void table_done(struct table *table); /* whatever is in it */
void table_add(struct table *table, struct table_link *link, uint32_t hash);
void table_remove(struct table *table, struct table_link *link); /* which is in it */

static inline struct table_link *table_of(struct table_link *link, uint32_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

/* Those of one hash; NULL: there are no more. */
static inline struct table_link *table_first(const struct table *table, uint32_t hash)
{
	return table->slots ? table_of(table->slots[hash & (table->slot_count - 1)], hash) : NULL;
}

static inline struct table_link *table_next(const struct table_link *link)
{
	return table_of(link->next, link->hash);
}

#endif

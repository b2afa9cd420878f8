/* table.c - hash tables; the links are members of what is in them, and half as large as uthash's */
/* SPDX-License-Identifier: MIT */
#include "proto/base/table.h"

#include <assert.h>

#include "proto/base/mem.h"

enum { SLOTS = 16 }; /* at first; there are as many as entries, or more */

void table_done(struct table *table)
{
	mem_free(table->slots);
	*table = (struct table){ .count = 0 };
}

static struct table_link **slot_of(const struct table *table, uint32_t hash)
{
	return &table->slots[hash & (table->slot_count - 1)];
}

static void insert(struct table *table, struct table_link *link)
{
	struct table_link **slot = slot_of(table, link->hash);

	link->next = *slot;
	*slot = link;
}

static void grow(struct table *table)
{
	struct table before = *table;

	table->slot_count = before.slot_count ? before.slot_count * 2 : SLOTS;
	table->slots = mem_array(table->slot_count, sizeof(struct table_link *));
	for (size_t i = 0; i < before.slot_count; i++)
		for (struct table_link *link = before.slots[i], *next; link; link = next) {
			next = link->next;
			insert(table, link);
		}
	mem_free(before.slots);
}

void table_add(struct table *table, struct table_link *link, uint32_t hash)
{
	if (table->count == table->slot_count)
		grow(table);
	link->hash = hash;
	insert(table, link);
	table->count++;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at = slot_of(table, link->hash);

	while (*at != link) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = link->next;
	table->count--;
}

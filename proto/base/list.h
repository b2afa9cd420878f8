/* list.h - doubly linked lists; the links are members of what is listed */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_LIST_H
#define PROTO_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A head, or a link. A link that is in no list points to itself, so removing it again does nothing.
 */
struct list {
	struct list *prev, *next;
};

/* clang-format off */
/* What a link is a member of. */
#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))
/* clang-format on */

static inline void list_init(struct list *list)
{
	list->prev = list->next = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* At the end; it is taken from the list that it is in. */
static inline void list_append(struct list *list, struct list *link)
{
	list_remove(link);
	link->prev = list->prev;
	link->next = list;
	list->prev->next = link;
	list->prev = link;
}

#endif

/* figureset.c - what some connections were sent and have sent, by the hub's numbers of them */
/* SPDX-License-Identifier: MIT */
#include "gateway/figureset.h"

#include <stdlib.h>

static size_t count_of(const struct figureset *set)
{
	return set->all.len / sizeof(struct msg_figure);
}

static int compare(const void *a, const void *b)
{
	const struct msg_figure *one = a, *other = b;

	return (one->serial > other->serial) - (one->serial < other->serial);
}

void figureset_done(struct figureset *set)
{
	buf_done(&set->all);
}

void figureset_add(struct figureset *set, struct msg_list figures)
{
	struct msg_figure figure;

	while (msg_next_figure(&figures, &figure))
		buf_add(&set->all, &figure, sizeof(figure));
}

void figureset_sort(struct figureset *set)
{
	if (set->all.len)
		qsort(set->all.data, count_of(set), sizeof(struct msg_figure), compare);
}

const struct msg_figure *figureset_find(const struct figureset *set, uint64_t serial)
{
	struct msg_figure wanted = { .serial = serial };

	if (!set || set->all.len == 0)
		return NULL;
	return bsearch(&wanted, set->all.data, count_of(set), sizeof(wanted), compare);
}

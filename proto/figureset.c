/* figureset.c - what some connections were sent and have sent, by the hub's numbers of them */
/* SPDX-License-Identifier: MIT */
#include "proto/figureset.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

void figureset_put(struct figureset *set, const struct msg_figure *figure)
{
	buf_add(&set->all, figure, sizeof(*figure));
}

void figureset_add(struct figureset *set, struct msg_list figures)
{
	struct msg_figure figure;

	while (msg_next_figure(&figures, &figure))
		figureset_put(set, &figure);
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

/* The serial is first, so none of these is 0. */
static const size_t places[API_ORDERS] = {
	[ORDER_SENT] = offsetof(struct msg_figure, sent),
	[ORDER_SENT_BYTES] = offsetof(struct msg_figure, sent_bytes),
	[ORDER_RECEIVED] = offsetof(struct msg_figure, received),
	[ORDER_RECEIVED_BYTES] = offsetof(struct msg_figure, received_bytes),
	[ORDER_QUEUED] = offsetof(struct msg_figure, queued),
};

bool figureset_orders(enum api_order order)
{
	return places[order] != 0;
}

uint64_t figureset_number(const struct figureset *set, uint64_t serial, enum api_order order)
{
	const struct msg_figure *figure;
	uint64_t number = 0;

	if (!figureset_orders(order))
		return 0;
	figure = figureset_find(set, serial);
	if (figure)
		memcpy(&number, (const char *)figure + places[order], sizeof(number));
	return number;
}

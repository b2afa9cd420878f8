/* figureset.h - what some connections were sent and have sent, by the hub's numbers of them */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_FIGURESET_H
#define PROTO_FIGURESET_H

#include "proto/event.h"
#include "proto/msg.h"

/* All-zero: of none. */
struct figureset {
	struct buf all; /* struct msg_figure */
};

void figureset_done(struct figureset *set);
void figureset_add(struct figureset *set, struct msg_list figures);
void figureset_put(struct figureset *set, const struct msg_figure *figure);
void figureset_sort(struct figureset *set); /* when all are there, before any is looked for */
/* NULL: it is not there. `set` may be NULL. */
const struct msg_figure *figureset_find(const struct figureset *set, uint64_t serial);

/* Which of its figures a connection stands by in this order; 0: it is no order of figures. */
uint64_t figureset_number(const struct figureset *set, uint64_t serial, enum api_order order);
bool figureset_orders(enum api_order order);

#endif

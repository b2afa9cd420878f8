/* api_order.h - orders of pages of the server API, and where the next begins; knows no sockets */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_ORDER_H
#define GATEWAY_API_ORDER_H

#include "gateway/api_call.h"

/* What the call says in `ordered`. False: its method knows no such order. */
bool api_order_read(struct api_command *call);

/*
 * What the call says in `after`, which is taken apart. By name it is a name, and since when a
 * connection is there its serial; else `NUMBER:SERIAL:TEXT`.
 */
bool api_after_read(struct api_command *call);

/* The same of what a page ends with. */
void api_after_put(
	struct buf *out, enum api_order order, uint64_t number, uint64_t serial, struct slice text);

#endif

/* api_order.c - orders of pages of the server API, and where the next begins; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "gateway/api_order.h"

#include "proto/base/mem.h"
#include "proto/json.h"

static const struct {
	struct slice name;
	enum api_query of;
} orders[API_ORDERS] = {
#define ORDER(NAME, name, OF) [ORDER_##NAME] = { { #name, sizeof(#name) - 1 }, API_QUERY_##OF },
#include "proto/orders.def"
#undef ORDER
};

/* Pages of members of a room are connections. */
static enum api_query query_of(const struct api_command *call)
{
	return call->method == API_METHOD_ROOMS ? API_QUERY_ROOMS : API_QUERY_CONNECTIONS;
}

bool api_order_read(struct api_command *call)
{
	struct slice name = call->ordered;
	enum api_query query = query_of(call);

	call->order = query == API_QUERY_ROOMS ? ORDER_NAME : ORDER_SINCE;
	if (name.len == 0)
		return true;
	call->descending = name.ptr[0] == '-';
	if (call->descending)
		name = slice_make(name.ptr + 1, name.len - 1);
	for (unsigned order = 0; order < API_ORDERS; order++) {
		if (orders[order].of != query || !slice_eq(orders[order].name, name))
			continue;
		call->order = (enum api_order)order;
		return !call->closed;
	}
	return false;
}

/* Up to a colon, which is taken off as well. */
static bool take_number(struct slice *text, uint64_t *ret_number)
{
	const char *colon = text->len ? memchr(text->ptr, ':', text->len) : NULL;
	size_t len = colon ? (size_t)(colon - text->ptr) : 0;

	if (!colon || !event_offset_parse(slice_make(text->ptr, len), ret_number))
		return false;
	*text = slice_make(colon + 1, text->len - len - 1);
	return true;
}

bool api_after_read(struct api_command *call)
{
	struct slice text = call->after;

	call->goes_on = true;
	if (call->order == ORDER_NAME)
		return event_room_valid(text);
	call->after = (struct slice){ NULL, 0 };
	if (call->order == ORDER_SINCE)
		return event_offset_parse(text, &call->since);
	if (!take_number(&text, &call->number) || !take_number(&text, &call->since))
		return false;
	call->after = text;
	return true;
}

void api_after_put(
	struct buf *out, enum api_order order, uint64_t number, uint64_t serial, struct slice text)
{
	_cleanup_(buf_done) struct buf after = { .cap = 0 };

	if (order == ORDER_SINCE) {
		buf_printf(&after, "%llu", (unsigned long long)serial);
	} else if (order != ORDER_NAME) {
		buf_printf(&after, "%llu:%llu:", (unsigned long long)number,
			(unsigned long long)serial);
	}
	buf_put(&after, text);
	json_add_string(out, "next", buf_slice(&after));
}

/* figures.c - what gateways know of connections, asked of each for a page of the server API */
/* SPDX-License-Identifier: MIT */
#include "hub/figures.h"

#include "proto/base/mem.h"

/* Those of one gateway; the others' are asked for in their turn. */
static struct msg_list gather(
	const struct gateway *gateway, const struct page *page, size_t count, struct buf *raw)
{
	struct msg_list list = { .count = 0 };

	buf_clear(raw);
	for (size_t i = 0; i < count; i++) {
		const struct conn *conn = page->items[i].what;
		struct msg_figureref ref = { .conn = conn->key.number, .serial = conn->serial };

		if (conn->key.gateway == gateway && conn->state == CONN_LIVE)
			msg_add_figureref(raw, &list, &ref);
	}
	return list;
}

uint32_t figures_ask(struct hub *hub, const struct gateway *asker, uint64_t call,
	const struct page *page, size_t count)
{
	struct msg msg = { .type = MSG_FIGURES_ASK,
		.figures_ask = { .asker = asker->epoch, .call = call } };
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct list *all = &hub->peers.all;
	uint32_t parts = 0;

	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);

		if (!gateway->open)
			continue;
		msg.figures_ask.connections = gather(gateway, page, count, &raw);
		if (msg.figures_ask.connections.count == 0)
			continue;
		gateway_send(gateway, &msg);
		parts++;
	}
	return parts;
}

void figures_pass_on(struct hub *hub, const struct msg_figures *figures)
{
	struct msg msg = { .type = MSG_API_FIGURES,
		.api_figures = { .call = figures->call, .figures = figures->figures } };
	struct gateway *asker = peers_find(&hub->peers, figures->asker);

	if (asker && asker->open)
		gateway_send(asker, &msg);
}

/* ranking.c - pages in an order that only gateways know: they are asked first; knows no sockets */
/* SPDX-License-Identifier: MIT */
#include "hub/ranking.h"

#include "hub/query.h"

enum { WAIT_MS = 500 /* of what takes a few */ };

/* A page that is to be answered; its gateway may be gone until then. */
struct ranked_page {
	uint64_t gateway; /* its epoch */
	struct buf query; /* a message API_QUERY, encoded */
};

void ranking_done(struct ranking *ranking)
{
	struct ranked_page *pages = (struct ranked_page *)ranking->waiting.data;

	for (size_t i = 0; i < ranking->waiting.len / sizeof(*pages); i++)
		buf_done(&pages[i].query);
	buf_done(&ranking->waiting);
	figureset_done(&ranking->all);
}

bool ranking_needed(const struct msg_api_query *query)
{
	return figureset_orders((enum api_order)query->order);
}

/* ---- asking ---- */

static void ask_gateways(struct hub *hub)
{
	struct ranking *ranking = &hub->ranking;
	struct msg msg = { .type = MSG_FIGURES_ASK, .figures_ask = { .asker = 0 } };
	struct list *all = &hub->peers.all;

	msg.figures_ask.call = ++ranking->number;
	ranking->due = mono_after(hub->now, WAIT_MS);
	for (struct list *link = all->next; link != all; link = link->next) {
		struct gateway *gateway = LIST_ENTRY(link, struct gateway, all);

		if (!gateway->open)
			continue;
		gateway_send(gateway, &msg);
		ranking->awaited++;
	}
}

void ranking_ask(struct hub *hub, const struct gateway *gateway, const struct msg_api_query *query)
{
	struct msg msg = { .type = MSG_API_QUERY, .api_query = *query };
	struct ranked_page page = { .gateway = gateway->epoch };

	msg_encode(&page.query, &msg);
	buf_add(&hub->ranking.waiting, &page, sizeof(page));
	if (hub->ranking.awaited == 0)
		ask_gateways(hub); /* the one that asks for the page among them */
}

/* ---- answers ---- */

/* It was encoded here, so it can be decoded. */
static void answer(struct hub *hub, struct ranked_page *page)
{
	struct gateway *gateway = peers_find(&hub->peers, page->gateway);
	struct slice bytes = buf_slice(&page->query);
	struct msg msg = { .type = MSG_API_QUERY };

	(void)msg_decode(&bytes, &msg);
	if (gateway && gateway->open)
		query_answer_ranked(hub, gateway, &msg.api_query);
}

static void answer_all(struct hub *hub)
{
	struct ranking *ranking = &hub->ranking;
	struct ranked_page *pages = (struct ranked_page *)ranking->waiting.data;

	figureset_sort(&ranking->all);
	ranking->awaited = 0;
	for (size_t i = 0; i < ranking->waiting.len / sizeof(*pages); i++)
		answer(hub, &pages[i]);
	ranking_done(ranking);
}

void ranking_take(struct hub *hub, struct gateway *gateway, const struct msg_figures *figures)
{
	struct ranking *ranking = &hub->ranking;
	struct msg_list list = figures->figures;
	struct msg_figure figure;

	if (ranking->awaited == 0 || figures->call != ranking->number)
		return;
	while (msg_next_figure(&list, &figure)) {
		const struct conn *conn = conn_find(&hub->conns, gateway, figure.serial);

		if (!conn || conn->state != CONN_LIVE)
			continue;
		figure.serial = conn->serial;
		figureset_put(&ranking->all, &figure);
	}
	if (--ranking->awaited == 0)
		answer_all(hub);
}

void ranking_step(struct hub *hub)
{
	if (hub->ranking.awaited > 0 && !mono_before(hub->now, hub->ranking.due))
		answer_all(hub);
}

struct mono ranking_deadline(const struct hub *hub)
{
	return hub->ranking.awaited > 0 ? hub->ranking.due : (struct mono){ UINT64_MAX };
}

void ranking_tell(struct hub *hub, struct gateway *gateway, uint64_t call, const struct page *page,
	size_t count)
{
	struct msg msg = { .type = MSG_API_FIGURES, .api_figures = { .call = call } };
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };

	for (size_t i = 0; i < count; i++) {
		const struct conn *conn = page->items[i].what;
		const struct msg_figure *figure = figureset_find(&hub->ranking.all, conn->serial);

		if (figure)
			msg_add_figure(&raw, &msg.api_figures.figures, figure);
	}
	gateway_send(gateway, &msg);
}

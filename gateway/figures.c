/* figures.c - what clients were sent and have sent, for pages of the server API */
/* SPDX-License-Identifier: MIT */
#include "gateway/figures.h"

#include "gateway/clients.h"
#include "gateway/uplink.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"

enum { WAIT_MS = 500 /* of what takes a few; then the page is shown without */ };

/* ---- of our own clients ---- */

static struct msg_figure figure_of(const struct client *client, uint64_t serial)
{
	return (struct msg_figure){ .serial = serial,
		.sent = client->tally.sent,
		.sent_bytes = client->tally.sent_bytes,
		.received = client->tally.received,
		.received_bytes = client->tally.received_bytes,
		.queued = client->outbox.bytes };
}

/* By their own numbers. */
static void add_all(struct gateway *gateway, struct buf *raw, struct msg_list *figures)
{
	const struct list *all = &gateway->clients->all;

	for (const struct list *link = all->next; link != all; link = link->next) {
		const struct client *client = LIST_ENTRY(link, const struct client, link);
		struct msg_figure figure;

		if (!client->session)
			continue;
		figure = figure_of(client, client->session->conn);
		msg_add_figure(raw, figures, &figure);
	}
}

void figures_answer(struct gateway *gateway, const struct msg_figures_ask *ask)
{
	struct msg msg = { .type = MSG_FIGURES,
		.figures = { .asker = ask->asker, .call = ask->call } };
	_cleanup_(buf_done) struct buf raw = { .cap = 0 };
	struct msg_list refs = ask->connections;
	struct msg_figureref ref;

	if (ask->asker == 0)
		add_all(gateway, &raw, &msg.figures.figures);
	while (msg_next_figureref(&refs, &ref)) {
		const struct session *session = session_find(gateway->sessions, ref.conn);
		struct msg_figure figure;

		if (!session || !session->member.client)
			continue;
		figure = figure_of(session->member.client, ref.serial);
		msg_add_figure(&raw, &msg.figures.figures, &figure);
	}
	uplink_mention(gateway->uplink, &msg);
}

/* ---- of a page ---- */

struct figures {
	struct wheel_node deadline; /* first */
	struct buf page; /* a message API_CONNECTIONS, encoded */
	struct figureset all;
	uint32_t awaited; /* parts */
	figures_fn fn;
	void *arg;
};

static void whole(struct figures *figures)
{
	wheel_remove(&figures->deadline);
	figureset_sort(&figures->all);
	figures->fn(figures->arg);
}

static void on_deadline(struct wheel_node *node)
{
	whole((struct figures *)node);
}

struct figures *figures_await(
	struct wheel *wheel, const struct msg_api_connections *page, figures_fn fn, void *arg)
{
	struct figures *figures = mem_alloc(sizeof(*figures));
	struct msg msg = { .type = MSG_API_CONNECTIONS, .api_connections = *page };

	msg_encode(&figures->page, &msg);
	figures->awaited = page->parts;
	figures->fn = fn;
	figures->arg = arg;
	wheel_add(wheel, &figures->deadline, clock_now(), WAIT_MS, on_deadline);
	return figures;
}

void figures_free(struct figures *figures)
{
	if (!figures)
		return;
	wheel_remove(&figures->deadline);
	buf_done(&figures->page);
	figureset_done(&figures->all);
	mem_free(figures);
}

void figures_take(struct figures *figures, const struct msg_api_figures *part)
{
	if (figures->awaited == 0)
		return;
	figureset_add(&figures->all, part->figures);
	if (--figures->awaited == 0)
		whole(figures);
}

/* It was encoded here, so it can be decoded. */
void figures_page(const struct figures *figures, struct msg_api_connections *ret_page)
{
	struct slice bytes = buf_slice(&figures->page);
	struct msg msg = { .type = MSG_API_CONNECTIONS };

	(void)msg_decode(&bytes, &msg);
	*ret_page = msg.api_connections;
}

const struct figureset *figures_all(const struct figures *figures)
{
	return &figures->all;
}

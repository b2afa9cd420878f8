/* http_series.c - /api/series/...: metrics is asked, and all who wait get one answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_series.h"

#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/counters.h"
#include "proto/link.h"

enum { RECENT_MS = 1000, PATIENCE_MS = 2000 };

struct part {
	struct buf text;
	struct mono at; /* when it came */
	bool asked;
	struct list waiting; /* of struct series_wait */
};

struct http_series {
	struct gateway *gateway;
	struct link *link;
	struct timer *timer; /* runs while something is asked */
	struct part parts[RANGES];
};

static void wake(struct part *part, bool failed)
{
	part->asked = false;
	while (!list_empty(&part->waiting)) {
		struct series_wait *wait = LIST_ENTRY(part->waiting.next, struct series_wait, link);

		list_remove(&wait->link);
		wait->over = true;
		wait->failed = failed;
		lws_rx_flow_control(wait->wsi, 1);
		lws_callback_on_writable(wait->wsi);
	}
}

static void give_up(struct http_series *series)
{
	for (unsigned range = 0; range < RANGES; range++)
		wake(&series->parts[range], true);
}

static void on_timer(void *arg)
{
	give_up(arg);
}

static void on_down(void *self, struct link_peer *peer)
{
	struct gateway *gateway = self;

	(void)peer;
	give_up(gateway->series);
}

static const struct link_ops ops = { .on_down = on_down };

int http_series_new(
	struct gateway *gateway, const struct dispatch *dispatch, struct http_series **ret_series)
{
	struct http_series *series = mem_alloc(sizeof(*series));
	int r;

	series->gateway = gateway;
	for (unsigned range = 0; range < RANGES; range++)
		list_init(&series->parts[range].waiting);
	r = service_link(gateway->service, LINK_SERIES, dispatch, &ops, gateway, &series->link);
	if (r < 0) {
		http_series_free(series);
		return r;
	}
	series->timer = timer_new(gateway->loop, on_timer, series);
	*ret_series = series;
	return 0;
}

void http_series_free(struct http_series *series)
{
	if (!series)
		return;
	timer_free(series->timer);
	link_free(series->link);
	for (unsigned range = 0; range < RANGES; range++)
		buf_done(&series->parts[range].text);
	mem_free(series);
}

bool http_series_recent(
	const struct http_series *series, enum series_range range, struct slice *ret_text)
{
	const struct part *part = &series->parts[range];

	if (part->text.len == 0 || !mono_before(clock_now(), mono_after(part->at, RECENT_MS)))
		return false;
	*ret_text = buf_slice(&part->text);
	return true;
}

struct slice http_series_last(const struct http_series *series, enum series_range range)
{
	return buf_slice(&series->parts[range].text);
}

static bool ask(struct http_series *series, enum series_range range)
{
	struct msg msg = { .type = MSG_ASK_SERIES, .ask_series = { .range = (uint8_t)range } };

	if (link_send(series->link, NULL, &msg) < 0)
		return false;
	counter_add(COUNTER_GATEWAY_SERIES_ASKED, 1);
	series->parts[range].asked = true;
	if (!timer_active(series->timer))
		timer_start(series->timer, PATIENCE_MS);
	return true;
}

bool http_series_wait(struct http_series *series, struct series_wait *wait)
{
	struct part *part = &series->parts[wait->range];

	if (!part->asked && !ask(series, wait->range))
		return false;
	list_append(&part->waiting, &wait->link);
	return true;
}

static bool anything_is_asked(const struct http_series *series)
{
	for (unsigned range = 0; range < RANGES; range++)
		if (series->parts[range].asked)
			return true;
	return false;
}

void http_series_on_answer(struct http_series *series, const struct msg_series *answer)
{
	struct part *part;

	if (answer->range >= RANGES)
		return;
	part = &series->parts[answer->range];
	buf_clear(&part->text);
	buf_put(&part->text, answer->text);
	part->at = clock_now();
	wake(part, false);
	if (!anything_is_asked(series))
		timer_stop(series->timer);
}

/* http_series.c - /api/series/...: metrics is asked, and all who wait get one answer */
/* SPDX-License-Identifier: MIT */
#include "gateway/http_series.h"

#include "gateway/admit.h"
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
	struct list judged; /* struct series_wait: of whom auth is being asked */
	struct part parts[RANGES];
};

static void finish(struct series_wait *wait, enum refusal refusal)
{
	list_remove(&wait->link);
	wait->over = true;
	wait->refusal = refusal;
	lws_rx_flow_control(wait->wsi, 1);
	lws_callback_on_writable(wait->wsi);
}

static void wake(struct part *part, enum refusal refusal)
{
	part->asked = false;
	while (!list_empty(&part->waiting))
		finish(LIST_ENTRY(part->waiting.next, struct series_wait, link), refusal);
}

void http_series_drop(struct series_wait *wait)
{
	if (wait->question)
		question_drop(wait->question);
	wait->question = NULL;
	list_remove(&wait->link);
}

static void give_up(struct http_series *series)
{
	for (unsigned range = 0; range < RANGES; range++)
		wake(&series->parts[range], REFUSAL_SERIES);
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
	list_init(&series->judged);
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
	give_up(series);
	while (!list_empty(&series->judged)) {
		struct series_wait *wait = LIST_ENTRY(
			series->judged.next, struct series_wait, link);

		http_series_drop(wait);
		finish(wait, REFUSAL_STOPPING);
	}
	timer_free(series->timer);
	link_free(series->link);
	for (unsigned range = 0; range < RANGES; range++)
		buf_done(&series->parts[range].text);
	mem_free(series);
}

static bool is_recent(const struct part *part)
{
	return part->text.len && mono_before(clock_now(), mono_after(part->at, RECENT_MS));
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

static enum refusal ask_metrics(
	struct http_series *series, struct series_wait *wait, struct slice *ret_text)
{
	struct part *part = &series->parts[wait->range];

	if (is_recent(part)) {
		*ret_text = buf_slice(&part->text);
		return REFUSAL_NONE;
	}
	if (!part->asked && !ask(series, wait->range))
		return REFUSAL_SERIES;
	list_append(&part->waiting, &wait->link);
	return REFUSAL_NONE;
}

/* ---- who may ---- */

static enum refusal judge(const struct http_series *series, const struct msg_verdict *verdict)
{
	bool admins = series->gateway->conf->series == SERIES_ADMIN;

	if (!verdict)
		return REFUSAL_AUTH_AWAY;
	if (verdict->verdict != VERDICT_ALLOW || verdict->user.len == 0)
		return REFUSAL_UNAUTHORIZED;
	return admins && !verdict->admin ? REFUSAL_ADMINS : REFUSAL_NONE;
}

static void on_verdict(void *arg, const struct msg_verdict *verdict)
{
	struct series_wait *wait = arg;
	enum refusal refusal = judge(wait->series, verdict);
	struct slice text = { NULL, 0 };

	wait->question = NULL;
	list_remove(&wait->link);
	if (refusal == REFUSAL_NONE)
		refusal = ask_metrics(wait->series, wait, &text);
	if (refusal != REFUSAL_NONE || text.len)
		finish(wait, refusal);
}

enum refusal http_series_ask(struct http_series *series, struct series_wait *wait,
	const struct series_asker *asker, struct slice *ret_text)
{
	struct gateway *gateway = series->gateway;
	int64_t access = gateway->conf->series;

	wait->series = series;
	*ret_text = slice_of(NULL);
	if (access == SERIES_ANYONE)
		return ask_metrics(series, wait, ret_text);
	if (access == SERIES_NOBODY || !gateway->admit)
		return REFUSAL_NOT_FOUND;
	if (asker->token.len == 0)
		return REFUSAL_UNAUTHORIZED;
	list_append(&series->judged, &wait->link);
	wait->question = admit_check(
		gateway->admit, asker->token, asker->address, on_verdict, wait);
	return REFUSAL_NONE;
}

/* ---- answers ---- */

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
	wake(part, REFUSAL_NONE);
	if (!anything_is_asked(series))
		timer_stop(series->timer);
}

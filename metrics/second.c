/* second.c - each second: what is known goes into series, and alerts look at it */
/* SPDX-License-Identifier: MIT */
#include "metrics/second.h"

#include <assert.h>
#include <stdio.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

enum {
	SECOND_MS = 1000,
	AFTER_MS = 20, /* after the second has begun: a timer may be a little early */
};

/* ---- series ---- */

static void put(void *arg, const struct figure *figure)
{
	struct metrics *metrics = arg;
	const struct series_kind kind = { .worst = figure->worst, .page = figure->page };
	char name[STORE_NAME_MAX + SERIES_NAME_MAX];
	int len = snprintf(name, sizeof(name), "%s.%s", figure->of, figure->name);

	if (series_put(metrics->series, slice_make(name, (size_t)len), &kind, figure->value) == 0)
		return;
	counter_add(COUNTER_METRICS_SERIES_REFUSED, 1);
	if (!metrics->series_full)
		log_warn("series_full", "max=%lld hint=\"raise [metrics] max_series\"",
			(long long)metrics->conf->max_series);
	metrics->series_full = true;
}

static void record(struct metrics *metrics, uint64_t wall_s)
{
	series_time(metrics->series, wall_s);
	figures_each(metrics->store, &metrics->host, put, metrics);
}

/* ---- alerts ---- */

static void see(void *arg, const struct figure *figure)
{
	alerts_see(arg, figure);
}

static void on_change(void *arg, const struct alert *alert)
{
	const char *state = alert->firing ? "firing" : "ok";

	log_warn("alert", "name=%s state=%s value=%g on=%s", log_quote(slice_of(alert->name)),
		state, alert->value, alert->on);
	metrics_publish_alert(arg, alert);
}

static void look(struct metrics *metrics, uint64_t wall_ms)
{
	uint64_t firing = 0;

	alerts_begin(&metrics->alerts);
	figures_each(metrics->store, &metrics->host, see, &metrics->alerts);
	alerts_end(&metrics->alerts, clock_now(), wall_ms, on_change, metrics);
	for (size_t i = 0; i < metrics->alerts.count; i++)
		firing += metrics->alerts.all[i].firing;
	counter_set(COUNTER_METRICS_ALERTS_FIRING, firing);
}

/* Of the section, NULL behind the last; the memory is the caller's, the texts are the settings'. */
static const char **labels_of(struct service *service)
{
	const char **labels = NULL, *label;
	size_t count = 0;

	do {
		labels = mem_realloc(labels, count + 1, sizeof(*labels));
		labels[count] = NULL;
		if (service_conf_named(service, "alert", count, &label))
			labels[count] = label;
	} while (labels[count++]);
	return labels;
}

void second_conf(struct service *service, struct alerts *ret_alerts)
{
	_cleanup_(mem_freep) const char **labels = labels_of(service);
	const struct alert_conf *conf;
	const char *label, *why;

	*ret_alerts = (struct alerts){ .count = 0 };
	for (size_t n = 0; (conf = service_conf_named(service, "alert", n, &label)); n++) {
		int r = conf->when[0] ? alerts_add(ret_alerts, label, conf->when, conf->clear, &why)
				      : 0;

		assert(r == 0); /* the table of settings has seen to it */
	}
	alerts_add_defaults(ret_alerts, labels);
}

/* ---- the second ---- */

/* By the wall clock, in which series are; a second that was missed by a little is made good. */
static void on_second(void *arg)
{
	struct metrics *metrics = arg;
	uint64_t wall_ms = clock_wall_ms(), wall_s = wall_ms / 1000;

	timer_start(metrics->second, SECOND_MS + AFTER_MS - wall_ms % SECOND_MS);
	if (wall_s == metrics->last_s)
		return;
	if (metrics->last_s && wall_s == metrics->last_s + 2)
		record(metrics, wall_s - 1);
	record(metrics, wall_s);
	metrics->last_s = wall_s;
	counter_set(COUNTER_METRICS_SERIES, series_count(metrics->series));
	look(metrics, wall_ms);
	if (mono_before(clock_now(), mono_after(metrics->saved, (uint64_t)metrics->conf->save)))
		return;
	metrics->saved = clock_now();
	keep_save(metrics->keep);
}

void second_begin(struct metrics *metrics)
{
	struct service *service = metrics->service;

	metrics->series = series_new((size_t)metrics->conf->max_series);
	metrics->keep = keep_new(
		service_loop(service), service_state_dir(service), metrics->series);
	metrics->saved = clock_now();
	metrics->second = timer_new(service_loop(service), on_second, metrics);
	timer_start(metrics->second, SECOND_MS + AFTER_MS - clock_wall_ms() % SECOND_MS);
}

void second_end(struct metrics *metrics)
{
	timer_free(metrics->second);
	if (metrics->keep)
		keep_save_now(metrics->keep);
	keep_free(metrics->keep);
	series_free(metrics->series);
}

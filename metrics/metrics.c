/* metrics.c - the metrics process: its settings and its parts */
/* SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include "metrics/prom.h"
#include "metrics/second.h"
#include "proto/base/clock.h"
#include "proto/base/mem.h"
#include "proto/counters.h"

static void on_interval(void *arg)
{
	struct metrics *metrics = arg;
	struct mono now = clock_now();

	metrics_report_own(metrics);
	store_expire(metrics->store, now);
	sampler_host(metrics->sampler, &metrics->host);
	sampler_processes(metrics->sampler, metrics->store, now);
	metrics_publish(metrics);
}

static void on_scrape(void *arg, struct buf *out)
{
	struct metrics *metrics = arg;

	counter_add(COUNTER_METRICS_SCRAPES, 1);
	metrics_report_own(metrics);
	store_expire(metrics->store, clock_now());
	prom_write(out, metrics->store, &metrics->host);
}

static bool on_series(void *arg, struct slice range, struct slice of, struct buf *out)
{
	struct metrics *metrics = arg;
	enum series_range which = RANGE_10M;

	if (range.len && !series_range(range, &which))
		return false;
	series_json(metrics->series, which, of, out);
	return true;
}

static void on_hello(void *self, struct link_peer *peer, const struct msg_hello *hello)
{
	struct metrics *metrics = self;

	(void)hello;
	(void)link_welcome(metrics->asked, peer, 0);
}

static const struct link_ops asked_ops = { .on_hello = on_hello };

static int open_links(struct metrics *metrics)
{
	int r = service_link(metrics->service, LINK_METRICS, &metrics_dispatch, NULL, metrics,
		&metrics->reports);

	if (r == 0)
		r = service_link(metrics->service, LINK_SERIES, &metrics_dispatch, &asked_ops,
			metrics, &metrics->asked);
	if (r == 0)
		r = service_link(metrics->service, LINK_HUB, NULL, NULL, metrics, &metrics->hub);
	return r;
}

static int open_http(struct metrics *metrics)
{
	const struct http_options options = {
		.loop = service_loop(metrics->service),
		.listen = metrics->conf->listen,
		.port = (uint16_t)metrics->conf->port,
		.scrape = on_scrape,
		.series = on_series,
		.arg = metrics,
	};

	return http_new(&options, &metrics->http);
}

static void say_ready(struct metrics *metrics)
{
	_cleanup_(mem_freep) char *fields = mem_printf(
		"X_ATRIUM_PORT=%u", http_port(metrics->http));

	service_status(metrics->service, "serves /metrics on port %u", http_port(metrics->http));
	service_ready(metrics->service, fields);
}

int metrics_start(struct service *service, void **ret_self)
{
	struct metrics *metrics = mem_alloc(sizeof(*metrics));
	const char *state = service_state_dir(service);
	int r;

	metrics->service = service;
	metrics->conf = service_conf(service, "metrics");
	metrics->store = store_new();
	metrics->sampler = sampler_new("/proc", state[0] ? state : "/");
	metrics->timer = timer_new(service_loop(service), on_interval, metrics);
	second_conf(service, &metrics->alerts);
	r = open_links(metrics);
	if (r == 0)
		r = open_http(metrics);
	if (r < 0) {
		metrics_stop(metrics);
		return r;
	}
	second_begin(metrics);
	on_interval(metrics);
	timer_repeat(metrics->timer, (uint64_t)metrics->conf->interval);
	*ret_self = metrics;
	say_ready(metrics);
	return 0;
}

int metrics_reload(void *self)
{
	_cleanup_(mem_freep) struct alerts *alerts = mem_alloc(sizeof(*alerts));
	struct metrics *metrics = self;

	metrics->conf = service_conf(metrics->service, "metrics");
	timer_repeat(metrics->timer, (uint64_t)metrics->conf->interval);
	second_conf(metrics->service, alerts);
	alerts_inherit(alerts, &metrics->alerts);
	metrics->alerts = *alerts;
	return 0;
}

void metrics_stop(void *self)
{
	struct metrics *metrics = self;

	second_end(metrics);
	timer_free(metrics->timer);
	link_free(metrics->hub);
	link_free(metrics->asked);
	link_free(metrics->reports);
	http_free(metrics->http); /* after the links, see there */
	sampler_free(metrics->sampler);
	store_free(metrics->store);
	buf_done(&metrics->body);
	mem_free(metrics);
}

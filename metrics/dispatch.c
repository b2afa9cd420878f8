/* dispatch.c - reports of counters, from other processes and our own */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "metrics/metrics.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/counters.h"
#include "proto/version.h"

static void take(struct metrics *metrics, const struct msg_counters *report)
{
	int r = store_report(metrics->store, clock_now(), report);

	if (r < 0)
		log_warn("report_refused", "name=%s why=%s", log_quote(report->name),
			r == -ENOSPC ? "\"too many processes\"" : "\"not one of ours\"");
}

static void on_counters(void *self, struct link_peer *peer, const struct msg *msg)
{
	(void)peer;
	counter_add(COUNTER_METRICS_REPORTS, 1);
	take(self, &msg->counters);
}

static void on_ask_series(void *self, struct link_peer *peer, const struct msg *msg)
{
	struct metrics *metrics = self;
	struct msg answer = { .type = MSG_SERIES };

	if (msg->ask_series.range >= RANGES)
		return;
	buf_clear(&metrics->body);
	series_json(metrics->series, (enum series_range)msg->ask_series.range, SLICE(""),
		&metrics->body);
	answer.series.range = msg->ask_series.range;
	answer.series.text = buf_slice(&metrics->body);
	/* Who is not answered asks again. */
	(void)link_send(metrics->asked, peer, &answer);
}

void metrics_report_own(struct metrics *metrics)
{
	struct buf raw = { .cap = 0 }, buckets = { .cap = 0 };
	struct msg_counters report = {
		.process = PROCESS_METRICS,
		.name = slice_of(service_name(metrics->service)),
		.pid = (uint32_t)getpid(),
		.epoch = service_epoch(metrics->service),
		.time = clock_wall_ms(),
		.version = slice_of(ATRIUM_VERSION),
	};

	counter_list(PROCESS_METRICS, &raw, &report.counts);
	histogram_list(PROCESS_METRICS, &buckets, &report.buckets);
	take(metrics, &report);
	buf_done(&buckets);
	buf_done(&raw);
}

/* clang-format off */
const struct dispatch metrics_dispatch = { .process = PROCESS_METRICS, .on = {
#define REC(name)
#define REC_END
#define FIELD(type, name)
#define LIST(record, name)
#define MSG_END
#define MSG(NAME, name, code, from, to) DISPATCH_##to(NAME, name)
#define DISPATCH_HANDLER(NAME, name)
#define DISPATCH_LINK(NAME, name)
#define DISPATCH_GATEWAY(NAME, name)
#define DISPATCH_HUB(NAME, name)
#define DISPATCH_AUTH(NAME, name)
#define DISPATCH_METRICS(NAME, name) [MSG_##NAME] = on_##name,
#include "proto/messages.def"
} };
/* clang-format on */
